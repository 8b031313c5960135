import { BACK, type CollectOptions } from "../sdk/call.js";
import { OperatorWanted } from "../sdk/control.js";
import { KEY_TIMEOUT_MS, questionName, type Conversation } from "./conversation.js";
import { MASKED } from "./entries.js";
import { Failures } from "./failures.js";

/** A `#` that comes this soon after a number that was complete without it belongs to that number. */
const LATE_HASH_MS = 3000;

type Outcome = { readonly digits: string } | "back" | "operator" | "no-input" | "invalid-input";

/**
 * Asks for digits: `#` ends, `*` clears and begins anew, `**` is back, `*0` the operator.
 * @throws OperatorWanted, CallEnded
 */
export async function askDigits(conversation: Conversation, options: CollectOptions): Promise<string> {
  const question = questionName(options.prompt);
  const failures = new Failures(conversation, question);
  const secret = options.secret === true;
  try {
    if (secret) conversation.mask(true);
    for (;;) {
      await conversation.say(options.prompt);
      const outcome = await readDigits(conversation, options);
      if (typeof outcome === "object") {
        conversation.journal("call.collected", { prompt: question, digits: secret ? MASKED : outcome.digits });
        return outcome.digits;
      }
      if (outcome === "back") return BACK;
      if (outcome === "operator") throw new OperatorWanted("key");
      await failures.add(outcome);
    }
  } finally {
    if (secret) conversation.mask(false);
  }
}

/** One try. More digits than the question takes are read up to `#`, so that the rest answers nothing else. */
async function readDigits(conversation: Conversation, options: CollectOptions): Promise<Outcome> {
  const { maxDigits } = options;
  let digits = "";
  let cleared = false;
  for (;;) {
    const key = await conversation.key(options.timeoutMs ?? KEY_TIMEOUT_MS);
    if (key === undefined || key === "#") return complete(digits, options, key);
    if (key === "*") {
      if (cleared) return "back";
      cleared = true;
      digits = "";
      continue;
    }
    if (cleared && digits === "" && key === "0") return "operator";
    if (key < "0" || key > "9") continue; // A-D are on no patient's phone
    // `cleared` stays until a digit is in: then `*` clears again instead of leading back.
    cleared = false;
    if (digits.length <= maxDigits) digits += key;
    if (digits.length === maxDigits && options.terminatorOnly !== true) {
      conversation.swallowKey("#", LATE_HASH_MS);
      return { digits };
    }
  }
}

function complete(digits: string, { minDigits, maxDigits }: CollectOptions, key: "#" | undefined): Outcome {
  if (digits === "" && key === undefined) return "no-input";
  return digits.length >= minDigits && digits.length <= maxDigits ? { digits } : "invalid-input";
}
