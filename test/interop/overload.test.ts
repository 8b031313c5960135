// What a carrier hears where no place is free: it must not stay away altogether because one trunk is full.
import { join } from "node:path";
import t from "tap";
import { writeCarrierConfig } from "./carrier-config.js";
import { eventually, missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer } from "./server-process.js";

for (const { title, settings, scenario } of [
  { title: "RFC 3261 20.33, RFC 3326: a full trunk's 503 has Q.850 cause 34 and no Retry-After", settings: "trunks:\n  - { name: carrier, sources: [127.0.0.1], maxCalls: 1 }", scenario: "carrier-finds-trunk-full" },
  { title: "RFC 3261 20.33: a full server's 503 says when to come back", settings: "trunks:\n  - { name: carrier, sources: [127.0.0.1] }\nmaxCalls: 1", scenario: "carrier-finds-server-full" },
])
  t.test(title, { skip: missingPeers("sipp") }, async (t) => {
    const config = writeCarrierConfig(settings);
    const server = await startServer({ env: { RINGWARD_CONFIG: config.path } });
    const caller = async (rtp: number, ...what: string[]): Promise<Peer> =>
      new Peer("sipp", [...what, "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-mi", "127.0.0.1", "-mp", String(rtp), "-m", "1", "-nostdin", "-timeout", "15", "-timeout_error", `127.0.0.1:${server.sipPort}`], { timeoutMs: 20_000 });
    const first = await caller(SIPP_RTP, "-sn", "uac", "-d", "10000");
    t.teardown(async () => {
      await first.stop();
      await server.stop("SIGKILL");
      config.remove();
    });
    await eventually("the one call that has room", async () => ((await server.get<{ items: readonly unknown[] }>("calls")).items.length === 1 ? true : undefined));
    const { exitCode, output } = await (await caller(SIPP_RTP + 4, "-sf", join("test", "interop", "sipp", `${scenario}.xml`))).ended;
    t.equal(exitCode, 0, scenario, { output: output.slice(-3000), log: server.stderr().slice(-2000) });
    t.equal((await server.get<{ items: readonly unknown[] }>("calls")).items.length, 1, "the call that was there goes on");
  });
