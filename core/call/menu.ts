import { BACK, type MenuOptions } from "../sdk/call.js";
import { OperatorWanted } from "../sdk/control.js";
import { KEY_TIMEOUT_MS, questionName, type Conversation } from "./conversation.js";
import { Failures } from "./failures.js";

const OPERATOR = "0";
const REPEAT = "#";

/**
 * Asks until one of the keys is pressed. 0 is the operator, `*` back, `#` says the question again and is no failure.
 * @throws OperatorWanted, CallEnded
 */
export async function askMenu<K extends string>(conversation: Conversation, options: MenuOptions<K>): Promise<K | typeof BACK> {
  const question = questionName(options.prompt);
  const failures = new Failures(conversation, question);
  for (;;) {
    await conversation.say(options.prompt);
    const key = await conversation.key(options.timeoutMs ?? KEY_TIMEOUT_MS);
    if (key === REPEAT) continue;
    const answer = options.keys.find((one) => one === key);
    const back = key === BACK && options.noBack !== true;
    if (key !== undefined && (answer !== undefined || back || key === OPERATOR)) conversation.journal("call.menu", { prompt: question, key });
    if (answer !== undefined) return answer;
    if (back) return BACK;
    if (key === OPERATOR) throw new OperatorWanted("key");
    await failures.add(key === undefined ? "no-input" : "invalid-input");
  }
}
