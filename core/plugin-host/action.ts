// A request that changes something is done once, however often it is sent: its answer stands in the store under its key, in
// the transaction that did it.
import { z } from "zod";
import type { Clock } from "../../protocol/base/clock.js";
import { HttpProblem, type ActionDefinition, type PluginStore, type PluginTransaction } from "../sdk/plugin.js";
import type { CollectionDefinition } from "../store/store.js";
import type { AnyRoute, Repeatable } from "./any-route.js";

const answerSchema = z.object({ key: z.string(), digest: z.string(), reply: z.json(), utcMs: z.number() });
type Answer = z.infer<typeof answerSchema>;

export const answers: CollectionDefinition<Answer, "age"> = {
  name: "core-answer",
  version: 1,
  schema: answerSchema,
  key: (row) => [row.key],
  indexes: { age: { keys: (row) => [[row.utcMs]] } },
};

const KEPT_MS = 7 * 24 * 3_600_000;
/** More than one is added at a time, so that the old ones become fewer. */
const FORGOTTEN_AT_ONCE = 10;

/** The route that an action is for the HTTP server. It throws HttpProblem 422 "HTTP_KEY_REUSED" where its key stands for something else. */
export function routeOf<P, B, R>(action: ActionDefinition<P, B, R>, store: PluginStore, clock: Clock): AnyRoute {
  const { method, path, summary, params, body, reply } = action;
  const answer = async (tx: PluginTransaction, request: Parameters<typeof action.act>[1], { key, digest }: Repeatable): Promise<unknown> => {
    const known = await tx.get(answers, [key]);
    if (known !== undefined) {
      if (known.digest !== digest) throw new HttpProblem(422, "HTTP_KEY_REUSED", "this Idempotency-Key was sent before with another request");
      return known.reply;
    }
    await forget(tx, clock.utcMs() - KEPT_MS);
    const given = reply.parse(await action.act(tx, request));
    tx.put(answers, { key, digest, reply: given as Answer["reply"], utcMs: clock.utcMs() });
    return given;
  };
  const route: AnyRoute = {
    ...{ method, path, summary, reply, idempotent: true },
    ...(params === undefined ? {} : { params: params as z.ZodType<never> }),
    ...(body === undefined ? {} : { body: body as z.ZodType<never> }),
    handle: (request) => store.transact((tx) => answer(tx, request, request.repeatable!)),
  };
  return route;
}

async function forget(tx: PluginTransaction, beforeUtcMs: number): Promise<void> {
  for (const { key, utcMs } of await tx.range(answers, { index: "age", limit: FORGOTTEN_AT_ONCE })) if (utcMs < beforeUtcMs) tx.delete(answers, [key]);
}
