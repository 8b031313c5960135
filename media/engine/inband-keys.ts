// Keys that come as tones, from a far side that agreed to no telephone-events: told as keys, and taken out of the sound
// where somebody is told of them in another way.
import type { Codec } from "../codec/codec.js";
import { LAW_RATE_HZ } from "../codec/g711.js";
import { DtmfDetector } from "../dsp/dtmf/dtmf-detector.js";
import { dtmfTones } from "../dsp/dtmf/dtmf-tones.js";
import { hasTrace } from "../dsp/dtmf/key-trace.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import type { SampleRateHz } from "../dsp/resampler/resampler.js";
import { FRAME_MS } from "../session/rtp-sender.js";

/** A key is known within 51 ms of its beginning (four blocks of the detector), behind G.729 within 77: so long the sound is held back to take it out whole. */
const HELD_FRAMES = 3;
const HELD_FRAMES_BENT = 4;
const FADE_MS = 2.5;
/** A key that was down before is known again by then. */
const GOES_ON_FRAMES = 5;

interface HeldFrame {
  readonly samples: Int16Array;
  key: boolean;
}

export class InbandKeys {
  readonly #detector: DtmfDetector;
  readonly #narrow = new RateConverter(LAW_RATE_HZ);
  readonly #rateHz: SampleRateHz;
  readonly #bent: boolean;
  readonly #held: readonly HeldFrame[];
  readonly #current: Int16Array;
  #oldest = 0;
  #fadesIn = true;
  #removes = false;
  /** `removes` is another since the last push. */
  #changes = false;
  #isReplaced = false;
  #replacedFrames = 0;
  #goesOn: { readonly key: string; frames: number } | undefined;

  constructor(codec: Codec) {
    const rateHz = codec.sampleRateHz;
    this.#bent = bends(codec);
    this.#detector = new DtmfDetector({ bent: this.#bent });
    const frame = (): HeldFrame => ({ samples: new Int16Array((rateHz * FRAME_MS) / 1000), key: true });
    this.#rateHz = rateHz;
    this.#held = Array.from({ length: this.#bent ? HELD_FRAMES_BENT : HELD_FRAMES }, frame);
    this.#current = frame().samples;
  }

  /** Whether it goes on listening to sound of another codec. */
  suits(codec: Codec): boolean {
    return codec.sampleRateHz === this.#rateHz && bends(codec) === this.#bent;
  }

  /** The key that is down. */
  get held(): string | undefined {
    return this.#detector.held;
  }

  /** `key` is down and was told already. */
  goOn(key: string): void {
    this.#goesOn = { key, frames: GOES_ON_FRAMES };
  }

  /** Whether the tones are taken out, which delays the sound by 60 ms, behind G.729 by 80. */
  set removes(on: boolean) {
    if (on === this.#removes) return;
    this.#removes = on;
    this.#changes = true;
    if (on) for (const frame of this.#held) frame.key = true;
  }

  /** Sound is held back, or was until the next push. */
  get holdsBack(): boolean {
    return this.#removes || this.#changes;
  }

  /**
   * `key` was told by other means, and no sound is sent while it is down. What came just before may be its tone: of what is
   * held back all that has a trace of it is taken out, and of what comes the next `frames`, with what stands in for the silence.
   */
  replaced(key: string, frames: number): void {
    const tones = dtmfTones(key);
    if (tones === undefined || !this.#removes) return;
    this.#replacedFrames = frames;
    this.#isReplaced = true;
    for (const [i, held] of this.#held.entries()) if (hasTrace(held.samples, this.#rateHz, tones)) this.#mark(i);
  }

  /** Takes 20 ms and returns the key that began in it; leaves in `frame` what may be heard. @param concealed they stand in for what did not come */
  push(frame: Int16Array, concealed: boolean): string | undefined {
    const key = this.#detector.push(this.#narrow.convert(frame, this.#rateHz));
    if (this.#removes || this.#changes) this.#exchange(frame, key !== undefined, this.#replaces(concealed));
    return this.#isTold(key) ? undefined : key;
  }

  #isTold(key: string | undefined): boolean {
    const goesOn = this.#goesOn;
    if (goesOn === undefined) return false;
    goesOn.frames -= 1;
    if (goesOn.frames === 0 || key !== undefined) this.#goesOn = undefined;
    return key === goesOn.key;
  }

  #exchange(frame: Int16Array, began: boolean, replaced: boolean): void {
    const samples = this.#current;
    for (let i = 0; i < frame.length; i++) samples[i] = frame[i]!;
    if (began) for (const held of this.#held) held.key = true;
    const oldest = this.#held[this.#oldest]!;
    // What follows the oldest is known: so its end can fade as well as its beginning.
    const fadesOut = this.#held[(this.#oldest + 1) % this.#held.length]!.key;
    const fade = (this.#rateHz * FADE_MS) / 1000;
    const last = frame.length - 1;
    for (let i = 0; i <= last; i++) {
      const level = oldest.key ? 0 : Math.min(this.#fadesIn ? i / fade : 1, fadesOut ? (last - i) / fade : 1, 1);
      frame[i] = oldest.samples[i]! * level;
    }
    if (this.#changes) this.#fadeOver(frame, samples);
    this.#fadesIn = oldest.key;
    for (let i = 0; i < frame.length; i++) oldest.samples[i] = samples[i]!;
    oldest.key = this.#detector.held !== undefined || replaced;
    this.#oldest = (this.#oldest + 1) % this.#held.length;
  }

  /** From what was heard without delay to what is, or back. */
  #fadeOver(frame: Int16Array, now: Int16Array): void {
    this.#changes = false;
    const fade = (this.#rateHz * FADE_MS) / 1000;
    for (let i = 0; i < frame.length; i++) {
      const part = Math.min(1, i / fade);
      const [from, to] = this.#removes ? [now[i]!, frame[i]!] : [frame[i]!, now[i]!];
      frame[i] = from + part * (to - from);
    }
  }

  /** Held frame `index` and the one before it, which may hold the tone's first moments. */
  #mark(index: number): void {
    const { length } = this.#held;
    this.#held[index % length]!.key = true;
    this.#held[(index + length - 1) % length]!.key = true;
  }

  /** Whether this frame is still a key's that was told by other means; the one behind the last is, too: coders ring. */
  #replaces(concealed: boolean): boolean {
    const replaced = this.#isReplaced;
    this.#replacedFrames -= 1;
    this.#isReplaced &&= concealed || this.#replacedFrames > 0;
    return replaced;
  }
}

/** No coder of waves: tones come out bent. */
const bends = ({ format }: Codec): boolean => format.codec === "G729";
