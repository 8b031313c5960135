// A leg for the tests of call control: does what a test tells it, and keeps a trace of what it was told to do.
import type { LegId, PlayItem, RecordingId } from "../../media/engine/command.js";
import type { Detected, DetectorSet } from "../../media/engine/detection.js";
import type { Clock } from "../../protocol/base/clock.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import type { ReplacedDialog } from "../../protocol/sip/refer/replaces.js";
import type { DialogLeg, DialTarget, Leg, LegEvents, MessageLimits, MessageRecording, Playback, Switchboard } from "../leg/leg.js";
import type { Refer } from "../signaling/refer.js";
import type { PartyAddress, Rejection, SessionEnd } from "../signaling/session.js";

export interface ScriptedLegOptions {
  readonly clock: Clock;
  readonly direction: Leg["direction"];
  readonly remote: PartyAddress;
  readonly origin: Leg["origin"];
  /** Hears what the leg was told: `play core/apology`, `hangup`, ... */
  readonly trace: (step: string) => void;
  /** Between the moment the leg is over, when its end begins, and its last event, as media takes its time to close; 0 unless told. */
  readonly endDelayMs?: number;
  /** `answer` fails as if the two sides shared no codec. */
  readonly noCodec?: boolean;
}

/** Every prompt lasts this long. */
export const PROMPT_MS = 1000;

interface Playing {
  readonly bargeIn: boolean;
  readonly end: (outcome: "finished" | "barged" | "stopped") => void;
}

export class ScriptedLeg implements Leg {
  readonly id: LegId;
  readonly direction: Leg["direction"];
  readonly remote: PartyAddress;
  readonly origin: Leg["origin"];
  readonly #options: ScriptedLegOptions;
  #state: Leg["state"] = "setup";
  #events: LegEvents | undefined;
  #playing: Playing | undefined;
  #recording: { readonly id: RecordingId; readonly sinceMs: number } | undefined;

  constructor(id: string, options: ScriptedLegOptions) {
    this.id = id as LegId;
    this.direction = options.direction;
    this.remote = options.remote;
    this.origin = options.origin;
    this.#options = options;
  }

  get state(): Leg["state"] {
    return this.#state;
  }

  get playing(): boolean {
    return this.#playing !== undefined;
  }

  #early = false;

  get hasSound(): boolean {
    return this.#state === "answered" || (this.#early && this.#state !== "ended");
  }

  listen(events: LegEvents): void {
    this.#events = events;
  }

  /** Whether the far side takes early media. */
  takesProgress = true;

  progress(): boolean {
    if (this.hasSound) return true;
    if (this.#state === "ended" || !this.takesProgress) return false;
    this.#trace("progress");
    this.#state = "ringing";
    return (this.#early = true);
  }

  /** The far side is heard before it answers. */
  farIsHeard(): void {
    this.farRings();
    this.#early = true;
    this.#events?.onEarlyMedia?.();
  }

  ring(): void {
    this.#trace("ring");
    this.#state = "ringing";
  }

  async answer(): Promise<void> {
    this.#trace("answer");
    await Promise.resolve();
    if (this.#options.noCodec === true) this.#end({ by: "local", cause: "rejected", status: 488 });
    if (this.#state === "ended") throw new Error("over before it was answered");
    this.#answered();
  }

  reject(status: number, { retryAfterS }: Rejection = {}): void {
    if (this.#state === "ended") return;
    this.#trace(`reject ${status}${retryAfterS === undefined ? "" : ` retryAfter=${retryAfterS}`}`);
    this.#end({ by: "local", cause: "rejected", status });
  }

  hangup(): void {
    if (this.#state === "ended") return;
    this.#trace("hangup");
    this.#end({ by: "local", cause: this.#state === "answered" ? "bye" : "cancelled" });
  }

  play(items: readonly PlayItem[], { bargeIn, repeat }: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback {
    if (!this.hasSound && this.#state !== "ended") throw new Error("sound before the answer");
    this.#stopPlaying("stopped");
    if (this.#state === "ended") return { ended: Promise.resolve("stopped"), stop: () => undefined };
    this.#trace(`play ${items.map((item) => (item.kind === "prompt" ? item.prompt : item.kind)).join(" ")}${repeat ? " repeat" : ""}`);
    const durationMs = items.reduce((sum, item) => sum + (item.kind === "prompt" || item.kind === "sound" ? PROMPT_MS : item.durationMs), 0);
    let playing!: Playing;
    const ended = new Promise<"finished" | "barged" | "stopped">((resolve) => {
      const cancel = repeat ? () => undefined : this.#options.clock.after(durationMs, () => playing.end("finished"));
      playing = {
        bargeIn,
        end: (outcome) => {
          cancel();
          if (this.#playing === playing) this.#playing = undefined;
          resolve(outcome);
        },
      };
    });
    this.#playing = playing;
    return { ended, stop: () => playing.end("stopped") };
  }

  /** Whether the far side agrees to be held. */
  agreesToHold = true;

  hold(on: boolean): Promise<boolean> {
    this.#trace(on ? "hold" : "resume");
    return Promise.resolve(this.agreesToHold && this.state === "answered");
  }

  /** The far side holds the call, or no longer. */
  farHolds(held: boolean): void {
    this.#events?.onHeld?.(held);
  }

  sendDigits(digits: string): void {
    this.#trace(`send ${digits}`);
  }

  /** Ends the message that is recorded. */
  endMessage: ((end: Awaited<MessageRecording["ended"]>) => void) | undefined;

  recordMessage(recording: RecordingId, limits: MessageLimits): MessageRecording {
    this.#trace(`message ${recording} ${Object.values(limits).join(" ")}`);
    const ended = new Promise<Awaited<MessageRecording["ended"]>>((resolve) => void (this.endMessage = resolve));
    return { ended, stop: () => this.endMessage?.({ why: "stopped", durationMs: 1500, sha256: "00" }) };
  }

  shape(shape: ShapeSettings | undefined): void {
    this.#trace(`shape ${JSON.stringify(shape)}`);
  }

  detectors: DetectorSet | undefined;

  detect(detectors: DetectorSet | undefined): void {
    this.detectors = detectors;
    if (this.state !== "ended") this.#trace(`detect ${detectors === undefined ? "nothing" : JSON.stringify(detectors)}`);
  }

  /** What the leg is listened to for is heard. */
  farSounds(detected: Detected, afterMs = 1000): void {
    this.#events?.onDetected?.(detected, afterMs);
  }

  startRecording(recording: RecordingId): void {
    this.#recording = { id: recording, sinceMs: this.#options.clock.monoMs() };
  }

  mask(on: boolean): void {
    this.#trace(`mask ${on ? "on" : "off"}`);
  }

  stopRecording(): void {
    const recording = this.#recording;
    this.#recording = undefined;
    if (recording === undefined) return;
    this.#events?.onRecordingClosed({ recording: recording.id, durationMs: this.#options.clock.monoMs() - recording.sinceMs, sha256: "00" });
  }

  /** The far side rings. */
  farRings(): void {
    if (this.#state !== "setup") return;
    this.#state = "ringing";
    this.#events?.onRinging();
  }

  /** What the far side was told of the transfers that it asked for. */
  readonly notified: number[] = [];

  /** The far side presses its transfer key; the status of the answer. */
  farRefers(to: Refer["to"]): number {
    const tell = (status: number): void => void this.notified.push(status);
    return this.#events?.onRefer?.({ to, progress: tell, finish: async (status) => tell(status) }) ?? 603;
  }

  /** The far side of an outgoing leg answers. `crossing`: the answer was under way when the leg was let go. */
  farAnswers(options: { readonly crossing?: boolean } = {}): void {
    if (this.#state !== "ended") this.#answered();
    else if (options.crossing === true) this.#events?.onAnswered();
  }

  /** The far side is gone, or refuses with `status`. */
  farLeaves(status?: number): void {
    if (this.#state === "ended") return;
    const cause = status !== undefined ? "rejected" : this.#state === "answered" ? "bye" : "cancelled";
    this.#end({ by: "remote", cause, ...(status === undefined ? {} : { status }) });
  }

  /** The far side can't be reached after all, or is lost. */
  farFails(): void {
    if (this.#state !== "ended") this.#end({ by: "failure", cause: "transport" });
  }

  /** No packets come; `sentence` is what the media plane says of it. */
  farIsSilent(sentence: string): void {
    this.#events?.onSilent(sentence);
  }

  /** `late`: the engine tells the key while it begins to play what would have answered to it. */
  press(key: string, options: { readonly late?: boolean } = {}): void {
    if (this.#state === "ended") return;
    if (this.#playing?.bargeIn === true && options.late !== true) this.#stopPlaying("barged");
    this.#events?.onDigit(key);
  }

  #answered(): void {
    this.#state = "answered";
    this.#events?.onAnswered();
  }

  #end(end: SessionEnd): void {
    this.#state = "ended";
    this.#stopPlaying("stopped");
    this.stopRecording();
    this.endMessage?.({ why: "stopped", durationMs: 700, sha256: "00" });
    void Promise.resolve().then(() => this.#events?.onEnding?.(end));
    this.#options.clock.after(this.#options.endDelayMs ?? 0, () => this.#events?.onEnded(end));
  }

  #stopPlaying(outcome: "barged" | "stopped"): void {
    const playing = this.#playing;
    this.#playing = undefined;
    playing?.end(outcome);
  }

  #trace(step: string): void {
    this.#options.trace(`${this.id} ${step}`);
  }
}

/** Dials scripted phones, named by their extension and the attempt: `1001-1`. Refuses to join what does not talk, as the real one does. */
export class ScriptedSwitchboard implements Switchboard {
  readonly legs: ScriptedLeg[] = [];
  readonly #options: Pick<ScriptedLegOptions, "clock" | "trace" | "endDelayMs"> & { readonly contacts: Readonly<Record<string, number>> };

  /** `contacts`: how many phones each extension has registered. */
  constructor(options: Pick<ScriptedLegOptions, "clock" | "trace" | "endDelayMs"> & { readonly contacts: Readonly<Record<string, number>> }) {
    this.#options = options;
  }

  /** An outside number is a contact named `trunk/number`. */
  dial(target: DialTarget): readonly Leg[] {
    const extension = target.kind === "phone" ? target.extension : `${target.trunk}/${target.number}`;
    const made = Array.from({ length: this.#options.contacts[extension] ?? 0 }, () => {
      const id = `${extension}-${this.legs.filter((leg) => leg.origin.name === extension).length + 1}`;
      const leg = new ScriptedLeg(id, { ...this.#options, direction: "outgoing", remote: { number: extension }, origin: { kind: "phone", name: extension } });
      this.legs.push(leg);
      this.#options.trace(`${id} dialled`);
      return leg;
    });
    return made;
  }

  bridge(a: Leg, b: Leg): () => void {
    if (!a.hasSound || !b.hasSound) throw new Error("only legs that have sound are bridged");
    this.#options.trace(`bridge ${a.id} ${b.id}`);
    return () => this.#options.trace(`unbridge ${a.id} ${b.id}`);
  }

  /** A scripted leg's dialog is named by the leg's own name, and may be that of a caller. */
  readonly callers: ScriptedLeg[] = [];

  dialog({ callId }: ReplacedDialog): DialogLeg | undefined {
    const leg = [...this.callers, ...this.legs].find(({ id, state }) => id === callId && state !== "ended");
    return leg && { leg, state: leg.state === "answered" ? "confirmed" : leg.direction === "incoming" ? "ringing" : "rung" };
  }

  /** The leg of that name. */
  leg(id: string): ScriptedLeg {
    const found = this.legs.find((leg) => leg.id === id);
    if (found === undefined) throw new Error(`${id} was not dialled; dialled were ${this.legs.map((leg) => leg.id).join(", ") || "none"}`);
    return found;
  }
}
