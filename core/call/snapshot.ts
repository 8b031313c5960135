import type { Language } from "../speech/part.js";

/** A call as the API lists it; plain data. */
export interface CallSnapshot {
  readonly id: string;
  readonly hospital: string;
  readonly caller: string;
  readonly called: string;
  readonly state: "setup" | "ringing" | "answered" | "ended";
  readonly startedUtcMs: number;
  readonly answeredUtcMs: number | null;
  readonly language: Language;
  readonly agents: readonly { readonly leg: string; readonly extension: string; readonly state: string }[];
}
