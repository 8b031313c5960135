// What a leg says to its far side by its own doing: prompts, keys as tones, the other side's sound encoded, or silence.
import { LAW_RATE_HZ } from "../codec/g711.js";
import type { Codec } from "../codec/codec.js";
import { Player, type Play, type PlayPosition } from "../player/player.js";
import { FRAME_MS, FRAME_UNITS, type RtpSender } from "../session/rtp-sender.js";
import { KeyTones, type KeyTonesState } from "./key-tones.js";
import type { Hearing, Preview } from "./hearing.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import { Voice } from "./voice.js";
import type { LegId, MediaSettings } from "./command.js";

const SILENCE = new Int16Array(FRAME_UNITS);

/** Plain data, for a leg that goes on in another engine. */
export interface SayingState {
  readonly play: { readonly order: Play; readonly position: PlayPosition } | undefined;
  readonly keyTones: KeyTonesState;
}

export class Saying {
  readonly #leg: LegId;
  readonly #around: LegSurroundings;
  readonly #sender: RtpSender;
  readonly #keyTones = new KeyTones();
  #voice: Voice | undefined;
  #player: Player | undefined;
  #playFrame = SILENCE;
  /** The next 20 ms fade from it or into it: what the other side's packets say. */
  #seam: { readonly sound: Int16Array; readonly begins: boolean } | undefined;

  constructor(leg: LegId, sender: RtpSender, around: LegSurroundings) {
    this.#leg = leg;
    this.#sender = sender;
    this.#around = around;
  }

  get plays(): boolean {
    return this.#player !== undefined;
  }

  /** Something of its own is heard beside RFC 4733's events, instead of the other side. */
  get busy(): boolean {
    return this.#player !== undefined || this.#keyTones.busy;
  }

  /** Encodes with another codec, or otherwise. */
  use(codec: Codec, settings: MediaSettings): void {
    this.#voice?.close();
    this.#voice = new Voice(codec, this.#sender, settings);
  }

  /** So much of what we send is lost, 0..1. */
  adapt(loss: number): void {
    this.#voice?.adapt(loss);
  }

  /** Replaces what is played. */
  start(play: Play): void {
    this.stop();
    const player = this.#take(play);
    if (player === undefined) this.#tellUnknown(play);
    else if (player.finished) this.#end("finished");
  }

  /** Ends what is played, or only `play` where given. */
  stop(play?: string): void {
    if (this.#player !== undefined && (play === undefined || play === this.#player.play)) this.#end("stopped");
  }

  /** A key was pressed. */
  barge(): void {
    if (this.#player?.bargeIn === true) this.#end("barged");
  }

  /** As events, or as tones where none were agreed; false where too many wait. */
  sendKeys(keys: string, durationMs: number): boolean {
    return this.#sender.takesEvents ? this.#sender.events.send(keys, durationMs) : this.#keyTones.send(keys, durationMs);
  }

  /** Until now the far side has heard the other side's packets, as far as `preview` is known: what is said next goes on from there. */
  goOnFrom({ sound, known }: Preview): void {
    if (known === 0) return;
    const at = known + this.#coderSamples;
    this.#voice!.prime(sound.subarray(0, at));
    this.#seam = { sound: sound.subarray(at), begins: true };
  }

  /** After the next 20 ms the far side hears the other side's packets, from where `preview` is no longer known: so they end there. */
  endAt({ sound, known }: Preview): void {
    const at = known + this.#coderSamples;
    const length = (this.#voice!.codec.sampleRateHz * FRAME_MS) / 1000;
    if (known > 0 && at >= length) this.#seam = { sound: sound.subarray(at - length, at), begins: false };
  }

  /** 20 ms of its own that belong to the moment `units`, else of `other`, else of silence. @param aloud false: time goes on, nothing is sent */
  say(units: number, other: Hearing | undefined, aloud: boolean): void {
    const player = this.#player;
    player?.fill(this.#playFrame);
    if (aloud) this.#sayAloud(units, other);
    if (player?.finished === true) this.#end("finished");
  }

  #sayAloud(units: number, other: Hearing | undefined): void {
    const voice = this.#voice!;
    const tones = this.#keyTones.next();
    if (tones !== undefined) voice.say(tones, LAW_RATE_HZ, units);
    else if (this.#player !== undefined) voice.say(this.#playFrame, this.#player.rateHz, units);
    else if (other !== undefined) voice.say(this.#seamed(other.frame), other.codec.sampleRateHz, units);
    else voice.say(SILENCE, LAW_RATE_HZ, units);
    this.#seam = undefined;
  }

  /** Fades `frame` in place, where packets of the other side come before it or follow. */
  #seamed(frame: Int16Array): Int16Array {
    const seam = this.#seam;
    if (seam === undefined) return frame;
    for (let i = 0; i < frame.length; i++) {
      const part = (i + 0.5) / frame.length;
      frame[i] = Math.round(frame[i]! + (seam.begins ? 1 - part : part) * (seam.sound[i]! - frame[i]!));
    }
    return frame;
  }

  /** What our coder says so much later than it was told, at its rate. */
  get #coderSamples(): number {
    const { delayMs = 0, sampleRateHz } = this.#voice!.codec;
    return Math.round((delayMs * sampleRateHz) / 1000);
  }

  save(): SayingState {
    return { play: this.#player === undefined ? undefined : { order: this.#player.order, position: this.#player.position }, keyTones: this.#keyTones.save() };
  }

  restore({ play, keyTones }: SayingState): void {
    this.#keyTones.restore(keyTones);
    if (play === undefined) return;
    const player = this.#take(play.order);
    if (player === undefined) this.#tellUnknown(play.order);
    else player.position = play.position;
  }

  /** Another engine goes on: nothing is told. */
  close(): void {
    this.#player = undefined;
    this.#voice?.close();
  }

  #take(play: Play): Player | undefined {
    const wide = this.#voice !== undefined && this.#voice.codec.sampleRateHz >= 16_000;
    const player = Player.of(play, this.#around.prompts, wide);
    this.#player = player;
    if (player !== undefined) this.#playFrame = new Int16Array((player.rateHz * FRAME_MS) / 1000);
    return player;
  }

  #tellUnknown({ play }: Play): void {
    this.#around.emit({ type: "play.ended", leg: this.#leg, play, outcome: "unknown-prompt" });
  }

  #end(outcome: "finished" | "barged" | "stopped"): void {
    const { play } = this.#player!;
    this.#player = undefined;
    this.#around.emit({ type: "play.ended", leg: this.#leg, play, outcome });
  }
}
