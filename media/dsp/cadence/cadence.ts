// Signals of the telephone as a line of text, for making and for hearing them: ITU-T E.180 and its list of national tones.
//
//   cadence  = segment *("," segment) ["*" times]          "450/1000,0/4000", "950/330,1400/330,1800/330*1"
//   segment  = sound ["@" level] ["/" milliseconds]        without milliseconds: for ever, so only the last one may
//   sound    = "0" | frequency *3("+" frequency)           "0" is silence; frequencies in Hz, each with the segment's level
//   frequency = hertz ["~" tolerance]                      "1100~38": what a detector takes for it; 1.5 % unless told
//
// Without `*` a cadence starts over until it is stopped. Levels are dBm0 of each frequency, -13 unless told.

export interface CadenceSegment {
  /** None is silence. */
  readonly frequenciesHz: readonly number[];
  /** By frequency: how far off a detector takes it for the same. */
  readonly tolerancesHz: readonly number[];
  readonly levelDbm0: number;
  /** Infinity: until it is stopped. */
  readonly durationMs: number;
}

export interface Cadence {
  readonly segments: readonly CadenceSegment[];
  /** How often it is sounded; Infinity until it is stopped. */
  readonly times: number;
}

/** Why a text is no cadence; `at` is the index of the segment, where it is a segment's fault. */
export interface CadenceFault {
  readonly fault: "empty" | "long" | "segment" | "frequency" | "tolerance" | "level" | "duration" | "endless" | "times";
  readonly at?: number;
  /** For an operator: what stands there and what is accepted. */
  readonly message: string;
}

const TEXT_MAX = 200;
const SEGMENTS_MAX = 16;
const FREQUENCIES_MAX = 4;
const DURATION_MS_MAX = 600_000;
const TIMES_MAX = 1000;
const TOLERANCE_HZ_MAX = 50;
const LEVEL_DBM0 = -13;
const TOLERANCE = 0.015;

const SEGMENT = /^(?<sound>[^@/]*)(?:@(?<level>[^/]*))?(?:\/(?<duration>.*))?$/;

/** A fault where the text is none: it comes from a configuration, a plugin or a test. */
export function parseCadence(text: string): Cadence | CadenceFault {
  if (text.trim() === "") return { fault: "empty", message: "a cadence has at least one segment, e.g. 450/1000,0/4000" };
  const [body, count, ...rest] = text.replaceAll(/\s/g, "").split("*");
  const parts = body!.split(",");
  if (text.length > TEXT_MAX || parts.length > SEGMENTS_MAX) return { fault: "long", message: `a cadence has at most ${SEGMENTS_MAX} segments and ${TEXT_MAX} characters` };
  const times = count === undefined ? Infinity : whole(count, 1, TIMES_MAX);
  if (times === undefined || rest.length > 0) return { fault: "times", message: `"*${[count, ...rest].join("*")}": accepted behind * is how often, 1 to ${TIMES_MAX}` };
  const segments: CadenceSegment[] = [];
  for (const [at, part] of parts.entries()) {
    const segment = parseSegment(part);
    if ("fault" in segment) return { ...segment, at };
    if (segment.durationMs === Infinity && (at < parts.length - 1 || count !== undefined)) return { fault: "endless", at, message: `"${part}" has no end: accepted in the last place only, and without *` };
    segments.push(segment);
  }
  return { segments, times };
}

export const isCadence = (parsed: Cadence | CadenceFault): parsed is Cadence => !("fault" in parsed);

function parseSegment(text: string): CadenceSegment | CadenceFault {
  const found = SEGMENT.exec(text)?.groups;
  if (found?.["sound"] === undefined || found["sound"] === "") return { fault: "segment", message: `"${text}" is no segment: accepted is frequencies[@level][/milliseconds], e.g. 350+440@-13/1000` };
  const durationMs = found["duration"] === undefined ? Infinity : whole(found["duration"], 1, DURATION_MS_MAX);
  if (durationMs === undefined) return { fault: "duration", message: `"${text}": accepted behind / are 1 to ${DURATION_MS_MAX} milliseconds` };
  const levelDbm0 = found["level"] === undefined ? LEVEL_DBM0 : /^-?\d+(\.\d+)?$/.test(found["level"]) ? Number(found["level"]) : NaN;
  if (!(levelDbm0 >= -60 && levelDbm0 <= 0)) return { fault: "level", message: `"${text}": accepted behind @ are -60 to 0 dBm0` };
  if (found["sound"] === "0") return { frequenciesHz: [], tolerancesHz: [], levelDbm0, durationMs };
  const tones = found["sound"].split("+").map((tone) => tone.split("~"));
  const frequenciesHz = tones.map(([hertz]) => (/^\d+(\.\d+)?$/.test(hertz!) ? Number(hertz) : NaN));
  if (tones.length > FREQUENCIES_MAX || !frequenciesHz.every((hertz) => hertz >= 100 && hertz <= 3400)) return { fault: "frequency", message: `"${text}": accepted are 1 to ${FREQUENCIES_MAX} frequencies of 100 to 3400 Hz, joined by +, or 0 for silence` };
  const tolerancesHz = tones.map(([, tolerance], i) => (tolerance === undefined ? Math.max(8, TOLERANCE * frequenciesHz[i]!) : (whole(tolerance, 1, TOLERANCE_HZ_MAX) ?? NaN)));
  if (tones.some((tone) => tone.length > 2) || tolerancesHz.some(Number.isNaN)) return { fault: "tolerance", message: `"${text}": accepted behind ~ are 1 to ${TOLERANCE_HZ_MAX} Hz` };
  return { frequenciesHz, tolerancesHz, levelDbm0, durationMs };
}

function whole(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

/** Of a text that is known to be one: a constant. @throws Error */
export function cadence(text: string): Cadence {
  const parsed = parseCadence(text);
  if (!isCadence(parsed)) throw new Error(parsed.message);
  return parsed;
}
