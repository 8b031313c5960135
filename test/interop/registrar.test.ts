// REGISTER as sipp sends it: several places, leaving, too short a time, digest. What the scenarios expect stands in them.
import { createHash } from "node:crypto";
import { join } from "node:path";
import t, { type Test } from "tap";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, isUdpPortTaken, startServer, type ServerProcess } from "./server-process.js";

const skip = missingPeers("sipp");
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

interface Run {
  readonly service?: string;
  readonly password?: string;
  readonly port: number;
  readonly takesCalls?: boolean;
  readonly rtp?: number;
  readonly keys?: Readonly<Record<string, string>>;
}

let server: ServerProcess;
t.before(async () => {
  if (skip === false) server = await startServer();
});
t.teardown(() => server?.stop());

function sipp(scenario: string, { service = "1001", password = `demo-${service}`, port, takesCalls = false, rtp = SIPP_RTP, keys = {} }: Run): Peer {
  const file = scenario === "uas" ? ["-sn", "uas"] : ["-sf", join("test", "interop", "sipp", `${scenario}.xml`)];
  const target = takesCalls ? [] : [`127.0.0.1:${server.sipPort}`];
  const named = Object.entries(keys).flatMap(([key, value]) => ["-key", key, value]);
  return new Peer("sipp", [...file, "-s", service, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error", "-au", service, "-ap", password, ...named, ...target], { timeoutMs: 30_000 });
}

/** Runs to its end; each scenario checks every answer that it gets. */
async function passes(t: Test, scenario: string, run: Run): Promise<void> {
  const { exitCode, output } = await sipp(scenario, run).ended;
  t.equal(exitCode, 0, scenario, { output: output.slice(-3000), log: server.stderr().slice(-2000) });
}

async function answering(scenario: string, run: Run): Promise<Peer> {
  const peer = sipp(scenario, { ...run, takesCalls: true });
  await eventually(`sipp on port ${run.port}`, () => (isUdpPortTaken(run.port) ? true : undefined));
  return peer;
}

t.test("RFC 3261 10.2.1, 10.2.2, 10.3: the 200 lists all contacts; one is taken away, then all by *", { skip }, async (t) => {
  const port = await freeUdpPort();
  const keys = { second_port: String(await freeUdpPort()) };
  for (const scenario of ["phone-registers-twice", "phone-leaves-one", "phone-leaves-all"]) await passes(t, scenario, { port, keys });
});

t.test("RFC 3261 16.7: a phone at two places rings at both; where one answers the other one falls silent", { skip }, async (t) => {
  const [first, second] = [await freeUdpPort(), await freeUdpPort()];
  await passes(t, "phone-registers", { port: first });
  await passes(t, "phone-registers-too", { port: second });
  const places = [await answering("phone-rings", { port: first, rtp: SIPP_RTP + 4 }), await answering("uas", { port: second, rtp: SIPP_RTP + 8 })];
  await passes(t, "phone-calls", { port: await freeUdpPort() });
  for (const place of places) {
    const { exitCode, output } = await place.ended;
    t.equal(exitCode, 0, "the scenario ran to its end", { output: output.slice(-3000) });
  }
  await passes(t, "phone-leaves-all", { port: first });
});

t.test("RFC 3261 10.3 step 7: too brief a registration is answered 423 with Min-Expires, which then serves", { skip }, async (t) => {
  await passes(t, "phone-too-brief", { port: await freeUdpPort() });
});

t.test("RFC 7616 3.3: a nonce of the server before is stale, which asks for no password again; a wrong password gets 403, as an unknown phone does", { skip }, async (t) => {
  const realm = "ringward";
  const uri = `sip:127.0.0.1:${server.sipPort}`;
  const nonce = "0".repeat(60);
  const response = md5(`${md5(`1001:${realm}:demo-1001`)}:${nonce}:00000001:0a4f113b:auth:${md5(`REGISTER:${uri}`)}`);
  const before = `Digest username="1001", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001`;
  await passes(t, "phone-stale", { port: await freeUdpPort(), keys: { before } });
  await passes(t, "phone-wrong", { port: await freeUdpPort(), password: "demo-1002" });
  await passes(t, "phone-wrong", { port: await freeUdpPort(), service: "1999" });
});
