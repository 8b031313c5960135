import { isTrunksFault, statusForPhone, type OutsideRoute, type TrunkFailure } from "./outgoing.js";

/** How long an outside number rings. */
const RINGING_MS_MAX = 120_000;

export type OutsideOutcome =
  | { readonly outcome: "answered"; /** Resolves when the far side has left. */ readonly talk: Promise<void> }
  | { readonly outcome: "failed"; readonly failure: TrunkFailure };

/** What the handler needs of a call. */
export interface OutsideCall {
  dialOutside(target: { readonly number: string; readonly trunk: string; readonly timeoutMs: number }): Promise<OutsideOutcome>;
  refuse(status: number): Promise<void>;
  hangup(): Promise<void>;
}

/** The built-in handler of a phone's call to an outside number: tries the trunks in their order, joins the two, and ends with either. */
export function outsideCallHandler({ number, trunks }: OutsideRoute): (call: OutsideCall) => Promise<void> {
  return async (call) => {
    let failure: TrunkFailure = { by: "failure" };
    for (const trunk of trunks) {
      const dialled = await call.dialOutside({ number, trunk, timeoutMs: RINGING_MS_MAX });
      if (dialled.outcome === "answered") {
        await dialled.talk;
        return call.hangup();
      }
      failure = dialled.failure;
      if (!isTrunksFault(failure)) break;
    }
    await call.refuse(statusForPhone(failure));
  };
}

/** The same for a phone that may not: it has proved who it is, and has not registered. */
export const refusingHandler = (status: number) => (call: Pick<OutsideCall, "refuse">): Promise<void> => call.refuse(status);
