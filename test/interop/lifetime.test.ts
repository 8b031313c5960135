import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import t from "tap";
import { eventually, missingPeers, Peer } from "./peers.js";
import { freeUdpPort, startServer, type ServerProcess } from "./server-process.js";

interface Cdr {
  readonly id: string;
  readonly disposition: string;
}
interface List<T> {
  readonly items: readonly T[];
}

const open = async (server: ServerProcess): Promise<number> => (await server.get<List<unknown>>("calls")).items.length;

/** sipp's own caller, holding `calls` calls at once for `holdMs`. */
const uac = async (server: ServerProcess, { calls, holdMs }: { readonly calls: number; readonly holdMs: number }): Promise<Peer> =>
  new Peer("sipp", ["-sn", "uac", "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-m", String(calls), "-l", String(calls), "-r", "20", "-d", String(holdMs), "-nostdin", `127.0.0.1:${server.sipPort}`], {
    timeoutMs: 40_000,
  });

t.test("H04: after kill -9 with calls up, the next start opens the same data, and the calls are closed", { skip: missingPeers("sipp") }, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "ringward-kill-"));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const first = await startServer({ dataDir });
  const callers = await uac(first, { calls: 5, holdMs: 30_000 });
  await eventually("5 calls", async () => ((await open(first)) === 5 ? true : undefined));
  const ids = (await first.get<List<{ id: string }>>("calls")).items.map((call) => call.id).sort();
  // Entries wait for each other up to 200 ms; what is younger may be lost, a call that was answered a second ago may not.
  await new Promise((resolve) => void setTimeout(resolve, 1000));
  await first.stop("SIGKILL");
  await callers.stop();

  const second = await startServer({ dataDir });
  t.teardown(() => second.stop());
  t.equal(await open(second), 0);
  const records = (await second.get<List<Cdr>>("cdrs")).items;
  t.same(records.map((cdr) => cdr.id).sort(), ids, "each call has its one record");
  t.ok(
    records.every((cdr) => cdr.disposition === "closed-after-crash"),
    "which says that the server went away",
  );
  t.same((await second.get<{ balance: unknown }>("cards/10000001")).balance, { amount: 10_000, currency: "CNY" }, "the seed was not sown again");
});

t.test("SIGTERM: no new calls, running ones may end, then BYE and exit code 0", { skip: missingPeers("sipp") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-drain-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const demo = resolve("examples/demo-hospital");
  const config = join(folder, "config.yaml");
  writeFileSync(config, readFileSync(join(demo, "config.yaml"), "utf8").replace("drainMs: 30000", "drainMs: 2000").replace("./seed.yaml", join(demo, "seed.yaml")));
  const server = await startServer({ env: { RINGWARD_CONFIG: config } });
  const callers = await uac(server, { calls: 3, holdMs: 20_000 });
  await eventually("3 calls", async () => ((await open(server)) === 3 ? true : undefined));
  const stopped = server.stop();
  await new Promise((resolve) => void setTimeout(resolve, 500));
  const late = await (await uac(server, { calls: 1, holdMs: 100 })).ended;
  t.match(late.output, /503/, "a call that comes while stopping is told so");
  t.equal(await stopped, 0);
  t.match((await callers.stop()).output, /BYE/, "the callers were let go");
});

t.test("a taken port: exit code 1 and one line that says which", async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  await t.rejects(startServer({ env: { RINGWARD_SIP: `127.0.0.1:${server.sipPort}` } }), new RegExp(`exited with 1 before it was ready\\s+\\S.*${server.sipPort}[^\\n]*RINGWARD_SIP[^\\n]*\\n?$`));
});

t.test("a fault that nobody caught is counted and told, and the server goes on; a data folder below /proc is refused at once", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-faults-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "config.yaml");
  const plugin = 'export default { name: "thrower", sdk: 1, setup() { setTimeout(() => { throw new Error("thrown by a plugin"); }, 1500); setTimeout(() => void Promise.reject(new Error("rejected by a plugin")), 1600); } };\n';
  writeFileSync(join(folder, "thrower.mjs"), plugin);
  const demo = readFileSync(resolve("examples/demo-hospital/config.yaml"), "utf8");
  writeFileSync(config, `${demo.replace("./seed.yaml", resolve("examples/demo-hospital/seed.yaml"))}  thrower: { module: ./thrower.mjs }\n`);
  const server = await startServer({ env: { RINGWARD_CONFIG: config } });
  t.teardown(() => server.stop());
  await eventually("both counted", async () => (/^ringward_server_uncaught_total 2$/m.test(await (await server.fetch("/metrics")).text()) ? true : undefined));
  t.match(server.stderr(), /thrown by a plugin/);
  t.match(await (await server.fetch("/metrics")).text(), /^ringward_access_registered_phones 0$[^]*^ringward_access_suspect_addresses 0$/m, "so are phones and suspects");
  await t.rejects(startServer({ env: { RINGWARD_DATA: "/proc/x" } }), /exited with 1 before it was ready\s+ringward: data: .*\(STORE_IO\)\n?$/);
});
