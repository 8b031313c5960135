// Listens to what a leg's far side says: a set of detectors over 20 ms frames at 8000 Hz, bound when it is attached.
import { G711 } from "../codec/g711.js";
import { BeepDetector } from "../dsp/answer/beep-detector.js";
import { CallProgressAnalyser } from "../dsp/answer/call-progress.js";
import { AnswerToneDetector } from "../dsp/cadence/answer-tone-detector.js";
import { NATIONAL_TONES, SPECIAL_TONES, type CallProgressTone } from "../dsp/cadence/national-tones.js";
import { ToneDetector } from "../dsp/cadence/tone-detector.js";
import { LevelMeter } from "../dsp/voice/level-meter.js";
import { VoiceDetector } from "../dsp/voice/voice-detector.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";
import type { Detected, DetectorSet } from "./detection.js";

/**
 * So much of what was heard goes along when the leg moves, and is heard again there: longer than any rhythm (a ringback of
 * 5 s) and any decision about who answered takes.
 */
const REMEMBERED_FRAMES = 8000 / FRAME_MS;
const SILENCE_DBM0 = -96;
const LEVEL_MS_MIN = 100;
const LEVEL_MS_MAX = 60_000;

/** For a leg that goes on in another engine: plain data. */
export interface EarState {
  readonly set: DetectorSet;
  readonly elapsedMs: number;
  readonly told: EarMemory;
  /** The last of what was heard: A-law, 160 bytes a frame. */
  readonly heard: Uint8Array;
}

/** What was told already. */
interface EarMemory {
  progressOver: boolean;
  /** A machine's beep is waited for. */
  beep: "no" | "awaited" | "sounds";
  speaking: boolean;
}

/** One thing that is listened for: what it makes of each frame. */
type Detector = (samples: Int16Array) => void;

const ALAW_ENCODER = G711.PCMA.createEncoder();
const ALAW_DECODER = G711.PCMA.createDecoder();

export class Ear {
  readonly #set: DetectorSet;
  readonly #detectors: readonly Detector[];
  readonly #tell: (detected: Detected, afterMs: number) => void;
  readonly #heard = new Uint8Array(REMEMBERED_FRAMES * FRAME_UNITS);
  readonly #silence = new Int16Array(FRAME_UNITS);
  #told: EarMemory = { progressOver: false, beep: "no", speaking: false };
  #frames = 0;
  #elapsedMs = 0;
  /** What it hears now was heard before, in another engine. */
  #rehears = false;

  constructor(set: DetectorSet, tell: (detected: Detected, afterMs: number) => void) {
    this.#set = set;
    this.#tell = tell;
    this.#detectors = this.#bind(set);
  }

  /** Takes 20 ms at 8000 Hz. */
  push(samples: Int16Array): void {
    ALAW_ENCODER.encode(samples, this.#heard, (this.#frames % REMEMBERED_FRAMES) * FRAME_UNITS);
    this.#frames += 1;
    this.#elapsedMs += FRAME_MS;
    for (const detector of this.#detectors) detector(samples);
  }

  /** So many beats went by unheard. */
  skip(beats: number): void {
    for (let i = 0; i < Math.min(beats, REMEMBERED_FRAMES); i++) this.push(this.#silence);
  }

  save(): EarState {
    const count = Math.min(this.#frames, REMEMBERED_FRAMES);
    const heard = new Uint8Array(count * FRAME_UNITS);
    for (let i = 0; i < count; i++) {
      const from = ((this.#frames - count + i) % REMEMBERED_FRAMES) * FRAME_UNITS;
      heard.set(this.#heard.subarray(from, from + FRAME_UNITS), i * FRAME_UNITS);
    }
    return { set: this.#set, elapsedMs: this.#elapsedMs, told: { ...this.#told }, heard };
  }

  /** Of one that heard the same in another engine: what it told is not told again. */
  static restore({ set, elapsedMs, told, heard }: EarState, tell: (detected: Detected, afterMs: number) => void): Ear {
    const ear = new Ear(set, tell);
    const frame = new Int16Array(FRAME_UNITS);
    ear.#rehears = true;
    for (let at = 0; at < heard.length; at += FRAME_UNITS) {
      ALAW_DECODER.decode(heard, { start: at, end: at + FRAME_UNITS }, frame);
      ear.push(frame);
    }
    ear.#rehears = false;
    ear.#told = { ...told };
    ear.#elapsedMs = elapsedMs;
    return ear;
  }

  #say(detected: Detected): void {
    if (!this.#rehears) this.#tell(detected, this.#elapsedMs);
  }

  #bind({ tones, fax, progress, voice, levelEveryMs }: DetectorSet): readonly Detector[] {
    return [
      ...(tones === undefined ? [] : [this.#tones(tones)]),
      ...(fax === true ? [this.#fax()] : []),
      ...(progress === undefined ? [] : [this.#progress(progress)]),
      ...(voice === true ? [this.#voice()] : []),
      ...(levelEveryMs === undefined ? [] : [this.#level(levelEveryMs)]),
    ];
  }

  #tones(country: NonNullable<DetectorSet["tones"]>): Detector {
    const signals = [...Object.entries(NATIONAL_TONES[country]), ["sit", SPECIAL_TONES.sit] as const];
    const detector = new ToneDetector(signals.map(([name, cadence]) => ({ name: name as CallProgressTone | "sit", cadence })));
    return (samples) => {
      const tone = detector.push(samples);
      if (tone !== undefined) this.#say({ kind: "tone", tone });
    };
  }

  #fax(): Detector {
    const calls = new ToneDetector([{ name: "cng" as const, cadence: SPECIAL_TONES.cng }]);
    const answers = new AnswerToneDetector();
    return (samples) => {
      const called = calls.push(samples);
      if (called !== undefined) this.#say({ kind: "fax", tone: called });
      const answered = answers.push(samples);
      if (answered !== undefined) this.#say({ kind: "fax", tone: answered });
    };
  }

  #progress({ country, answered, answer }: NonNullable<DetectorSet["progress"]>): Detector {
    const analyser = new CallProgressAnalyser({ country, ...(answer === undefined ? {} : { answer }) });
    const beep = new BeepDetector();
    if (answered) analyser.onStatus(200);
    return (samples) => {
      if (!this.#told.progressOver) {
        const progress = analyser.onSound(samples);
        if (progress !== undefined) {
          this.#told.progressOver = analyser.over;
          if (progress.state === "answered" && progress.by === "machine") this.#told.beep = "awaited";
          this.#say({ kind: "progress", progress });
        }
      }
      // From the answer on, for the verdict may be a beep that sounds.
      if (!answered || (this.#told.progressOver && this.#told.beep === "no")) return;
      const beeps = beep.push(samples);
      if (this.#told.beep === "awaited" && beeps) this.#told.beep = "sounds";
      else if (this.#told.beep === "sounds" && !beep.pure) {
        this.#told.beep = "no";
        this.#say({ kind: "beep" });
      }
    };
  }

  #voice(): Detector {
    const voice = new VoiceDetector();
    return (samples) => {
      const speaking = voice.push(samples);
      if (speaking === this.#told.speaking) return;
      this.#told.speaking = speaking;
      this.#say({ kind: "voice", speaking });
    };
  }

  #level(everyMs: number): Detector {
    const meter = new LevelMeter();
    const frames = Math.round(Math.max(LEVEL_MS_MIN, Math.min(LEVEL_MS_MAX, everyMs)) / FRAME_MS);
    let left = frames;
    return (samples) => {
      meter.push(samples);
      left -= 1;
      if (left > 0) return;
      left = frames;
      const { rmsDbm0, peakDbm0 } = meter.read();
      this.#say({ kind: "level", rmsDbm0: Math.max(SILENCE_DBM0, rmsDbm0), peakDbm0: Math.max(SILENCE_DBM0, peakDbm0) });
    };
  }
}
