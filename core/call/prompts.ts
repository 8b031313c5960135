// Recordings that call control itself plays; they stand in ./prompts.
export const CALL_PROMPTS = {
  noInput: "core/no-input",
  invalidKey: "core/invalid-key",
  apology: "core/apology",
  goodbye: "core/goodbye",
  /** The server was restarted in the middle of the call. */
  resumed: "core/resumed",
} as const;

/** China's ringback tone (GB 3380): 450 Hz, 1 s on, 4 s off. */
export const RINGBACK = [
  { kind: "tone", frequenciesHz: [450], levelDbm0: -10, durationMs: 1000 },
  { kind: "silence", durationMs: 4000 },
] as const;
