// A leg without signalling and sound: what is played goes by in simulated time and is written down, keys come from the test.
import type { LegId, PlayItem, RecordingId } from "../../../media/engine/command.js";
import type { Detected, DetectorSet } from "../../../media/engine/detection.js";
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { ShapeSettings } from "../../../media/engine/shaping.js";
import { LabMessage } from "./lab-message.js";
import type { Leg, LegEvents, MessageLimits, MessageRecording, Playback } from "../../leg/leg.js";
import { LegError } from "../../leg/error.js";
import type { Refer } from "../../signaling/refer.js";
import type { PartyAddress, SessionEnd } from "../../signaling/session.js";

/** How long a recording lasts here, whatever its name: tests wait for what is said, not for how long. */
export const PROMPT_MS = 1000;

export interface LabLegOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly direction: "incoming" | "outgoing";
  readonly remote: PartyAddress;
  readonly origin: Leg["origin"];
}

/** A prompt that began to be heard, by the name that the media engine has for it: `<language>/<plugin>/<name>`. */
export interface Heard {
  readonly prompt: string;
  readonly atMs: number;
}

/** After so many ms it is clear who picked up; a machine beeps so long after that. */
const ANSWER_MS = 2000;
const DECLINED = 603;

export type Answerer = "human" | "machine" | "fax" | "unknown" | "busy-tone";

const ANSWERS: Readonly<Record<Answerer, Detected>> = {
  human: { kind: "progress", progress: { state: "answered", by: "human", why: "pause" } },
  machine: { kind: "progress", progress: { state: "answered", by: "machine", why: "greeting" } },
  fax: { kind: "progress", progress: { state: "fax" } },
  unknown: { kind: "progress", progress: { state: "answered", by: "unknown", why: "silence" } },
  "busy-tone": { kind: "progress", progress: { state: "busy", by: "sound" } },
};

interface Playing {
  readonly options: { readonly bargeIn: boolean; readonly repeat: boolean };
  settle(how: Awaited<Playback["ended"]>): void;
}

export class LabLeg implements Leg {
  readonly id: LegId;
  readonly direction: "incoming" | "outgoing";
  readonly remote: PartyAddress;
  readonly origin: Leg["origin"];
  readonly heard: Heard[] = [];
  onHold = false;
  /** Digits that the server sent to this side. */
  readonly received: string[] = [];
  end: SessionEnd | undefined;
  /** The leg that this one hears now. */
  bridgedTo: LabLeg | undefined;
  masked = false;
  #message: LabMessage | undefined;
  /** Gain control and noise gate of this side. */
  shaped: ShapeSettings | undefined;
  /** What this side is listened to for. */
  detectors: DetectorSet | undefined;
  /** Who picks up here, for a server that wants to know. */
  answersAs: Answerer = "human";
  state: Leg["state"] = "setup";
  readonly #clock: Clock;
  readonly #recordings = new Map<RecordingId, number>();
  #events: LegEvents | undefined;
  #playing: Playing | undefined;
  #cancelAnswer: Cancel = () => undefined;

  constructor(options: LabLegOptions) {
    this.id = options.id as LegId;
    this.#clock = options.clock;
    this.direction = options.direction;
    this.remote = options.remote;
    this.origin = options.origin;
  }

  /** What it plays has no end of its own: a tone, or an announcement over and over. */
  get hearsRepeated(): boolean {
    return this.#playing?.options.repeat === true;
  }

  listen(events: LegEvents): void {
    this.#events = events;
  }

  ring(): void {
    if (this.state === "setup") this.state = "ringing";
  }

  get hasSound(): boolean {
    return this.state === "answered";
  }

  /** A lab's callers hear nothing before they are answered. */
  progress(): boolean {
    return this.hasSound;
  }

  /** The caller acknowledges in the next moment of simulated time. */
  answer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.after(0, () => {
        if (this.state === "ended") return reject(new LegError("LEG_ENDED", "the caller hung up before the answer", { leg: this.id }));
        this.state = "answered";
        this.#events?.onAnswered();
        resolve();
      });
    });
  }

  reject(status: number): void {
    this.finish({ by: "local", cause: "rejected", status });
  }

  hangup(): void {
    this.finish({ by: "local", cause: this.state === "answered" ? "bye" : "cancelled" });
  }

  play(items: readonly PlayItem[], options: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback {
    this.#playing?.settle("stopped");
    let cancel: Cancel = () => undefined;
    let resolve!: (how: Awaited<Playback["ended"]>) => void;
    const ended = new Promise<Awaited<Playback["ended"]>>((settled) => void (resolve = settled));
    const playing: Playing = {
      options,
      settle: (how) => {
        cancel();
        if (this.#playing === playing) this.#playing = undefined;
        resolve(how);
      },
    };
    const playFrom = (index: number): void => {
      const item = items[index];
      if (item === undefined && (!options.repeat || items.length === 0)) return playing.settle("finished");
      if (item === undefined) return playFrom(0);
      if (item.kind === "prompt") this.heard.push({ prompt: item.prompt, atMs: this.#clock.monoMs() });
      cancel = this.#clock.after(item.kind === "prompt" || item.kind === "sound" ? PROMPT_MS : Math.max(1, item.durationMs), () => playFrom(index + 1));
    };
    if (this.state === "answered") {
      this.#playing = playing;
      playFrom(0);
    } else resolve("stopped");
    return { ended, stop: () => playing.settle("stopped") };
  }

  /** A lab phone agrees to be held. */
  hold(on: boolean): Promise<boolean> {
    this.onHold = on;
    return Promise.resolve(this.state === "answered");
  }

  sendDigits(digits: string): void {
    this.received.push(digits);
  }

  /** A message without sound: how long it is, `says` tells. */
  recordMessage(_recording: RecordingId, limits: MessageLimits): MessageRecording {
    return (this.#message = new LabMessage(this.#clock, limits));
  }

  /** Speaks for so long into the message that is recorded; false where none is. */
  says(durationMs: number): boolean {
    return this.#message?.says(durationMs) ?? false;
  }

  shape(shape: ShapeSettings | undefined): void {
    this.shaped = shape;
  }

  detect(detectors: DetectorSet | undefined): void {
    this.detectors = detectors;
    this.#cancelAnswer();
    if (detectors?.progress?.answered !== true || this.state === "ended") return;
    this.#cancelAnswer = this.#clock.after(ANSWER_MS, () => {
      this.#cancelAnswer = this.#clock.after(ANSWER_MS, () => this.answersAs === "machine" && this.sounds({ kind: "beep" }, 2 * ANSWER_MS));
      this.sounds(ANSWERS[this.answersAs], ANSWER_MS);
    });
  }

  /** Something sounds here; told where it is listened for. */
  sounds(detected: Detected, afterMs = 0): void {
    if (this.state !== "ended" && this.#isListenedFor(detected)) this.#events?.onDetected?.(detected, afterMs);
  }

  #isListenedFor({ kind }: Detected): boolean {
    const { tones, fax, voice, levelEveryMs, progress } = this.detectors ?? {};
    return { tone: tones !== undefined, fax: fax === true, voice: voice === true, level: levelEveryMs !== undefined, progress: progress !== undefined, beep: progress !== undefined }[kind];
  }

  startRecording(recording: RecordingId): void {
    this.#recordings.set(recording, this.#clock.monoMs());
  }

  mask(on: boolean): void {
    this.masked = on;
  }

  stopRecording(recording: RecordingId): void {
    const startedMs = this.#recordings.get(recording);
    if (startedMs === undefined) return;
    this.#recordings.delete(recording);
    // No sound, so the hash is that of nothing.
    this.#events?.onRecordingClosed({ recording, durationMs: this.#clock.monoMs() - startedMs, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" });
  }

  /** The far side presses a key. */
  press(digit: string): void {
    if (this.state !== "answered") return;
    this.#events?.onDigit(digit);
    if (this.#playing?.options.bargeIn === true) this.#playing.settle("barged");
  }

  /** The far side presses its transfer key; the status that it is answered with. */
  refers(refer: Refer): number {
    return this.state === "answered" ? (this.#events?.onRefer?.(refer) ?? DECLINED) : DECLINED;
  }

  /** The far side rings, or picks up. */
  remoteRings(): void {
    if (this.state === "setup") this.state = "ringing";
    this.#events?.onRinging();
  }

  remoteAnswers(): void {
    if (this.state === "ended" || this.state === "answered") return;
    this.state = "answered";
    this.#events?.onAnswered();
  }

  /** It is over, whoever ended it; told in the next moment of simulated time. Idempotent. */
  finish(end: SessionEnd): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.end = end;
    this.#cancelAnswer();
    this.#message?.stop();
    this.#playing?.settle("stopped");
    for (const recording of [...this.#recordings.keys()]) this.stopRecording(recording);
    void Promise.resolve().then(() => this.#events?.onEnding?.(end));
    this.#clock.after(0, () => this.#events?.onEnded(end));
  }
}
