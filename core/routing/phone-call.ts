import type { Call } from "../sdk/call.js";

/** How long a dialled desk phone rings. */
const RINGING_MS_MAX = 60_000;

const REJECTIONS = { unreachable: "unavailable", "no-answer": "unavailable", busy: "busy", rejected: "declined", machine: "unavailable", fax: "unavailable" } as const;

/** The built-in handler of a call from one desk phone to another: rings it, joins the two, and ends with either. */
export function phoneCallHandler(extension: string): (call: Call) => Promise<void> {
  return async (call) => {
    const dialled = await call.dial({ targets: [extension], timeoutMs: RINGING_MS_MAX });
    if (dialled.outcome !== "answered") return call.reject(REJECTIONS[dialled.outcome]);
    await dialled.talk;
    await call.hangup();
  };
}
