// How a call goes on that another process had. A handler is a function that ran there and can't be gone on with in its
// middle: what the core knows goes on as it was (a place in a queue, a talk), for the rest a handler begins anew.
import type { CallHandler, CallRoute } from "./call-manager.js";
import type { CallState } from "./call-state.js";
import type { LiveCall } from "./live-call.js";
import { CALL_PROMPTS } from "./prompts.js";

export interface ResumptionWays {
  /** Undefined where the number leads nowhere any more. */
  readonly route: CallRoute | undefined;
  readonly operator: CallHandler | undefined;
}

const part = (call: LiveCall): Promise<void> => (call.isAnswered ? call.play(CALL_PROMPTS.goodbye) : Promise.resolve());

/** Serves the call from where it was written down. */
export async function resume(call: LiveCall, state: CallState, { route, operator }: ResumptionWays): Promise<void> {
  await call.life.ready();
  if (state.stage === "parting") return part(call);
  const begin = (state.stage === "operator" ? operator : route?.handler) ?? operator;
  if (state.queue !== undefined) {
    await call.goOnWaiting(state.queue);
    // The operators are where a call ends; from a service's queue its handler would go on.
    return state.stage === "operator" ? part(call) : begin?.(call);
  }
  if (state.stage === "handler" && state.transferred !== true && route?.resumed !== undefined) return route.resumed(call);
  if (call.others.some((other) => other.state === "talking")) {
    await call.goOnTalking();
    // What the number's handler would do next is not for whom others have put through.
    if (state.transferred === true && state.servedAs === undefined) return part(call);
  }
  else {
    call.life.dismiss();
    if (call.isAnswered) await call.play(CALL_PROMPTS.resumed, { bargeIn: false });
  }
  await begin?.(call);
}
