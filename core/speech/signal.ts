// Signals of the telephone as what a leg plays.
import { isCadence, parseCadence, type Cadence } from "../../media/dsp/cadence/cadence.js";
import { NATIONAL_TONES, SPECIAL_TONES, type ToneCountry } from "../../media/dsp/cadence/national-tones.js";
import type { PlayItem } from "../../media/engine/command.js";
import { SpeechError } from "./error.js";
import type { SpeechPart } from "./part.js";

/** A beat of a signal. */
export type Sounded = Exclude<PlayItem, { readonly kind: "prompt" | "sound" }>;

const DURATION_MS_MAX = 600_000;
/** Of a tone without a rhythm, where nobody said how long. */
const STEADY_MS = 3000;
/** What one part may become; shorter beats than that allows are nobody's tone. */
const ITEMS_MAX = 2000;

/** @throws SpeechError "SPEECH_TONE" */
export function soundTone({ tone, durationMs }: Extract<SpeechPart, { readonly say: "tone" }>, country: ToneCountry): Sounded[] {
  if (durationMs !== undefined && !(durationMs > 0 && durationMs <= DURATION_MS_MAX)) throw new SpeechError("SPEECH_TONE", `a tone lasts 1 to ${DURATION_MS_MAX} ms, not ${durationMs}`);
  const { segments, times } = cadenceOf(tone, country);
  const roundMs = segments.reduce((sum, segment) => sum + segment.durationMs, 0);
  let leftMs = durationMs ?? (roundMs === Infinity ? segments.slice(0, -1).reduce((sum, segment) => sum + segment.durationMs, STEADY_MS) : roundMs * (times === Infinity ? 1 : times));
  const items: Sounded[] = [];
  for (let round = 0; round < times && leftMs > 0; round++)
    for (const segment of segments) {
      const lastsMs = Math.min(leftMs, segment.durationMs);
      if (lastsMs <= 0) break;
      leftMs -= lastsMs;
      items.push(segment.frequenciesHz.length === 0 ? { kind: "silence", durationMs: lastsMs } : { kind: "tone", frequenciesHz: segment.frequenciesHz, levelDbm0: segment.levelDbm0, durationMs: lastsMs });
      if (items.length > ITEMS_MAX) throw new SpeechError("SPEECH_TONE", `a tone has at most ${ITEMS_MAX} beats in all`);
    }
  return items;
}

function cadenceOf(tone: string, country: ToneCountry): Cadence {
  const known: Readonly<Record<string, Cadence>> = { ...NATIONAL_TONES[country], ...SPECIAL_TONES };
  if (Object.hasOwn(known, tone)) return known[tone]!;
  const parsed = parseCadence(tone);
  if (isCadence(parsed)) return parsed;
  throw new SpeechError("SPEECH_TONE", `a tone is ${Object.keys(known).join(", ")} or a cadence: ${parsed.message}`);
}
