import { OperatorWanted } from "../sdk/control.js";
import { FAILURES_MAX, type Conversation } from "./conversation.js";
import { CALL_PROMPTS } from "./prompts.js";

/** Counts one question's failures: says what was wrong, drops what was typed ahead, and gives up at the third. */
export class Failures {
  #count = 0;

  constructor(
    readonly conversation: Conversation,
    readonly question: string,
  ) {}

  /** @throws OperatorWanted at the third, CallEnded. */
  async add(why: "no-input" | "invalid-input"): Promise<void> {
    this.#count += 1;
    this.conversation.forgetKeys();
    this.conversation.journal("call.misunderstood", { prompt: this.question, why, failures: this.#count });
    if (this.#count >= FAILURES_MAX) throw new OperatorWanted(why);
    await this.conversation.say(why === "no-input" ? CALL_PROMPTS.noInput : CALL_PROMPTS.invalidKey);
  }
}
