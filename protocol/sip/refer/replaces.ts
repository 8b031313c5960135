// Which dialog an INVITE takes the place of (RFC 3891 section 6.1), and the answer that section 3 asks for.
import { readParams, trimSpace } from "../message/grammar.js";

/** As who receives the INVITE knows the dialog: `toTag` is its own tag there, `fromTag` the far side's. */
export interface ReplacedDialog {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  /** Only while the far side has not answered. */
  readonly earlyOnly: boolean;
}

/** Nothing that a stack makes comes near. */
const LENGTH_MAX = 512;
/** `word [ "@" word ]` of RFC 3261 section 25.1. */
const CALL_ID = /^[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+(?:@[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+)?$/;

/** Undefined where malformed: a Call-ID, one to-tag, one from-tag. */
export function readReplaces(text: string): ReplacedDialog | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const semicolon = text.indexOf(";");
  const callId = trimSpace(semicolon < 0 ? text : text.slice(0, semicolon));
  const params = semicolon < 0 ? undefined : readParams(text, semicolon);
  const toTag = params?.get("to-tag");
  const fromTag = params?.get("from-tag");
  if (params === undefined || !CALL_ID.test(callId) || toTag === undefined || toTag === "" || fromTag === undefined || fromTag === "") return undefined;
  return { callId, toTag, fromTag, earlyOnly: params.has("early-only") };
}

/** Whether `named` is that tag of a dialog; one without a tag, of RFC 2543, is named 0 (section 6.1). */
export const isTag = (tag: string, named: string): boolean => tag === named || (tag === "" && named === "0");

/** What is known of the dialog that is named: `rung` by us and not answered yet, or `ringing` us. */
export type ReplacedState = "unknown" | "ended" | "confirmed" | "rung" | "ringing";

/** RFC 3891 section 3: the status that refuses the INVITE; undefined: it may take the dialog's place. */
export const REPLACES_VERDICT: { readonly [S in ReplacedState]: (dialog: ReplacedDialog) => 481 | 486 | 603 | undefined } = {
  unknown: () => 481,
  ended: () => 603,
  confirmed: ({ earlyOnly }) => (earlyOnly ? 486 : undefined),
  rung: () => undefined,
  // "The UA MUST NOT replace an early dialog that was not initiated by this UA."
  ringing: () => 481,
};
