import t from "tap";
import { definePlugin, service, type AnyPlugin, type PluginContext } from "../index.js";
import { createLab } from "./lab.js";

const word = service<() => string>("greeter/word");

/** Plays its version's prompt twice, 5 s apart. */
const greeter = (version: string, also: (context: PluginContext<unknown>) => void | Promise<void> = () => undefined): AnyPlugin =>
  definePlugin({
    name: "greeter",
    sdk: 1,
    async setup(context) {
      await also(context);
      context.services.publish(word, () => version);
      context.calls.onIncoming("95001", async (call) => {
        await call.answer();
        await call.play(`greeter/hello-${version}`);
        await call.sleep(5000);
        await call.play(`greeter/bye-${version}`);
      });
    },
  });

/** Says what the greeter's service said when it was set up. */
const echo = (): AnyPlugin =>
  definePlugin({
    name: "echo",
    sdk: 1,
    requires: ["greeter"],
    setup({ calls, services }) {
      const said = services.use(word)();
      calls.onIncoming("95002", async (call) => {
        await call.answer();
        await call.play(`echo/${said}`);
      });
    },
  });

t.test("a reload while a call runs: the call goes on as it began, the next one is served anew", async (t) => {
  const lab = await createLab({ plugins: [greeter("old"), echo()] });
  const first = lab.call("95001");
  await first.hears("greeter/hello-old");
  t.same(await lab.reload(greeter("new")), ["greeter", "echo"], "who needs it is set up around it");
  const second = lab.call("95001");
  await second.hears("greeter/hello-new", "greeter/bye-new");
  await first.hears("greeter/bye-old");
  await first.isReleased();
  const third = lab.call("95002");
  await third.hears("echo/new");
  t.same(lab.faults, []);
});

t.test("a call that comes while a plugin is set up anew waits for it", async (t) => {
  const lab = await createLab({ plugins: [greeter("old")] });
  const reload = lab.reload(greeter("new", ({ clock }) => clock.sleep(2000)));
  await lab.passes(1000);
  const patient = lab.call("95001");
  await lab.passes(500);
  t.same([patient.heard, patient.state], [[], "setup"]);
  const [busy] = await Promise.all([lab.reload(greeter("third")).catch((error: unknown) => error), lab.passes(1000)]);
  t.match(busy, { code: "PLUGIN_BUSY" }, "one reload at a time");
  await reload;
  await patient.hears("greeter/hello-new");
});

t.test("a reload that fails leaves what ran before", async (t) => {
  const lab = await createLab({ plugins: [greeter("old"), echo()] });
  const broken = greeter("new", ({ calls }) => {
    calls.onIncoming("95003", async () => undefined);
    throw new Error("broken");
  });
  await t.rejects(lab.reload(broken), { code: "PLUGIN_SETUP", message: /broken/ });
  const patient = lab.call("95001");
  await patient.hears("greeter/hello-old");
  const other = lab.call("95002");
  await other.hears("echo/old");
  await t.rejects(lab.reload(definePlugin({ name: "stranger", sdk: 1, setup: () => undefined })), { code: "PLUGIN_UNKNOWN" });
  t.same(await lab.reload(greeter("mended")), ["greeter", "echo"]);
});

t.test("a plugin that is taken away serves its call to the end, and no new one", async (t) => {
  const lab = await createLab({ plugins: [greeter("old")] });
  const first = lab.call("95001");
  await first.hears("greeter/hello-old");
  lab.unload("greeter");
  const second = lab.call("95001");
  await second.isReleased();
  t.same(second.heard, []);
  await first.hears("greeter/bye-old");
  await first.isReleased();
  t.same(lab.faults, []);
});
