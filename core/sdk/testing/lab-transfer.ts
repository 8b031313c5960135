// The transfer key of a phone in the lab.
import type { SimClock } from "../../../protocol/base/sim-clock.js";
import type { LabLeg } from "./lab-leg.js";

const DECLINED = 603;

/** To a number, or to whom the phone talks to on another leg of its own. Resolves with the final status of the transfer: its refusal, or how it went. The test goes on meanwhile (phones answer, time passes). */
export function pressTransfer(clock: SimClock, leg: LabLeg | undefined, to: string | LabLeg): Promise<number> {
  return new Promise((resolve) => {
    const refused = leg?.refers({
      // A lab leg's dialog is named by the leg.
      to: typeof to === "string" ? { number: to } : { number: "", replaces: { callId: to.id, toTag: "lab", fromTag: "lab", earlyOnly: false } },
      progress: () => undefined,
      finish: (status) => {
        resolve(status);
        // The phone acknowledges in the next moment.
        return new Promise((taken) => void clock.after(0, taken));
      },
    });
    if (refused === undefined || refused >= 300) resolve(refused ?? DECLINED);
  });
}
