import t from "tap";
import { readSettings } from "../../apps/server/settings.js";
import { createLab } from "../../core/sdk/testing/index.js";
import { codeBlocks, PluginPackage } from "./plugin-package.js";

const SETTINGS = `
hospital: { id: demo, name: Demo, timeZone: Asia/Shanghai, currency: CNY, numbers: [{ number: "95009", language: zh-CN }] }
plugins: { opening-hours: { module: ./opening-hours.js } }
`;

const blocks = codeBlocks("docs/plugins.md");

t.test("docs/plugins.md: a plugin in ten lines, its test in ten more", async (t) => {
  t.same([...blocks.keys()], ["opening-hours.ts", "opening-hours.test.ts"]);
  for (const [file, text] of blocks) t.equal(text.trimEnd().split("\n").length, 10, file);
});

t.test("docs/plugins.md: both compile and run as they stand there, in a package outside of the repository", async (t) => {
  const outside = new PluginPackage("opening-hours", blocks);
  t.teardown(() => outside.remove());
  t.same(outside.compile([...blocks.keys()]), []);
  const { code, output } = await outside.test("opening-hours.test.js");
  t.equal(code, 0, output);
  t.match(output, /# pass 2\n# fail 0/);

  outside.write("config.yaml", SETTINGS);
  const { plugins } = await readSettings(`${outside.folder}/config.yaml`, {});
  t.match(plugins, [{ name: "opening-hours", sdk: 1 }], "the server's settings load it by its module");
});

t.test("docs/plugins.md: its test fails where the plugin is wrong", async (t) => {
  const plugin = blocks.get("opening-hours.ts")!.replace("18:00", "08:00");
  const outside = new PluginPackage("opening-hours", new Map([...blocks, ["opening-hours.ts", plugin]]));
  t.teardown(() => outside.remove());
  t.same(outside.compile([...blocks.keys()]), []);
  const { code, output } = await outside.test("opening-hours.test.js");
  t.equal(code, 1);
  t.match(output, /"opening-hours\/open" was not heard/);
});

t.test("a plugin outside of the repository is loaded, and read anew while its call runs", async (t) => {
  const outside = new PluginPackage("opening-hours", blocks);
  t.teardown(() => outside.remove());
  const source = (prompt: string): string => `
import { definePlugin } from "ringward/sdk";
export default definePlugin({ name: "opening-hours", sdk: 1, setup({ calls }) {
  calls.onIncoming("95009", async (call) => {
    await call.answer();
    await call.play("opening-hours/${prompt}");
    await call.sleep(5000);
    await call.play("opening-hours/${prompt}-end");
  });
} });
`;
  outside.write("config.yaml", SETTINGS);
  outside.write("opening-hours.js", source("first"));
  const settings = await readSettings(`${outside.folder}/config.yaml`, {});
  const lab = await createLab({ plugins: settings.plugins });
  const before = lab.call("95009");
  await before.hears("opening-hours/first");
  outside.write("opening-hours.js", source("second"));
  await lab.reload(await settings.loadPlugin("opening-hours"));
  const after = lab.call("95009");
  await after.hears("opening-hours/second", "opening-hours/second-end");
  await before.hears("opening-hours/first-end");
  outside.write("opening-hours.js", "export default 1;");
  await t.rejects(settings.loadPlugin("opening-hours"), { code: "SERVER_PLUGIN" });
  t.same(lab.faults, []);
});
