// What a question needs of the call that it is asked in.
import type { Announcement } from "../sdk/call.js";
import type { CallEntryData, CallEntryType } from "./entries.js";

export interface Conversation {
  /** Heard to the end, or to a key. Rejects with CallEnded, as `key` does. */
  say(what: Announcement): Promise<void>;
  key(timeoutMs: number): Promise<string | undefined>;
  swallowKey(key: string, withinMs: number): void;
  forgetKeys(): void;
  mask(on: boolean): void;
  journal<T extends CallEntryType>(type: T, data: CallEntryData<T>): void;
}

/** Wrong or missing answers to one question, after which a person takes over. */
export const FAILURES_MAX = 3;

/** How long a caller may think, and pause between two digits, unless the question says. */
export const KEY_TIMEOUT_MS = 6000;

/** A question's name in the journal. */
export function questionName(what: Announcement): string {
  if (typeof what === "string") return what;
  const prompt = what.find((part) => part.say === "prompt");
  return prompt?.say === "prompt" ? prompt.name : "speech";
}
