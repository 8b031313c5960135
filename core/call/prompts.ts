// What call control itself plays: recordings, which stand in ./prompts, and a tone.
import type { Announcement } from "../sdk/call.js";
import { tone } from "../speech/part.js";

export const CALL_PROMPTS = {
  noInput: "core/no-input",
  invalidKey: "core/invalid-key",
  apology: "core/apology",
  goodbye: "core/goodbye",
  /** The server was restarted in the middle of the call. */
  resumed: "core/resumed",
} as const;

/** One round of what a caller hears while others ring. */
export const RINGBACK: Announcement = [tone("ringback")];

/** From here on the caller is recorded. */
export const RECORD_BEEP = [{ kind: "tone", frequenciesHz: [1000], levelDbm0: -14, durationMs: 300 }] as const;

/** Two soft tones every 5 s: somebody is there, the line has not gone. */
export const ON_HOLD = [
  { kind: "tone", frequenciesHz: [480], levelDbm0: -25, durationMs: 200 },
  { kind: "silence", durationMs: 160 },
  { kind: "tone", frequenciesHz: [480], levelDbm0: -25, durationMs: 200 },
  { kind: "silence", durationMs: 4440 },
] as const;
