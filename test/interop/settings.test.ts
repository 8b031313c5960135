// Settings that are changed through the API of the running server, as a carrier and a desk phone notice it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Baresip } from "./baresip.js";
import { writeCarrierConfig } from "./carrier-config.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer, type ServerProcess } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const PASSWORD = "ward-two-keeps-it";

const scenario = (name: string): readonly string[] => ["-sf", join("test", "interop", "sipp", `${name}.xml`)];

async function sipp(server: ServerProcess, what: readonly string[], { service = "95001", port, rtp = SIPP_RTP }: { service?: string; port?: number; rtp?: number } = {}): Promise<Peer> {
  const at = port ?? (await freeUdpPort());
  return new Peer("sipp", [...what, "-s", service, "-i", "127.0.0.1", "-p", String(at), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "20", "-timeout_error", "-au", service, "-ap", PASSWORD, `127.0.0.1:${server.sipPort}`], { timeoutMs: 25_000 });
}

async function passes(t: Test, server: ServerProcess, { name, ...options }: { name: string; service?: string; port?: number; rtp?: number }): Promise<void> {
  const { exitCode, output } = await (await sipp(server, scenario(name), options)).ended;
  t.equal(exitCode, 0, name, { output: output.slice(-3000), log: server.stderr().slice(-2000) });
}

/** @param what method and path */
async function change(server: ServerProcess, what: string, body: object = {}): Promise<{ readonly status: number; readonly body: { readonly version?: number } }> {
  const [method, path] = what.split(" ") as [string, string];
  const answer = await fetch(`${server.base}/api/v1/settings/${path}`, { method, headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(5000) });
  return { status: answer.status, body: (await answer.json()) as { version?: number } };
}

const openCalls = async (server: ServerProcess): Promise<number> => (await server.get<{ items: readonly unknown[] }>("calls")).items.length;

t.test("a phone is added, registers and goes, a trunk's limit is lowered, while a call talks on; a restart forgets nothing of it", { skip: missingPeers("sipp") }, async (t) => {
  const config = writeCarrierConfig("trunks:\n  - { name: carrier, sources: [127.0.0.1], maxCalls: 5 }");
  const dataDir = mkdtempSync(join(tmpdir(), "ringward-settings-"));
  const options = { dataDir, env: { RINGWARD_CONFIG: config.path } };
  let server = await startServer(options);
  const patient = await sipp(server, ["-sn", "uac", "-d", "60000"]);
  t.teardown(async () => {
    await patient.stop();
    await server.stop("SIGKILL");
    config.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });
  await eventually("the patient's call", async () => ((await openCalls(server)) === 1 ? true : undefined));

  const port = await freeUdpPort();
  await passes(t, server, { name: "phone-wrong", service: "2002", port, rtp: SIPP_RTP + 4 });
  t.match(await change(server, "PUT phones/2002", { password: PASSWORD }), { status: 200, body: { version: 1 } });
  await passes(t, server, { name: "phone-registers", service: "2002", port, rtp: SIPP_RTP + 4 });

  t.match(await change(server, "PATCH trunks/carrier", { maxCalls: 1, version: 0 }), { status: 200, body: { version: 1 } });
  await passes(t, server, { name: "carrier-finds-trunk-full", rtp: SIPP_RTP + 8 });

  t.match(await change(server, "DELETE phones/2002?version=1"), { status: 200 });
  await passes(t, server, { name: "phone-wrong", service: "2002", port, rtp: SIPP_RTP + 4 });
  t.equal(await openCalls(server), 1, "the patient talks on");

  t.match(await change(server, "PUT phones/2003", { password: PASSWORD }), { status: 200 });
  await server.stop("SIGKILL");
  server = await startServer(options);
  t.match(await server.get("settings/trunks/carrier"), { maxCalls: 1, version: 1, origin: "api" });
  await passes(t, server, { name: "phone-registers", service: "2003", port, rtp: SIPP_RTP + 4 });
  await passes(t, server, { name: "phone-wrong", service: "2002", port, rtp: SIPP_RTP + 4 });
});

t.test("two phones that are added call each other and are heard; a number that is added is answered", { skip: missingPeers("baresip", "sipp") }, async (t) => {
  const config = writeCarrierConfig("trunks:\n  - { name: carrier, sources: [127.0.0.1] }");
  const server = await startServer({ env: { RINGWARD_CONFIG: config.path } });
  const phones: Baresip[] = [];
  t.teardown(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    await server.stop();
    for (const phone of phones) phone.removeFiles();
    config.remove();
  });
  const uac = async (): Promise<number | null> => (await (await sipp(server, ["-sn", "uac", "-d", "300"], { service: "95003" })).ended).exitCode;
  t.not(await uac(), 0, "nobody's number");
  t.match(await change(server, "PUT numbers/95003", { language: "en", plugin: "ivr" }), { status: 200 });
  t.equal(await uac(), 0, "answered");

  const tones = [{ frequencyHz: 1004, level: 0.25 }, { frequencyHz: 620, level: 0.125 }] as const;
  for (const [i, tone] of tones.entries()) {
    t.match(await change(server, `PUT phones/200${i + 1}`, { password: PASSWORD }), { status: 200 });
    phones.push(await Baresip.start({ serverPort: server.sipPort, user: `200${i + 1}`, password: PASSWORD, tone }));
  }
  const [caller, callee] = phones as [Baresip, Baresip];
  caller.command("dial", `sip:2002@127.0.0.1:${server.sipPort}`);
  await callee.until("rang and answered", /CALL_ESTABLISHED/);
  await new Promise((resolve) => void setTimeout(resolve, 2000));
  caller.command("hangup");
  await callee.until("released", /CALL_CLOSED/);
  await Promise.all(phones.map((phone) => phone.stop()));
  for (const [who, said] of [[callee, tones[0]], [caller, tones[1]]] as const) {
    const { frequencyHz, amplitude } = loudestTone(readWav(who.heardPath), 0, { lastMs: 2000 });
    t.ok(Math.abs(frequencyHz - said.frequencyHz) <= 2 && amplitude > said.level / 2, `${who.options.user} hears ${frequencyHz} Hz for ${said.frequencyHz} Hz`);
  }
});
