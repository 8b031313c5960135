import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import t from "tap";
import { eventually } from "./peers.js";
import { startServer } from "./server-process.js";

/** A module without imports, as somebody outside of the repository writes one. */
const pluginOf = (version: string): string => `export default {
  name: "greeter",
  sdk: 1,
  setup({ calls }) {
    calls.onIncoming("95003", async (call) => {
      await call.answer();
      await call.sleep(6000);
      call.note("greeter.done", { version: "${version}" });
      await call.hangup();
    });
  },
};
`;

interface List<T> {
  readonly items: readonly T[];
}

t.test("a plugin outside of the repository is unloaded while its call runs to the end, and loaded again as its file is now", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-unload-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const demo = readFileSync(resolve("examples/demo-hospital/config.yaml"), "utf8");
  const config = join(folder, "config.yaml");
  const numbers = demo.replace("./seed.yaml", resolve("examples/demo-hospital/seed.yaml")).replace(/^( +)numbers:\n/m, '$1numbers:\n$1  - { number: "95003", language: en }\n');
  writeFileSync(config, `${numbers}  greeter: { module: ./greeter.mjs }\n`);
  writeFileSync(join(folder, "greeter.mjs"), pluginOf("first"));
  const server = await startServer({ env: { RINGWARD_CONFIG: config } });
  t.teardown(() => server.stop());
  const call = async (): Promise<number> => {
    const child = spawn(process.execPath, ["dist/apps/cli/main.js", "call", `sip:95003@127.0.0.1:${server.sipPort}`, "--hang-up-after", "20", "--from", "13900000001"], { stdio: "ignore" });
    return ((await once(child, "close")) as [number])[0];
  };
  const versions = async (): Promise<unknown> => (await server.get<List<{ data: { version: string } }>>("events?types=greeter.done")).items.map(({ data }) => data.version);
  const running = call();
  await eventually("the plugin's call runs", async () => ((await server.get<List<unknown>>("calls")).items.length === 1 ? true : undefined));
  t.match(await server.post("plugins/greeter/unload", "unload"), { status: 200, body: { reloaded: [] } });
  t.equal(await call(), 1, "a new call finds nobody");
  writeFileSync(join(folder, "greeter.mjs"), pluginOf("second"));
  t.match(await server.post("plugins/greeter/load", "load"), { status: 200, body: { reloaded: ["greeter"] } });
  t.equal(await running, 0);
  t.same(await eventually("its word at the end", async () => (((await versions()) as string[]).length === 1 ? versions() : undefined)), ["first"], "as it began");
  t.equal(await call(), 0);
  t.same(await eventually("the next one's word", async () => (((await versions()) as string[]).length === 2 ? versions() : undefined)), ["first", "second"]);
});
