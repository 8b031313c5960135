// What a leg hears from us: recordings, tones and pauses, one after the other without a gap.
import type { PlayId, PlayItem } from "../engine/command.js";
import { ramp } from "../dsp/cadence/ramp.js";
import { Tone } from "../dsp/tone.js";
import type { PlayedSound } from "./played-sound.js";

const NARROW_HZ = 8000;
const WIDE_HZ = 16_000;
type PlayRateHz = typeof NARROW_HZ | typeof WIDE_HZ;

export interface Play {
  readonly play: PlayId;
  readonly items: readonly PlayItem[];
  /** A key ends it. */
  readonly bargeIn: boolean;
  readonly repeat: boolean;
}

/** How far a play has come: plain data, for a player that goes on in another place. */
export interface PlayPosition {
  readonly index: number;
  /** Samples at 8000 Hz. */
  readonly offset: number;
  /** Of the tone that sounds, see `Tone`. */
  readonly phases: readonly number[];
}

/** `samples` of a recording, or `length` of a tone or, without either, of silence. */
interface Piece {
  readonly length: number;
  readonly samples?: Int16Array;
  readonly tone?: Tone;
}

export class Player {
  readonly #order: Play;
  readonly #repeat: boolean;
  readonly #pieces: readonly Piece[];
  /** Of what `fill` gives. */
  readonly rateHz: PlayRateHz;
  #index = 0;
  #offset = 0;

  private constructor(play: Play, pieces: readonly Piece[], rateHz: PlayRateHz) {
    this.rateHz = rateHz;
    this.#order = play;
    this.#repeat = play.repeat && pieces.length > 0;
    this.#pieces = pieces;
  }

  /**
   * Undefined where one of the prompts is not loaded.
   * @param wide at 16000 Hz where all of it was recorded so finely: a voice does not change its band in the middle
   */
  static of(play: Play, prompts: ReadonlyMap<string, PlayedSound>, wide = false): Player | undefined {
    const sounds = play.items.map((item) => (item.kind === "prompt" ? prompts.get(item.prompt) : item.kind === "sound" ? item : SILENT));
    if (sounds.some((sound) => sound === undefined)) return undefined;
    const rateHz = wide && sounds.every((sound) => sound!.wide !== undefined) ? WIDE_HZ : NARROW_HZ;
    const pieces = play.items.map((item, i) => pieceOf(item, sounds[i]!, rateHz));
    return new Player(play, pieces.filter(({ length }) => length > 0), rateHz);
  }

  /** What was asked for. */
  get order(): Play {
    return this.#order;
  }

  get play(): PlayId {
    return this.#order.play;
  }

  get bargeIn(): boolean {
    return this.#order.bargeIn;
  }

  get finished(): boolean {
    return this.#index >= this.#pieces.length;
  }

  get position(): PlayPosition {
    return { index: this.#index, offset: (this.#offset * NARROW_HZ) / this.rateHz, phases: this.#pieces[this.#index]?.tone?.phases ?? [] };
  }

  set position({ index, offset, phases }: PlayPosition) {
    this.#index = index;
    this.#offset = (offset * this.rateHz) / NARROW_HZ;
    const tone = this.#pieces[index]?.tone;
    if (tone !== undefined) tone.phases = phases;
  }

  /** Fills all of `out`, with silence where the play ends in it. */
  fill(out: Int16Array): void {
    let at = 0;
    while (at < out.length && !this.finished) {
      const piece = this.#pieces[this.#index]!;
      const count = Math.min(out.length - at, piece.length - this.#offset);
      if (piece.samples !== undefined) for (let i = 0; i < count; i++) out[at + i] = piece.samples[this.#offset + i]!;
      else if (piece.tone !== undefined) {
        piece.tone.fill(out, at, at + count);
        ramp(out, { from: at, to: at + count }, { offset: this.#offset, length: piece.length, rateHz: this.rateHz });
      }
      else out.fill(0, at, at + count);
      at += count;
      this.#advance(piece, count);
    }
    out.fill(0, at);
  }

  #advance(piece: Piece, count: number): void {
    this.#offset += count;
    if (this.#offset < piece.length) return;
    this.#offset = 0;
    this.#index += 1;
    if (this.finished && this.#repeat) this.#index = 0;
  }
}

/** What has no recording sounds at any rate. */
const SILENT: PlayedSound = { samples: new Int16Array(0), wide: new Int16Array(0) };

function pieceOf(item: PlayItem, sound: PlayedSound, rateHz: number): Piece {
  switch (item.kind) {
    case "prompt":
    case "sound": {
      const samples = rateHz === WIDE_HZ ? sound.wide! : sound.samples;
      return { length: samples.length, samples };
    }
    case "silence":
      return { length: lengthOf(item.durationMs, rateHz) };
    case "tone":
      return { length: lengthOf(item.durationMs, rateHz), tone: new Tone({ frequenciesHz: item.frequenciesHz, levelDbm0: item.levelDbm0, rateHz }) };
    default:
      return item satisfies never;
  }
}

/** Whole samples of 8000 Hz at any rate, so that a place in it is one at every other. */
const lengthOf = (durationMs: number, rateHz: number): number => (Math.max(0, Math.round((durationMs * NARROW_HZ) / 1000)) * rateHz) / NARROW_HZ;
