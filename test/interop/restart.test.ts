import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { loadLibc } from "../../media/net/libc/libc.js";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { freeUdpPort, startServer, type ServerProcess } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };

interface Cdr {
  readonly id: string;
  readonly disposition: string;
  readonly endedBy: string;
  readonly durationMs: number;
  readonly talkMs: number;
  readonly agents: readonly unknown[];
  readonly recordings: readonly { readonly role: string; readonly offsetMs: number; readonly durationMs: number | null }[];
}
interface List<T> {
  readonly items: readonly T[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const loaded = await loadLibc();

/** SIGUSR2, and another process in its place; how long nobody was there. */
async function restart(server: ServerProcess, env: Readonly<Record<string, string>>): Promise<{ readonly server: ServerProcess; readonly downMs: number; readonly exitCode: number | null }> {
  const fromMs = Date.now();
  const exitCode = await server.stop("SIGUSR2");
  const next = await startServer({ dataDir: server.dataDir, sipPort: server.sipPort, env });
  return { server: next, downMs: Date.now() - fromMs, exitCode };
}

for (const net of ["libc", "dgram"] as const)
  t.test(`two baresips talk on across a restart of the server, its sockets ${net}'s, and the record is whole`, { skip: missingPeers("baresip") || (net === "libc" && "unavailable" in loaded && process.env["CI"] !== "true") }, async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), "ringward-restart-"));
    const env = { RINGWARD_MEDIA_NET: net, RINGWARD_MEDIA_WORKERS: "2" };
    let server = await startServer({ dataDir, env });
    const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE });
    const patient = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: PATIENT_TONE });
    t.teardown(async () => {
      await Promise.all([phone.stop(), patient.stop()]);
      await server.stop();
      for (const one of [phone, patient]) one.removeFiles();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const startedMs = Date.now();
    patient.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
    await patient.until("the server answered", /CALL_ESTABLISHED/);
    await pause(800);
    patient.command("sndcode", "0");
    await phone.until("rang and answered", /CALL_ESTABLISHED/);
    await pause(1500);

    const restarted = await restart(server, env);
    server = restarted.server;
    t.equal(restarted.exitCode, 0, "it ended by itself");
    t.comment(`the restart took ${restarted.downMs} ms`);
    t.equal((await server.get<List<unknown>>("calls")).items.length, 1);
    t.notMatch(phone.output + patient.output, /CALL_CLOSED/);
    await pause(3000);
    patient.command("hangup");
    await phone.until("released when the patient hung up", /CALL_CLOSED/);
    const wholeMs = Date.now() - startedMs;
    const call = await eventually("the CDR", async () => (await server.get<List<Cdr>>("cdrs")).items[0]);
    t.match({ disposition: call.disposition, endedBy: call.endedBy, agents: call.agents.length }, { disposition: "answered", endedBy: "caller", agents: 1 });
    t.ok(Math.abs(call.durationMs - wholeMs) < 1500, `${call.durationMs} ms of ${wholeMs}`);
    t.ok(call.talkMs > restarted.downMs + 4000 && call.talkMs < call.durationMs, `${call.talkMs} ms of talk`);
    const { dialogs, messages } = await server.get<{ dialogs: { direction: string }[]; messages: { summary: string; dialog: number }[] }>(`calls/${call.id}/trace`);
    t.same(dialogs.map(({ direction }) => direction), ["incoming", "outgoing"], "its ladder has both legs");
    for (const dialog of [0, 1]) {
      const said = messages.filter((message) => message.dialog === dialog).map(({ summary }) => summary);
      t.ok(said[0] === "INVITE SDP" && said.some((summary) => summary.startsWith("BYE")), `from before the restart to its end: ${said.join(", ")}`);
    }
    for (const role of ["agent", "caller"]) {
      const tracks = call.recordings.filter((recording) => recording.role === role);
      t.ok(tracks.length >= 2 && tracks.every(({ durationMs }) => durationMs !== null), `the ${role}'s tracks before and after are whole`);
    }
    await Promise.all([phone.stop(), patient.stop()]);
    for (const [where, heard, said] of [
      ["the agent hears the patient", loudestTone(readWav(phone.heardPath), 0, { lastMs: 2000 }), PATIENT_TONE],
      ["the patient hears the agent", loudestTone(readWav(patient.heardPath), 0, { lastMs: 2000 }), AGENT_TONE],
    ] as const)
      t.ok(Math.abs(heard.frequencyHz - said.frequencyHz) <= 2 && heard.amplitude > said.level / 2, `${where} at the end: ${heard.frequencyHz} Hz`);
  });

t.test("sipp's callers in the menu are not dropped by a restart, and hang up in the dialogs that they began", { skip: missingPeers("sipp") }, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "ringward-restart-"));
  let server = await startServer({ dataDir });
  t.teardown(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const callers = new Peer("sipp", ["-sn", "uac", "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-m", "10", "-l", "10", "-r", "10", "-d", "9000", "-nostdin", `127.0.0.1:${server.sipPort}`], { timeoutMs: 40_000 });
  await eventually("ten calls", async () => ((await server.get<List<unknown>>("calls")).items.length === 10 ? true : undefined));
  server = (await restart(server, {})).server;
  t.equal((await server.get<List<unknown>>("calls")).items.length, 10);
  const { exitCode, output } = await callers.ended;
  t.equal(exitCode, 0, output.slice(-500));
  const cdrs = await eventually("ten CDRs", async () => {
    const { items } = await server.get<List<Cdr>>("cdrs");
    return items.length === 10 ? items : undefined;
  });
  t.same([...new Set(cdrs.map(({ disposition, endedBy }) => `${disposition} by ${endedBy}`))], ["answered by caller"]);
  t.ok(cdrs.every(({ durationMs }) => durationMs > 8500 && durationMs < 12_000), `they lasted ${cdrs.map(({ durationMs }) => durationMs).join(", ")} ms`);
  t.same((await server.get<List<unknown>>("calls")).items, []);
});
