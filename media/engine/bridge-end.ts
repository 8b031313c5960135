// One leg's end of a bridge: whether the other side's packets go out as they came or its frames are encoded anew, the change
// between the two without an edge in the sound, and the rest while packets pass by themselves.
import type { RtpView } from "../../protocol/rtp/packet.js";
import { FRAME_MS, FRAME_UNITS, type RtpSender } from "../session/rtp-sender.js";
import type { BeatTaker } from "./beats.js";
import { arePacketsTaken, bridgeMode, type BridgeMode, type BridgeSide } from "./bridge-mode.js";
import type { MediaSettings } from "./command.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import type { Listening } from "./listening.js";
import type { Saying } from "./saying.js";
import type { WriteAhead } from "./write-ahead.js";

/** So long a relayed stream may pause before we fill the line with silence of our own, which keeps NATs and carriers awake. */
const RELAY_PAUSE_TICKS = 200 / FRAME_MS;
/** A tick before all, and one after. */
const [NEVER, NOT_YET] = [-(2 ** 30), 2 ** 30];
/** How long a key is held that we pass on. */
const BRIDGED_KEY_MS = 100;

/** The halves of a leg, and who has its beats. */
export interface BridgedLeg {
  readonly sender: RtpSender;
  readonly listening: Listening;
  readonly saying: Saying;
  readonly beats: BeatTaker;
}

/** What a packet that passes tells: `pause` is the codec's own word of one, `noise` RFC 3389's. */
type Passing = "sound" | "pause" | "noise";

export class BridgeEnd {
  readonly #sender: RtpSender;
  readonly #listening: Listening;
  readonly #saying: Saying;
  readonly #beats: BeatTaker;
  readonly #around: LegSurroundings;
  #settings: MediaSettings | undefined;
  #speaks = false;
  #peer: BridgeEnd | undefined;
  #mode: BridgeMode = "wait";
  /** The beat in which it changes from packets to frames or back. */
  #changeTick = NOT_YET;
  #rests = false;
  /** It rests, and a packet is nothing but its bytes, that long. */
  #plain = false;
  /** Where it is recorded while it rests. */
  #ahead: WriteAhead | undefined;
  #forwardTick = NEVER;
  /** What we sent last tells of the other side's pause: until it ends nothing need follow. */
  #pauseForwarded = false;

  constructor({ sender, listening, saying, beats }: BridgedLeg, around: LegSurroundings) {
    this.#sender = sender;
    this.#listening = listening;
    this.#saying = saying;
    this.#beats = beats;
    this.#around = around;
  }

  /** A new offer/answer's terms, for which the leg is ready. */
  agree(settings: MediaSettings): void {
    this.#settings = settings;
    this.#speaks = settings.direction === "sendrecv" || settings.direction === "sendonly";
    this.reconsider();
  }

  /** Both legs hear each other; each leaves the leg that it heard before. */
  join(peer: BridgeEnd): void {
    this.leave();
    peer.leave();
    this.#peer = peer;
    peer.#peer = this;
    this.reconsider();
  }

  leave(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    for (const end of [this, peer]) {
      end.#peer = undefined;
      end.reconsider();
    }
  }

  /** After whatever may change how the two hear each other. */
  reconsider(): void {
    const sides = [this.side, this.#peer?.side] as const;
    const mode = bridgeMode(...sides);
    const takesPackets = arePacketsTaken(...sides);
    for (const end of [this, this.#peer]) {
      if (end === undefined) continue;
      end.#changeTo(mode, takesPackets);
      end.#listening.answersTo(end.#peer !== undefined && end.#peer.#sender.takesEvents);
      end.#sender.breakRelay();
      end.settle();
    }
  }

  /** After whatever may need the next beat. */
  settle(): void {
    if (this.#rests) this.#listening.wake();
    this.#listening.settle();
    if (!this.#rests) return;
    this.#rests = this.#plain = false;
    this.#around.wake(this.#beats);
  }

  /** A packet of this leg's sound. */
  onSound(view: RtpView, arrivalUnits: number): void {
    // Nothing but what most packets need.
    if (this.#plain && (this.#ahead === undefined || this.#ahead.put(view, this.#around.tick()))) {
      this.#peer!.forward(view, arrivalUnits, view.payloadEnd - view.payloadStart, "sound");
      return;
    }
    const { hearing } = this.#listening;
    hearing.heed(view, false);
    if (this.#listening.buffers) {
      if (this.#rests) this.settle();
      hearing.put(view);
    }
    if (this.#mode === "relay") this.#peer?.forward(view, arrivalUnits, hearing.unitsIn(view), hearing.pausing ? "pause" : "sound");
  }

  /** A packet of its comfort noise. */
  onNoise(view: RtpView, arrivalUnits: number): void {
    const { hearing } = this.#listening;
    const first = !hearing.hasNoise;
    this.#plain = false;
    hearing.heed(view, true);
    // The other side may not take it, and then hears it as sound; and what is recorded is no longer bytes to copy.
    if (first) this.reconsider();
    if (this.#listening.buffers) hearing.putNoise(view);
    if (this.#mode === "relay") this.#peer?.forward(view, arrivalUnits, 0, "noise");
  }

  /** Its stream begins anew. */
  onBreak(): void {
    this.settle();
    this.#listening.hearing.reset();
    if (this.#peer !== undefined) this.#peer.#sender.breakRelay();
  }

  /** A key of this leg's, which the other side hears of unless it is a secret. */
  onKey(key: string): void {
    const { recorder, passesTones } = this.#listening;
    const peer = this.#peer;
    if (peer !== undefined && !recorder.masked && (peer.#sender.takesEvents || !passesTones)) peer.sendKeys(key, BRIDGED_KEY_MS);
  }

  /** As events, or as tones where none were agreed; false where too many wait. */
  sendKeys(keys: string, durationMs: number): boolean {
    this.settle();
    return this.#saying.sendKeys(keys, durationMs);
  }

  /** Sends what is heard from us in the 20 ms of `tick`. */
  speak(tick: number): void {
    if (this.#settings === undefined) return;
    if (tick >= this.#changeTick) this.#change(tick);
    const units = tick * FRAME_UNITS;
    if (this.#speaks && this.#sender.sendEvent(units)) return;
    if (!this.#saying.busy && (!this.#speaks || (this.#mode === "relay" && this.#isRelayed(tick)))) return this.#rest();
    this.settle();
    this.#pauseForwarded = false;
    this.#saying.say(units, this.#mode === "process" ? this.#peer!.#listening.hearing : undefined, this.#speaks);
  }

  /** Sends a packet of the other side's, unless this leg hears something else now. Rewrites it. */
  forward(view: RtpView, units: number, duration: number, passing: Passing): void {
    // At rest there is nothing else to hear.
    if (!this.#speaks || (!this.#rests && (this.#saying.busy || this.#sender.events.busy))) {
      this.#sender.breakRelay();
      return;
    }
    this.#sender.forward(view, units, duration, passing === "noise");
    this.#pauseForwarded = passing !== "sound";
    this.#forwardTick = this.#around.tick();
  }

  /** Whether what is heard from us comes from the other side without our doing. */
  #isRelayed(tick: number): boolean {
    if (tick - this.#forwardTick <= RELAY_PAUSE_TICKS) return true;
    const { hearing } = this.#peer!.#listening;
    const pause = this.#pauseForwarded ? undefined : hearing.pause;
    // It paused while something else was heard from us.
    if (pause?.noise !== undefined) {
      this.#sender.sendNoise(pause.noise, pause.noise.length, tick * FRAME_UNITS);
      this.#pauseForwarded = true;
    }
    return this.#pauseForwarded && hearing.pausing;
  }

  /** @param takesPackets packets could pass as they are until it changes */
  #changeTo(mode: BridgeMode, takesPackets: boolean): void {
    const { tick, jitterMs } = this.#around;
    const toFrames = this.#mode === "relay" && mode === "process" && takesPackets;
    this.#listening.processed = mode === "process" || (this.#mode === "process" && mode === "relay");
    if (toFrames && this.#changeTick !== NOT_YET) return;
    this.#changeTick = NOT_YET;
    // Frames come out of the jitter buffer, which must have filled; packets follow one last frame.
    if (toFrames) this.#changeTick = tick() + Math.ceil(jitterMs / FRAME_MS) + 2;
    else if (this.#mode === "process" && mode === "relay") this.#changeTick = tick() + 1;
    else this.#mode = mode;
  }

  #change(tick: number): void {
    this.#changeTick = NOT_YET;
    const { hearing } = this.#peer!.#listening;
    const preview = hearing.preview();
    if (this.#mode === "relay") {
      this.#mode = "process";
      if (!this.#saying.busy) this.#saying.goOnFrom(preview);
      return;
    }
    if (this.#speaks && !this.#saying.busy) {
      this.#saying.endAt(preview);
      this.#saying.say(tick * FRAME_UNITS, hearing, true);
    }
    this.#mode = "relay";
    this.#forwardTick = tick;
    this.#listening.processed = false;
    this.settle();
  }

  /** As its bridge needs to know it. */
  get side(): BridgeSide {
    const { hearing, shaping } = this.#listening;
    return { settings: this.#settings, hearing, shaped: shaping !== undefined };
  }

  #rest(): void {
    if (this.#rests || this.#mode !== "relay" || !this.#listening.mayRest) return;
    this.#listening.rest();
    const { hearing, ahead, buffers } = this.#listening;
    this.#rests = true;
    this.#plain = hearing.isLaw && !hearing.pausing;
    this.#ahead = buffers ? ahead : undefined;
    this.#around.rest(this.#beats);
  }
}
