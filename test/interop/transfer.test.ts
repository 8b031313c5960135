// Phones that we did not write transfer their callers; what each side hears afterwards tells who talks to whom.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers, Peer, type PeerRun } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const TONES = { patient: { frequencyHz: 1004, level: 0.25 }, "1001": { frequencyHz: 620, level: 0.25 }, "1002": { frequencyHz: 440, level: 0.25 } };
/** Each leg rings on another worker: who is put through moves. */
const APART = { RINGWARD_MEDIA_WORKERS: "2", RINGWARD_MEDIA_PLACEMENT: "apart" };
const HEARD_MS = 2000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

interface Record {
  readonly id: string;
  readonly disposition: string;
  readonly agents: readonly { readonly extension: string }[];
  readonly recordings: readonly { readonly leg: string; readonly sha256: string | null }[];
}

t.test("RFC 3515, RFC 5589 6: baresip, an agent, transfers its caller blind: the other two hear each other", { skip: missingPeers("baresip") }, async (t) => {
  const server = await startServer({ env: APART });
  const phones: Baresip[] = [];
  t.teardown(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    await server.stop();
    for (const phone of phones) phone.removeFiles();
  });
  const start = async (user: "1001" | "1002"): Promise<Baresip> => {
    const phone = await Baresip.start({ serverPort: server.sipPort, user, password: `demo-${user}`, tone: TONES[user] });
    phones.push(phone);
    return phone;
  };
  const referrer = await start("1001");
  const staying = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: TONES.patient });
  phones.push(staying);
  staying.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
  await staying.until("the server answered", /CALL_ESTABLISHED/);
  await pause(500);
  staying.command("sndcode", "0");
  await referrer.until("talks", /CALL_ESTABLISHED/);
  const target = await start("1002");
  await pause(500);
  referrer.command("transfer", `sip:1002@127.0.0.1:${server.sipPort}`);
  await target.until("rang and answered", /CALL_ESTABLISHED/);
  await referrer.until("was let go", /CALL_CLOSED/);
  await pause(HEARD_MS + 500);
  t.notMatch(staying.output, /CALL_CLOSED/, "the call goes on");
  staying.command("hangup");
  await target.until("released with the other one", /CALL_CLOSED/);
  const call = await eventually("the CDR", async () => (await server.get<{ items: Record[] }>("cdrs")).items[0]);
  await Promise.all(phones.map((phone) => phone.stop()));

  for (const [who, phone, hears] of [
    ["who was put through", staying, TONES["1002"]],
    ["the target", target, TONES.patient],
  ] as const) {
    const heard = loudestTone(readWav(phone.heardPath), 0, { lastMs: HEARD_MS - 500 });
    t.ok(Math.abs(heard.frequencyHz - hears.frequencyHz) <= 2, `${who} hears ${heard.frequencyHz} Hz of ${hears.frequencyHz} Hz`);
  }
  t.equal(call.disposition, "answered");
  t.same(call.agents.map(({ extension }) => extension), ["1001", "1002"], "each is credited");
  t.equal(new Set(call.recordings.map(({ leg }) => leg)).size, 3, "every leg is recorded, in as many tracks as it was on workers");
  t.ok(call.recordings.every(({ sha256 }) => sha256 !== null), "every track is closed");
  const types = (await server.get<{ items: { type: string }[] }>("events?types=call.transfer,call.transferred,call.caller-changed")).items.map(({ type }) => type);
  t.same(types, ["call.transfer", "call.transferred"]);
  t.equal((await server.get<{ items: readonly unknown[] }>("calls")).items.length, 0);
});

/** One run of a scenario, as the phone 1001. `more`: sipp's own options. */
function sipp(scenario: string, { calls, port, rtp = SIPP_RTP, more = [] }: { readonly calls: string; readonly port: number; readonly rtp?: number; readonly more?: readonly string[] }): Peer {
  const args = ["-sf", join("test", "interop", "sipp", `${scenario}.xml`), "-s", calls, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error"];
  return new Peer("sipp", [...args, ...more], { timeoutMs: 30_000 });
}

/** sipp talks to 1002; resolves with how a Replaces names the dialog. */
async function callOfOwn(logs: string, at: string): Promise<{ readonly first: Peer; readonly replaces: string }> {
  const log = join(logs, "call.log");
  const first = sipp("phone-consults", { calls: "1002", port: await freeUdpPort(), rtp: SIPP_RTP + 4, more: ["-trace_logs", "-log_file", log, at] });
  const said = await eventually("the call's dialog", () => (existsSync(log) ? /second call (\S+) (\S+)/.exec(readFileSync(log, "utf8")) : undefined) ?? undefined);
  return { first, replaces: `${said[1]!};to-tag=${said[2]!};from-tag=second` };
}

const skipBoth = missingPeers("sipp", "baresip");

for (const attended of [false, true])
  t.test(`RFC 5589 ${attended ? "7.1: sipp joins the other sides of its two calls" : "6.1: sipp transfers blind"}: NOTIFYs as they must be, and the other two hear each other`, { skip: skipBoth }, async (t) => {
    const server = await startServer({ env: APART });
    const phones: Baresip[] = [];
    const logs = mkdtempSync(join(tmpdir(), "ringward-sipp-"));
    t.teardown(async () => {
      await Promise.all(phones.map((phone) => phone.stop()));
      await server.stop();
      for (const phone of phones) phone.removeFiles();
      rmSync(logs, { recursive: true, force: true });
    });
    for (const [user, tone] of [["1003", TONES.patient], ["1002", TONES["1002"]]] as const) phones.push(await Baresip.start({ serverPort: server.sipPort, user, password: `demo-${user}`, tone }));
    const [staying, target] = phones as [Baresip, Baresip];
    const at = `127.0.0.1:${server.sipPort}`;
    let referTo = `sip:1002@${at}`;
    let second: Peer | undefined;
    if (attended) {
      const call = await callOfOwn(logs, at);
      second = call.first;
      referTo += `?Replaces=${encodeURIComponent(call.replaces)}`;
    }
    const run = await sipp("phone-transfers", { calls: "1003", port: await freeUdpPort(), more: ["-key", "refer_to", referTo, at] }).ended;
    t.equal(run.exitCode, 0, "the phone heard all that it must", { output: run.output.slice(-3000), log: server.stderr().slice(-2000) });
    if (second !== undefined) t.equal((await second.ended).exitCode, 0, "both of its calls are ended");
    await pause(HEARD_MS + 500);
    staying.command("hangup");
    await target.until("released with the other one", /CALL_CLOSED/);
    await eventually("all calls are over", async () => ((await server.get<{ items: readonly unknown[] }>("calls")).items.length === 0 ? true : undefined));
    await Promise.all(phones.map((phone) => phone.stop()));
    for (const [phone, hears] of [[staying, TONES["1002"]], [target, TONES.patient]] as const) {
      const heard = loudestTone(readWav(phone.heardPath), 0, { lastMs: HEARD_MS - 500 });
      t.ok(Math.abs(heard.frequencyHz - hears.frequencyHz) <= 2, `${phone.options.user} hears ${heard.frequencyHz} Hz of ${hears.frequencyHz} Hz`);
    }
    const { items } = await server.get<{ items: Record[] }>("cdrs");
    t.equal(items.length, attended ? 2 : 1);
    t.ok(items.every(({ recordings }) => recordings.every(({ sha256 }) => sha256 !== null)), "every track is closed");
  });

t.test("RFC 5589 6.1: sipp transfers to a busy phone: the last NOTIFY says 486, and the call goes on", { skip: skipBoth }, async (t) => {
  const server = await startServer();
  const staying = await Baresip.start({ serverPort: server.sipPort, user: "1003", password: "demo-1003", tone: TONES.patient });
  t.teardown(async () => {
    await staying.stop();
    await server.stop();
    staying.removeFiles();
  });
  const port = await freeUdpPort();
  const at = `127.0.0.1:${server.sipPort}`;
  const registered = await sipp("phone-registers", { calls: "1002", port, more: ["-au", "1002", "-ap", "demo-1002", at] }).ended;
  t.equal(registered.exitCode, 0);
  const busy = sipp("phone-busy", { calls: "1002", port, rtp: SIPP_RTP + 4 });
  const run = await sipp("phone-transfer-fails", { calls: "1003", port: await freeUdpPort(), more: ["-key", "refer_to", `sip:1002@${at}`, at] }).ended;
  t.equal(run.exitCode, 0, "the phone heard all that it must", { output: run.output.slice(-3000), log: server.stderr().slice(-2000) });
  t.equal((await busy.ended).exitCode, 0);
  await staying.until("released by the phone that called it", /CALL_CLOSED/);
  const { items } = await server.get<{ items: { data: { why: string; back: boolean } }[] }>("events?types=call.transfer-failed");
  t.match(items.map(({ data }) => data), [{ why: "busy", back: true }]);
});

t.test("RFC 3891 3: a second sipp takes the place of the first one in its call with baresip, which talks on; a dialog that has ended is a 603", { skip: skipBoth }, async (t) => {
  const server = await startServer();
  const logs = mkdtempSync(join(tmpdir(), "ringward-sipp-"));
  const staying = await Baresip.start({ serverPort: server.sipPort, user: "1002", password: "demo-1002", tone: TONES["1002"] });
  t.teardown(async () => {
    await staying.stop();
    await server.stop();
    staying.removeFiles();
    rmSync(logs, { recursive: true, force: true });
  });
  const at = `127.0.0.1:${server.sipPort}`;
  const { first, replaces } = await callOfOwn(logs, at);
  const replacing = async (): Promise<PeerRun> => sipp("phone-replaces", { calls: "1002", port: await freeUdpPort(), more: ["-key", "replaces", replaces, at] }).ended;
  const run = await replacing();
  t.equal(run.exitCode, 0, "taken", { output: run.output.slice(-3000), log: server.stderr().slice(-2000) });
  t.equal((await first.ended).exitCode, 0, "whose place was taken was let go");
  await staying.until("let go by who came last", /CALL_CLOSED/);
  t.equal(staying.output.match(/CALL_ESTABLISHED/g)?.length, 1, "one call for it");
  const { items } = await eventually("the CDR", async () => {
    const cdrs = await server.get<{ items: Record[] }>("cdrs");
    return cdrs.items.length === 0 ? undefined : cdrs;
  });
  t.equal(items.length, 1, "and one for us");
  const late = await replacing();
  t.not(late.exitCode, 0);
  t.match(late.output, /603/);
});
