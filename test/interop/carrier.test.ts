// Calls out over trunks whose far side is sipp, from a desk phone that is baresip.
import { join } from "node:path";
import t from "tap";
import { Baresip } from "./baresip.js";
import { writeCarrierConfig } from "./carrier-config.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, isUdpPortTaken, startServer, type ServerProcess } from "./server-process.js";

const TONE = { frequencyHz: 620, level: 0.125 };
const NUMBER = "13900000002";

interface Cdr {
  readonly direction: string;
  readonly trunk: string | null;
  readonly caller: string;
  readonly called: string;
  readonly disposition: string;
  readonly legs: readonly { readonly trunk: string | null; readonly number: string; readonly status: number | null }[];
}

/** Two at once need ports of their own. */
let mediaPorts = 0;

/** Listens when this resolves. `uas` is sipp's own: rings and answers. */
async function carrier(scenario: "challenges" | "busy" | "unavailable" | "uas", port: number, calls = 1): Promise<Peer> {
  const what = scenario === "uas" ? ["-sn", "uas"] : ["-sf", join("test", "interop", "sipp", `carrier-${scenario}.xml`)];
  const peer = new Peer("sipp", [...what, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(SIPP_RTP + (mediaPorts++ % 8) * 4), "-m", String(calls), "-nostdin"], { timeoutMs: 40_000 });
  await eventually(`sipp on port ${port}`, () => (isUdpPortTaken(port) ? true : undefined));
  return peer;
}

interface Rig {
  readonly server: ServerProcess;
  readonly phone: Baresip;
  readonly ports: readonly [number, number];
}

/** Two trunks in this order, the first with an account, and phone 1001. */
async function rig(t: { teardown(stop: () => unknown): unknown }, env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const ports = [await freeUdpPort(), await freeUdpPort()] as const;
  const config = writeCarrierConfig(`trunks:
  - { name: first, address: "127.0.0.1:${ports[0]}", number: "95001", account: { username: hospital, password: "\${TRUNK_PASSWORD}" }, silenceMs: 1000 }
  - { name: second, address: "127.0.0.1:${ports[1]}", number: "95001" }
outgoing:
  - { prefix: "9", strip: 1, trunks: [first, second] }`);
  const server = await startServer({ env: { RINGWARD_CONFIG: config.path, TRUNK_PASSWORD: "trunk-password", ...env } });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: TONE });
  t.teardown(async () => {
    await phone.stop();
    await server.stop();
    phone.removeFiles();
    config.remove();
  });
  return { server, phone, ports };
}

const record = (server: ServerProcess): Promise<Cdr> => eventually("the CDR", async () => (await server.get<{ items: Cdr[] }>("cdrs")).items[0]);

t.test("RFC 3261 22.3: sipp as a carrier challenges with 407, then 401, and finds the digest right, in BYE too", { skip: missingPeers("sipp", "baresip") }, async (t) => {
  const { server, phone, ports } = await rig(t);
  const sipp = await carrier("challenges", ports[0]);
  phone.command("dial", `sip:9${NUMBER}@127.0.0.1:${server.sipPort}`);
  await phone.until("the carrier answered", /CALL_ESTABLISHED/);
  await new Promise((resolve) => void setTimeout(resolve, 500));
  phone.command("hangup");
  const run = await sipp.ended;
  t.equal(run.exitCode, 0, "sipp saw what it expects", { output: run.output.slice(-3000), log: server.stderr().slice(-3000) });
  t.match(await record(server), { direction: "outgoing", trunk: "first", caller: "1001", called: `9${NUMBER}`, disposition: "answered", legs: [{ trunk: null }, { trunk: "first", number: NUMBER }] });
  t.notMatch(server.stdout() + server.stderr(), /trunk-password/, "the secret is in no log");
});

t.test("RFC 3261 22.2: a wrong trunk password ends after one try and leads to the next trunk", { skip: missingPeers("sipp", "baresip") }, async (t) => {
  const { server, phone, ports } = await rig(t, { TRUNK_PASSWORD: "not-the-secret" });
  const [first, second] = [await carrier("challenges", ports[0]), await carrier("busy", ports[1])];
  phone.command("dial", `sip:9${NUMBER}@127.0.0.1:${server.sipPort}`);
  await phone.until("the second trunk's answer reached the phone", /CALL_CLOSED[^}]*486/);
  t.match(await record(server), { direction: "outgoing", trunk: "second", disposition: "busy", legs: [{ status: 486 }, { trunk: "first", status: 403 }, { trunk: "second", status: 486 }] });
  t.notMatch(server.stdout() + server.stderr(), /not-the-secret/);
  await Promise.all([first.stop(), second.stop()]);
});

t.test("RFC 3261 21.4.24: the demo's RINGWARD_CARRIER says 486, and the phone hears 486", { skip: missingPeers("sipp", "baresip") }, async (t) => {
  const port = await freeUdpPort();
  const server = await startServer({ env: { RINGWARD_CARRIER: `127.0.0.1:${port}` } });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: TONE });
  t.teardown(async () => {
    await phone.stop();
    await server.stop();
    phone.removeFiles();
  });
  const sipp = await carrier("busy", port);
  phone.command("dial", `sip:${NUMBER}@127.0.0.1:${server.sipPort}`);
  await phone.until("busy reached the phone", /CALL_CLOSED[^}]*486/);
  t.equal((await sipp.ended).exitCode, 0);
  t.match(await record(server), { direction: "outgoing", trunk: "demo-carrier", caller: "1001", called: NUMBER, disposition: "busy", legs: [{}, { trunk: "demo-carrier", number: NUMBER, status: 486 }] });
});

t.test("RFC 3261 21.5.4: 503 from the first trunk, and the second one answers; then the first is silent", { skip: missingPeers("sipp", "baresip") }, async (t) => {
  const { server, phone, ports } = await rig(t);
  const first = await carrier("unavailable", ports[0]);
  const second = await carrier("uas", ports[1], 2);
  for (const [title, before] of [["503", first.ended], ["silence", Promise.resolve({ exitCode: 0 })]] as const) {
    phone.command("dial", `sip:9${NUMBER}@127.0.0.1:${server.sipPort}`);
    const answered = title === "503" ? 1 : 2;
    await phone.until(`answered after ${title}`, new RegExp(`(CALL_ESTABLISHED[^]*){${answered}}`));
    phone.command("hangup");
    t.equal((await before).exitCode, 0);
    await eventually("the CDR", async () => ((await server.get<{ items: Cdr[] }>("cdrs")).items.length === answered ? true : undefined));
    t.match((await server.get<{ items: Cdr[] }>("cdrs")).items[0], { trunk: "second", disposition: "answered", legs: [{}, { trunk: "first", status: title === "503" ? 503 : 408 }, { trunk: "second", status: null }] }, title);
  }
  t.equal((await second.ended).exitCode, 0);
});
