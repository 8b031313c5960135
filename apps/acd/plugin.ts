// Queues of callers before people (自动呼叫分配).
import { z } from "zod";
import { definePlugin } from "../../core/sdk/index.js";
import { Queue } from "./queue.js";

const extension = z.string().regex(/^[0-9]{2,15}$/, "accepted: an extension of 2 to 15 digits, in quotes");

const config = z.strictObject({
  queues: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, "accepted: lower-case words joined by hyphens"),
      z.strictObject({
        members: z.array(extension).min(1),
        ringMs: z.int().min(1000).max(120_000).default(20_000),
        waitMsMax: z.int().min(1000).max(3_600_000).default(300_000),
      }),
    )
    .refine((queues) => Object.keys(queues).length > 0, "accepted: at least one queue"),
  /** Where a caller who asked for a person, or could not be served by keys, is led. */
  operatorQueue: z.string().default("operators"),
});

export default definePlugin({
  name: "acd",
  sdk: 1,
  config: config.refine((section) => Object.hasOwn(section.queues, section.operatorQueue), { path: ["operatorQueue"], message: "accepted: one of the queues" }),
  prompts: new URL("./prompts/", import.meta.url).href,
  setup({ config, calls, clock }) {
    for (const [name, options] of Object.entries(config.queues)) {
      const queue = new Queue({ name, ...options }, { calls, clock });
      calls.provideQueue(name, (call, given) => queue.serve(call, given));
    }
    calls.onOperator(async (call) => {
      await call.answer();
      await call.enqueue(config.operatorQueue);
      await call.play("core/goodbye");
    });
  },
});
