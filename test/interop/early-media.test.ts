// What is heard before the answer: sipp as the far side sends a tone with its 183, and baresip hears it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, isUdpPortTaken, startServer, type ServerProcess } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const skip = missingPeers("sipp", "baresip", "ffmpeg");
const CALLER_TONE = { frequencyHz: 620, level: 0.125 };
const FAR_TONE = { frequencyHz: 1350, level: 0.25 };
const NUMBER = "13900000002";

interface Cdr {
  readonly id: string;
  readonly disposition: string;
  readonly billableMs: number;
  readonly durationMs: number;
  readonly status: number | null;
}

const folder = mkdtempSync(join(tmpdir(), "ringward-early-"));
const tone = join(folder, "tone.al");
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
if (skip === false) execFileSync("ffmpeg", ["-loglevel", "error", "-f", "lavfi", "-i", `aevalsrc=${FAR_TONE.level}*sin(2*PI*${FAR_TONE.frequencyHz}*t):s=8000:d=4`, "-f", "alaw", tone]);

/** sipp reads the sound's name before it knows keywords. */
async function farSide(scenario: string, port: number, rtp: number): Promise<Peer> {
  const path = join(folder, `${scenario}.xml`);
  writeFileSync(path, readFileSync(join("test", "interop", "sipp", `${scenario}.xml`), "utf8").replace('rtp_stream="[tone]', `rtp_stream="${tone}`));
  const peer = new Peer("sipp", ["-sf", path, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error"], { timeoutMs: 30_000 });
  await eventually(`sipp on port ${port}`, () => (isUdpPortTaken(port) ? true : undefined));
  return peer;
}

/** sipp's packets are not evenly spaced, and on a busy machine some come too late to be heard. */
const LEVEL_TOLERANCE_DB = 2;

/** What was heard, by frequency and level. */
function judge(t: { ok(value: boolean, why: string): unknown }, phone: Baresip): void {
  const { frequencyHz, amplitude } = loudestTone(readWav(phone.heardPath), 0);
  t.ok(Math.abs(frequencyHz - FAR_TONE.frequencyHz) <= 2, `${frequencyHz} Hz heard`);
  const offDb = 20 * Math.log10(amplitude / FAR_TONE.level);
  t.ok(Math.abs(offDb) <= LEVEL_TOLERANCE_DB, `level off by ${offDb.toFixed(2)} dB`);
}

const record = (server: ServerProcess): Promise<Cdr> => eventually("the CDR", async () => (await server.get<{ items: Cdr[] }>("cdrs")).items[0]);
const early = async (server: ServerProcess): Promise<readonly { readonly data: object }[]> => (await server.get<{ items: { data: object }[] }>("events?types=call.early-media")).items;

t.test("RFC 3262, RFC 3960: a phone calls out over a carrier that is heard before it answers; what is charged begins with the 200", { skip }, async (t) => {
  const port = await freeUdpPort();
  const server = await startServer({ env: { RINGWARD_CARRIER: `127.0.0.1:${port}` } });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: CALLER_TONE });
  t.teardown(async () => {
    await phone.stop();
    await server.stop();
    phone.removeFiles();
  });
  const sipp = await farSide("carrier-early", port, SIPP_RTP);
  phone.command("dial", `sip:${NUMBER}@127.0.0.1:${server.sipPort}`);
  await phone.until("183 reached the phone", /CALL_PROGRESS/);
  await phone.until("the carrier answered", /CALL_ESTABLISHED/);
  phone.command("hangup");
  const run = await sipp.ended;
  t.equal(run.exitCode, 0, "sipp saw what it expects, PRACK too", { output: run.output.slice(-3000), log: server.stderr().slice(-2000) });
  const cdr = await record(server);
  t.match([cdr, await early(server)], [{ disposition: "answered" }, [{ data: { trunk: "demo-carrier", extension: NUMBER } }]]);
  t.ok(cdr.durationMs - cdr.billableMs >= 2400, `${cdr.billableMs} of ${cdr.durationMs} ms are charged`);
  await phone.stop();
  judge(t, phone);
});

t.test("RFC 3261 13.3.1.2: a carrier's announcement is heard, and then its 404 is what the phone shows", { skip }, async (t) => {
  const port = await freeUdpPort();
  const server = await startServer({ env: { RINGWARD_CARRIER: `127.0.0.1:${port}` } });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: CALLER_TONE });
  t.teardown(async () => {
    await phone.stop();
    await server.stop();
    phone.removeFiles();
  });
  const sipp = await farSide("carrier-announces", port, SIPP_RTP + 8);
  phone.command("dial", `sip:${NUMBER}@127.0.0.1:${server.sipPort}`);
  await phone.until("the end reached the phone", /CALL_CLOSED[^}]*404/);
  t.equal((await sipp.ended).exitCode, 0);
  t.match(await record(server), { billableMs: 0, status: 404 });
  await phone.stop();
  judge(t, phone);
});

t.test("RFC 3960: a patient whom the menu has answered hears the phone of the operator before it is lifted", { skip }, async (t) => {
  const port = await freeUdpPort();
  const server = await startServer();
  const patient = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: CALLER_TONE });
  t.teardown(async () => {
    await patient.stop();
    await server.stop();
    patient.removeFiles();
  });
  const registers = ["-sf", join("test", "interop", "sipp", "phone-registers.xml"), "-s", "1001", "-i", "127.0.0.1", "-p", String(port), "-m", "1", "-nostdin", "-au", "1001", "-ap", "demo-1001", `127.0.0.1:${server.sipPort}`];
  t.equal((await new Peer("sipp", registers, { timeoutMs: 10_000 }).ended).exitCode, 0, "registered");
  const sipp = await farSide("carrier-early", port, SIPP_RTP + 16);
  patient.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
  await patient.until("the server answered", /CALL_ESTABLISHED/);
  patient.command("sndcode", "0");
  await eventually("the phone answered", async () => ((await server.get<{ items: unknown[] }>("events?types=call.bridged")).items.length > 0 ? true : undefined));
  patient.command("hangup");
  t.equal((await sipp.ended).exitCode, 0, "sipp saw what it expects");
  t.match(await early(server), [{ data: { extension: "1001" } }]);
  await patient.stop();
  judge(t, patient);
});
