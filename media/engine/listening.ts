// What becomes of the far side's sound at each beat: held back, decoded where somebody needs samples, searched for keys,
// listened to, recorded, and made fit for the other side of a bridge.
import type { Codec } from "../codec/codec.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";
import { Hearing } from "./hearing.js";
import { InbandKeys } from "./inband-keys.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import { Recorder } from "./recorder.js";
import type { Track } from "../recorder/track.js";
import { WriteAhead } from "./write-ahead.js";
import { Shaping, type ShapeSettings } from "./shaping.js";
import { Taps, type TapEvents } from "./taps.js";
import { G711 } from "../codec/g711.js";
import type { LegId, RecordingId } from "./command.js";

export interface ListeningEvents extends TapEvents {
  /** Pressed as a tone. */
  onKey(key: string): void;
}

export class Listening {
  readonly taps: Taps;
  readonly recorder: Recorder;
  readonly ahead = new WriteAhead();
  readonly #around: LegSurroundings;
  readonly #onKey: (key: string) => void;
  hearing: Hearing;
  /** Where no telephone-event was agreed, or tones are to be taken out. */
  keys: InbandKeys | undefined;
  /** No telephone-event was agreed: keys come as tones. */
  #byTone = false;
  #takesEvents = false;
  #shaping: Shaping | undefined;
  #rests = false;
  /** At rest: the beat in which time is let pass at the latest. */
  #dueTick = Infinity;
  /** The other side of the bridge hears what is decoded here. */
  processed = false;
  /** Whether the jitter buffer is fed: relayed sound that nobody records needs none. */
  buffers = false;
  /** The last beat that was listened to. */
  lastTick: number;

  constructor(leg: LegId, around: LegSurroundings, events: ListeningEvents) {
    this.#around = around;
    this.#onKey = events.onKey;
    this.taps = new Taps(events);
    this.recorder = new Recorder(leg, around);
    this.hearing = new Hearing(G711.PCMA, around.jitterMs);
    this.lastTick = around.tick();
  }

  /** Hears another codec from now on; false where it is the same one. */
  use(codec: Codec): void {
    if (codec === this.hearing.codec) return;
    const hearing = new Hearing(codec, this.#around.jitterMs);
    Object.assign(hearing.jitter.counters, this.hearing.jitter.counters);
    this.hearing.close();
    this.hearing = hearing;
  }

  /** @param byTone keys come as tones, for no telephone-event was agreed */
  expectKeys(byTone: boolean): void {
    this.#byTone = byTone;
    this.#chooseKeys();
  }

  /** Changes what others hear. */
  shape(settings: ShapeSettings | undefined): void {
    this.#shaping = Shaping.of(settings);
    this.#chooseKeys();
  }

  get shaping(): Shaping | undefined {
    return this.#shaping;
  }

  /** The other side of the bridge, if any, is told of keys by events: it need not hear them. */
  answersTo(takesEvents: boolean): void {
    this.#takesEvents = takesEvents;
    this.#chooseKeys();
  }

  /** The other side hears keys as the tones that they are, or is to hear nothing of them; unless it is told of them by events. */
  get passesTones(): boolean {
    return this.#byTone || this.#removesAll;
  }

  /** A key was told by an event: what there is of its tone, before the event or beside it, is not to be heard. */
  keyByEvent(key: string): void {
    if (this.#removesAll) this.keys?.replaced(key, Math.ceil(this.#around.jitterMs / FRAME_MS) + 1);
  }

  get #removesAll(): boolean {
    return this.#shaping?.settings.removeKeys === true;
  }

  #chooseKeys(): void {
    const { codec } = this.hearing;
    const wanted = this.#byTone || this.#removesAll;
    // What it holds back is to be left without an edge, at the next beat.
    if (!wanted && this.keys?.holdsBack !== true) this.keys = undefined;
    if (wanted && this.keys?.suits(codec) !== true) this.keys = new InbandKeys(codec);
    if (this.keys !== undefined) this.keys.removes = this.#removesAll || (this.#byTone && (this.#takesEvents || this.taps.message !== undefined));
  }

  /** What is recorded, if anything, are bytes to copy, and nobody else needs any: packets may go where they belong as they come. */
  get mayRest(): boolean {
    return !this.processed && this.keys === undefined && !this.taps.any && (this.recorder.track === undefined || this.#mayWriteAhead(this.recorder.track));
  }

  #mayWriteAhead(track: Track): boolean {
    const { hearing, recorder, lastTick } = this;
    return !this.#decodes && !recorder.masked && hearing.jitter.steady && track.law === hearing.law && track.nextTick === lastTick + 1;
  }

  /** From now on beats come now and then, and what is recorded is put `ahead`. */
  rest(): void {
    this.#rests = true;
    this.#dueTick = Infinity;
    const { track } = this.recorder;
    if (track === undefined) return;
    this.hearing.writeAhead(track);
    this.#follow(track);
  }

  /** Ends what `rest` began. */
  wake(): void {
    this.#catchUp();
    this.#rests = false;
    const { track } = this.recorder;
    if (track !== undefined && this.buffers) this.hearing.holdBack(track);
  }

  /** After whatever may change who listens. */
  settle(): void {
    const buffers = this.recorder.track !== undefined || this.keys !== undefined || this.taps.any || this.processed;
    if (buffers && !this.buffers) this.hearing.begin();
    this.buffers = buffers;
  }

  /** Takes what was heard in the 20 ms of `tick`; what was missed before it is left out. At rest only time passes, a second at once. */
  listen(tick: number): void {
    if (this.#rests) {
      if (tick >= this.#dueTick) this.#catchUp();
      return;
    }
    const missed = tick - this.lastTick - 1;
    if (missed > 0) {
      this.hearing.skip(missed);
      this.taps.skip(missed);
    }
    this.lastTick = tick;
    const { hearing, taps, recorder } = this;
    if (this.buffers) hearing.listen(this.#decodes);
    const key = this.buffers ? this.keys?.push(hearing.frame, hearing.concealed) : undefined;
    if (key !== undefined && this.#byTone) this.#onKey(key);
    if (!this.#byTone && this.keys?.holdsBack === false) this.#letKeysBe();
    if (taps.any) taps.push(hearing.narrowFrame());
    if (recorder.masked) recorder.track?.fillTo(tick + 1);
    else recorder.track?.append(tick, hearing.lawFrame(), hearing.law);
    if (this.processed) this.#shaping?.apply({ samples: hearing.frame, rateHz: hearing.codec.sampleRateHz, rtpTime: 0 });
  }

  /** Lets all beats since the last pass. */
  #catchUp(): void {
    const tick = this.#around.tick();
    const passed = tick - this.lastTick;
    if (passed <= 0) return;
    this.lastTick = tick;
    // What nobody hears is forgotten when somebody begins to.
    if (!this.buffers) return;
    this.hearing.skip(passed);
    const { track } = this.recorder;
    if (track === undefined) return;
    track.fillTo(tick + 1);
    this.#follow(track);
  }

  /** Until its second is over, packets find their places without it. */
  #follow(track: Track): void {
    this.ahead.follow(this.hearing.jitter, track, this.lastTick);
    this.#dueTick = track.nextTick + track.room / FRAME_UNITS;
  }

  /** Nothing is taken out any more. */
  #letKeysBe(): void {
    if (this.#removesAll) return;
    this.keys = undefined;
    this.settle();
  }

  /** @param firstTick whose frame is the first */
  record(recording: RecordingId, firstTick: number): void {
    if (this.#rests) this.#catchUp();
    this.recorder.start(recording, this.hearing.law, firstTick);
  }

  close(): void {
    this.hearing.close();
  }

  /** Whether somebody needs samples of what is heard. */
  get #decodes(): boolean {
    return this.processed || this.keys !== undefined || this.taps.any || (this.recorder.track !== undefined && (!this.hearing.isLaw || this.hearing.hasNoise));
  }
}
