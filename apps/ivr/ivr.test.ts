import t from "tap";
import { definePlugin } from "../../core/sdk/index.js";
import { createLab } from "../../core/sdk/testing/index.js";
import ivr from "./plugin.js";
import { mainMenu, type MenuKey } from "./service.js";

const offers = (name: string, key: MenuKey) =>
  definePlugin({
    name,
    sdk: 1,
    requires: ["ivr"],
    setup: (context) => {
      context.onClose(context.services.use(mainMenu).contribute({ key, prompt: `${name}/entry`, handler: (call) => call.play(`${name}/served`) }));
    },
  });
const operator = definePlugin({ name: "operator", sdk: 1, setup: ({ calls }) => calls.onOperator((call) => call.play("operator/here")) });
const config = { ivr: { numbers: ["95001"] } };

t.test("Y01 Y02: the menu is made of what plugins contribute, in key order, and comes again after a service", async () => {
  const lab = await createLab({ plugins: [offers("late", "7"), offers("early", "2"), ivr, operator], config });
  const patient = lab.call("95001");
  await patient.hears("ivr/welcome", "early/entry", "speech/2", "late/entry", "speech/7", "ivr/operator");
  await patient.presses("7");
  await patient.hears("late/served", "early/entry");
  await patient.presses("#");
  await patient.hears("early/entry");
  await patient.presses("0");
  await patient.hears("operator/here");
});

t.test("D15: an entry is gone with its plugin, for callers in the menu too", async (t) => {
  const lab = await createLab({ plugins: [offers("late", "7"), offers("early", "2"), ivr, operator], config });
  const patient = lab.call("95001");
  await patient.hears("late/entry");
  lab.unload("late");
  await patient.presses("2");
  await patient.hears("early/served", "ivr/operator");
  t.equal(patient.heard.filter((prompt) => prompt === "late/entry").length, 1);
});

t.test("two plugins want one key: refused, naming both", async (t) => {
  await t.rejects(createLab({ plugins: [offers("one", "3"), offers("two", "3"), ivr], config }), /key 3 is taken by one\/entry; two\/entry/);
});
