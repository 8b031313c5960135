// What a leg says to its far side by its own doing: prompts, keys as tones, the other side's sound encoded, or silence.
import { LAW_RATE_HZ } from "../codec/g711.js";
import type { Codec } from "../codec/codec.js";
import { Player, type Play, type PlayPosition } from "../player/player.js";
import { FRAME_MS, FRAME_UNITS, type RtpSender } from "../session/rtp-sender.js";
import { KeyTones, type KeyTonesState } from "./key-tones.js";
import type { Hearing } from "./hearing.js";
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
    else if (other !== undefined) voice.say(other.frame, other.codec.sampleRateHz, units);
    else voice.say(SILENCE, LAW_RATE_HZ, units);
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
    const player = Player.of(play, this.#around.prompts);
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
