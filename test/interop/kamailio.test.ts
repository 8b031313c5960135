// A carrier that we register with: kamailio as registrar and proxy, sipp behind it as the telephone network.
import { join } from "node:path";
import t from "tap";
import { Baresip } from "./baresip.js";
import { writeCarrierConfig } from "./carrier-config.js";
import { Kamailio } from "./kamailio.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, isUdpPortTaken, startServer } from "./server-process.js";

const PASSWORD = "carrier-secret-42";
const EXPIRES_S = 4;

interface Cdr {
  readonly direction: string;
  readonly trunk: string | null;
  readonly caller: string;
  readonly called: string;
  readonly disposition: string;
}

const scenario = (name: string): string => join("test", "interop", "sipp", name);
const sipp = (args: readonly string[], mediaPort: number): Peer => new Peer("sipp", [...args, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", String(mediaPort), "-m", "1", "-nostdin"], { timeoutMs: 40_000 });

t.test("RFC 3261 10.2, 22: registered with kamailio by digest, renewed, called through the binding, calling out, taken back", { skip: missingPeers("kamailio", "sipp", "baresip") }, async (t) => {
  const gatewayPort = await freeUdpPort();
  const carrier = await Kamailio.start({ user: "hospital", password: PASSWORD, gatewayPort, expiresS: EXPIRES_S });
  // No source is the carrier's: its calls are known by the binding alone.
  const config = writeCarrierConfig(`trunks:
  - name: carrier
    address: "127.0.0.1:${carrier.port}"
    sources: [192.0.2.1]
    domain: carrier.example
    account: { username: hospital, password: "\${CARRIER_PASSWORD}" }
    register: { expiresS: 3600 }
    number: "95001"
    callerFrom: [p-asserted-identity, from]
outgoing:
  - { trunks: [carrier] }`);
  const server = await startServer({ env: { RINGWARD_CONFIG: config.path, CARRIER_PASSWORD: PASSWORD } });
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: { frequencyHz: 620, level: 0.125 } });
  let stopped = false;
  t.teardown(async () => {
    await phone.stop();
    if (!stopped) await server.stop();
    await carrier.stop();
    phone.removeFiles();
    config.remove();
  });
  const registers = (expires: number): number => carrier.peer.output.split(`SEEN register ${expires} `).length - 1;
  const cdrs = async (count: number): Promise<Cdr> => {
    await eventually(`${count} CDRs`, async () => ((await server.get<{ items: Cdr[] }>("cdrs")).items.length === count ? true : undefined));
    return (await server.get<{ items: Cdr[] }>("cdrs")).items[0]!;
  };

  await eventually("registered", async () => (/^ringward_trunk_registered\{trunk="carrier"\} 1$/m.test(await (await server.fetch("/metrics")).text()) ? true : undefined));
  t.match(carrier.peer.output, new RegExp(`SEEN register 3600 <sip:95001@127\\.0\\.0\\.1:${server.sipPort};line=[0-9a-f]{24}>`));

  const caller = sipp(["-sf", scenario("proxied-caller.xml"), "-s", "hospital", "-p", String(await freeUdpPort()), `127.0.0.1:${carrier.port}`], SIPP_RTP);
  t.equal((await caller.ended).exitCode, 0, "the carrier's caller was answered");
  t.match(await cdrs(1), { direction: "incoming", trunk: "carrier", caller: "+8613900000003", called: "95001", disposition: "answered" });

  const network = sipp(["-sf", scenario("proxied-callee.xml"), "-p", String(gatewayPort)], SIPP_RTP + 4);
  await eventually("sipp", () => (isUdpPortTaken(gatewayPort) ? true : undefined));
  phone.command("dial", `sip:13900000002@127.0.0.1:${server.sipPort}`);
  await phone.until("answered behind the carrier's proxy", /CALL_ESTABLISHED/);
  phone.command("hangup");
  t.match(await cdrs(2), { direction: "outgoing", trunk: "carrier", caller: "1001", called: "13900000002", disposition: "answered" });
  t.equal((await network.ended).exitCode, 0);
  t.match(carrier.peer.output, /SEEN bye with credentials/);

  await eventually("renewed at 90 % of what was granted", () => (registers(3600) >= 3 ? true : undefined), 12_000);
  const { items } = await server.get<{ items: { type: string; subject: object; data: object }[] }>("events?types=trunk.*");
  t.match(items, [{ type: "trunk.registered", subject: { kind: "trunk", id: "carrier" }, data: { expiresS: EXPIRES_S } }], "the journal says so once: a renewal is no news");
  stopped = true;
  t.equal(await server.stop(), 0);
  t.equal(registers(0), 1, "the binding was taken back");
  t.notMatch(server.stdout() + server.stderr(), PASSWORD, "the secret is in no log");
});
