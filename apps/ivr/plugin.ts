// The voice that answers: welcome, then a menu of what the other plugins offer.
import { z } from "zod";
import { definePlugin, number, OperatorWanted, pause, prompt, type Call, type SpeechPart } from "../../core/sdk/index.js";
import { MenuEntries } from "./main-menu.js";
import { mainMenu, type MenuKey } from "./service.js";

const config = z.strictObject({
  /** The hospital's numbers that it answers. */
  numbers: z.array(z.string().regex(/^[0-9]{2,15}$/, "accepted: a number of 2 to 15 digits, in quotes")).min(1),
  welcome: z.string().default("ivr/welcome"),
});

const BETWEEN_ENTRIES_MS = 300;

export default definePlugin({
  name: "ivr",
  sdk: 1,
  config,
  prompts: new URL("./prompts/", import.meta.url).href,
  setup({ config, calls, services }) {
    const entries = new MenuEntries();
    services.publish(mainMenu, entries);
    calls.onIncoming(config.numbers, async (call) => {
      await call.answer();
      await call.play(config.welcome);
      for (;;) await askOnce(call, entries);
    });
  },
});

/** The entries are those of this moment: a plugin may come or go while a caller is in another's hands. */
async function askOnce(call: Call, entries: MenuEntries): Promise<void> {
  const offered = entries.inOrder;
  if (offered.length === 0) throw new OperatorWanted("key");
  const choices = offered.flatMap((entry): readonly SpeechPart[] => [prompt(entry.prompt), number(Number(entry.key)), pause(BETWEEN_ENTRIES_MS)]);
  const key = await call.menu<MenuKey>({ prompt: [...choices, prompt("ivr/operator")], keys: offered.map((entry) => entry.key), noBack: true });
  await offered.find((entry) => entry.key === key)!.handler(call);
}
