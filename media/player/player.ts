// What a leg hears from us: recordings, tones and pauses, one after the other without a gap.
import type { PlayId, PlayItem } from "../engine/command.js";
import { LAW_RATE_HZ, SAMPLES_PER_MS } from "../codec/g711.js";
import { ramp } from "../dsp/cadence/ramp.js";
import { Tone } from "../dsp/tone.js";

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
  #index = 0;
  #offset = 0;

  private constructor(play: Play, pieces: readonly Piece[]) {
    this.#order = play;
    this.#repeat = play.repeat && pieces.length > 0;
    this.#pieces = pieces;
  }

  /** Undefined where one of the prompts is not loaded. */
  static of(play: Play, prompts: ReadonlyMap<string, Int16Array>): Player | undefined {
    const pieces = play.items.map((item) => pieceOf(item, prompts));
    return pieces.some((piece) => piece === undefined) ? undefined : new Player(play, pieces.filter((piece) => piece !== undefined && piece.length > 0) as Piece[]);
  }

  /** What was asked for. */
  get order(): Play {
    return this.#order;
  }

  /** Of what `fill` gives. */
  get rateHz(): typeof LAW_RATE_HZ {
    return LAW_RATE_HZ;
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
    return { index: this.#index, offset: this.#offset, phases: this.#pieces[this.#index]?.tone?.phases ?? [] };
  }

  set position({ index, offset, phases }: PlayPosition) {
    this.#index = index;
    this.#offset = offset;
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
        ramp(out, { from: at, to: at + count }, { offset: this.#offset, length: piece.length, rateHz: LAW_RATE_HZ });
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

function pieceOf(item: PlayItem, prompts: ReadonlyMap<string, Int16Array>): Piece | undefined {
  switch (item.kind) {
    case "prompt": {
      const samples = prompts.get(item.prompt);
      return samples === undefined ? undefined : { length: samples.length, samples };
    }
    case "sound":
      return { length: item.samples.length, samples: item.samples };
    case "silence":
      return { length: lengthOf(item.durationMs) };
    case "tone":
      return { length: lengthOf(item.durationMs), tone: new Tone({ frequenciesHz: item.frequenciesHz, levelDbm0: item.levelDbm0, rateHz: LAW_RATE_HZ }) };
    default:
      return item satisfies never;
  }
}

const lengthOf = (durationMs: number): number => Math.max(0, Math.round(durationMs * SAMPLES_PER_MS));
