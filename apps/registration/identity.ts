// Whose appointments: card and PIN.
import { BACK, OperatorWanted, type Call } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";

const REFUSALS_MAX = 3;

/** Asks for card and PIN, and refuses in the same words for either; resolves with the card or BACK. Without billing a card is only a name to book under. */
export async function askIdentity(call: Call, billing: Billing | undefined): Promise<string> {
  for (let refusals = 0; ; ) {
    const card = await call.collect({ prompt: "registration/ask-card", minDigits: 4, maxDigits: 16, terminatorOnly: true });
    if (card === BACK || billing === undefined) return card;
    const pin = await call.collect({ prompt: "registration/ask-pin", minDigits: 4, maxDigits: 8, terminatorOnly: true, secret: true });
    if (pin === BACK) continue;
    const identity = await billing.authenticate(card, pin);
    if (typeof identity === "object") return card;
    refusals += 1;
    call.forgetKeys();
    call.note("registration.refused", { refusals, locked: identity === "locked" });
    await call.play("registration/refused");
    if (identity === "locked" || refusals >= REFUSALS_MAX) throw new OperatorWanted("invalid-input");
  }
}
