import { join } from "node:path";
import t from "tap";
import { eventually, missingPeers, Peer, type PeerRun } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer, type ServerProcess } from "./server-process.js";

const skip = missingPeers("sipp");
const AT_SIPP = 30_000;

/** One run of a scenario: each checks every answer that it gets. */
function sipp(server: ServerProcess, scenario: string, options: { readonly service: string; readonly port: number; readonly takesCalls?: boolean; readonly rtp?: number }): Peer {
  const { service, port, takesCalls = false, rtp = SIPP_RTP } = options;
  const target = takesCalls ? [] : [`127.0.0.1:${server.sipPort}`];
  return new Peer(
    "sipp",
    ["-sf", join("test", "interop", "sipp", `${scenario}.xml`), "-s", service, "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error", "-au", service, "-ap", `demo-${service}`, ...target],
    { timeoutMs: AT_SIPP },
  );
}

/** What is printed where sipp missed something. */
const report = (run: PeerRun, server: ServerProcess): { output: string; log: string } => ({ output: run.output.slice(-3000), log: server.stderr().slice(-2000) });

/** Nothing of the calls is left in the server. */
const isIdle = (server: ServerProcess): Promise<true> => eventually("the calls are over", async () => ((await server.get<{ items: readonly unknown[] }>("calls")).items.length === 0 ? true : undefined));

t.test("RFC 3264 8.4, RFC 3261 14: sipp holds, asks for an offer in a re-INVITE, and is refused what nobody has", { skip }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  for (const scenario of ["caller-holds", "caller-offerless"]) {
    const run = await sipp(server, scenario, { service: "95001", port: await freeUdpPort() }).ended;
    t.equal(run.exitCode, 0, scenario, report(run, server));
  }
  await isIdle(server);
  const { items } = await server.get<{ items: { type: string; data: { held: boolean } }[] }>("events?types=call.held");
  t.same(items.map(({ data }) => data.held), [true, false], "sendonly and inactive are one hold");
});

for (const { title, callee, caller } of [
  { title: "RFC 3261 9: a desk phone gives up while another one rings: both hear 487", callee: "phone-rings", caller: "phone-cancels" },
  { title: "RFC 3261 21.4.21: a busy phone's 486 is what the caller hears", callee: "phone-busy", caller: "phone-hears-busy" },
])
  t.test(title, { skip }, async (t) => {
    const server = await startServer();
    t.teardown(() => server.stop());
    const port = await freeUdpPort();
    const registered = await sipp(server, "phone-registers", { service: "1001", port }).ended;
    t.equal(registered.exitCode, 0, "registered", report(registered, server));
    const phone = sipp(server, callee, { service: "1001", port, takesCalls: true, rtp: SIPP_RTP + 4 });
    const [calling, called] = await Promise.all([sipp(server, caller, { service: "1001", port: await freeUdpPort() }).ended, phone.ended]);
    t.equal(calling.exitCode, 0, caller, report(calling, server));
    t.equal(called.exitCode, 0, callee, report(called, server));
    await isIdle(server);
  });
