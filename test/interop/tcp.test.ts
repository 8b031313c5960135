import t from "tap";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers } from "./peers.js";
import { startServer } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };
const TCP_ESTABLISHED = "01";

/** TCP connections to a local port, as the kernel lists them. */
const connectionsTo = (port: number): number =>
  readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === TCP_ESTABLISHED && local?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, "0")}`)).length;

t.test("RFC 3261 18: baresip calls over TCP, baresip registered over TCP answers, both hear each other", { skip: missingPeers("baresip") }, async (t) => {
  const server = await startServer();
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE, transport: "tcp" });
  const patient = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: PATIENT_TONE, transport: "tcp" });
  t.teardown(async () => {
    await Promise.all([phone.stop(), patient.stop()]);
    await server.stop();
    for (const one of [phone, patient]) one.removeFiles();
  });
  t.equal(connectionsTo(server.sipPort), 1, "the phone's");
  // It adds its own transport.
  patient.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
  await patient.until("the server answered", /CALL_ESTABLISHED/);
  t.equal(connectionsTo(server.sipPort), 2, "and the patient's");
  await new Promise((resolve) => void setTimeout(resolve, 1000));
  patient.command("sndcode", "0");
  await phone.until("rang and answered", /CALL_ESTABLISHED/);
  t.equal(connectionsTo(server.sipPort), 2, "the phone is called by the connection that it registered on");
  await new Promise((resolve) => void setTimeout(resolve, 3000));
  patient.command("hangup");
  await phone.until("released when the patient hung up", /CALL_CLOSED/);
  const call = await eventually("the CDR", async () => (await server.get<{ items: { disposition: string }[] }>("cdrs")).items[0]);
  t.equal(call.disposition, "answered");
  await Promise.all([phone.stop(), patient.stop()]);
  for (const [who, said] of [[phone, PATIENT_TONE], [patient, AGENT_TONE]] as const) {
    const { frequencyHz } = loudestTone(readWav(who.heardPath), 0, who === patient ? { lastMs: 2500 } : {});
    t.ok(Math.abs(frequencyHz - said.frequencyHz) <= 2, `${who.options.user} hears ${frequencyHz} Hz for ${said.frequencyHz} Hz`);
  }
});

t.test("RFC 3261 18, RFC 5626 5.3: a restart takes the connections of phones over TCP: who talks is released by a new one, who waits is rung by it, and who is not there costs no time", { skip: missingPeers("baresip") }, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "ringward-tcp-"));
  let server = await startServer({ dataDir });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE, transport: "tcp" });
  const gone = await Baresip.start({ serverPort: server.sipPort, user: "1003", password: "demo-1003", tone: AGENT_TONE, transport: "tcp" });
  const caller = await Baresip.start({ serverPort: server.sipPort, user: "1002", password: "demo-1002", tone: PATIENT_TONE });
  t.teardown(async () => {
    await Promise.all([phone.stop(), gone.stop(), caller.stop()]);
    await server.stop();
    for (const one of [phone, gone, caller]) one.removeFiles();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const dial = (extension: string): void => caller.command("dial", `sip:${extension}@127.0.0.1:${server.sipPort}`);
  dial("1001");
  await phone.until("answered", /CALL_ESTABLISHED/);
  await gone.kill();
  await server.stop("SIGUSR2");
  server = await startServer({ dataDir, sipPort: server.sipPort });
  caller.command("hangup");
  await phone.until("released after the restart", /CALL_CLOSED/, 5000);
  dial("1001");
  await phone.until("rang and answered again", /(CALL_ESTABLISHED[^]*){2}/, 5000);
  caller.command("hangup");
  await phone.until("released again", /(CALL_CLOSED[^]*){2}/);
  const fromMs = Date.now();
  dial("1003");
  await caller.until("told at once that nobody is there", /CALL_CLOSED[^}]*480/, 5000);
  t.comment(`told after ${Date.now() - fromMs} ms`);
  t.match(server.stderr(), /"extension":"1003","contacts":0,"message":"a phone's connection is gone and none can be had/);

  // Who called over TCP names its end of the connection; it is released where it has registered.
  phone.command("dial", `sip:1002@127.0.0.1:${server.sipPort}`);
  await phone.until("called and was answered", /(CALL_ESTABLISHED[^]*){3}/, 5000);
  await server.stop("SIGUSR2");
  server = await startServer({ dataDir, sipPort: server.sipPort });
  caller.command("hangup");
  await phone.until("released once more after a restart", /(CALL_CLOSED[^]*){3}/, 5000);
});
