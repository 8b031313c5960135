// What a jitter buffer holds, decoded in the order of time: whatever the packets' lengths, as many samples as are asked for.
// Where nothing came there is what the codec makes of it: forward error correction, concealment, its comfort noise; or that of
// RFC 3389, from its packet on until sound comes.
import type { Codec, Decoder } from "../codec/codec.js";
import { NoiseGenerator } from "../codec/noise/noise-generator.js";
import type { JitterBuffer } from "./jitter-buffer.js";

/** The longest packet that any codec makes (Opus), and one frame of what is asked for. */
const STAGED_MS_MAX = 120 + 20;
/** Decoders conceal in steps of this. */
const STEP_MS = 10;
/** A packet that comes so much later than the gap may still tell of it. */
const LOOK_AHEAD_MS = 60;
/** Recovered at once at most: as long as a packet is. */
const RECOVERED_STEPS_MAX = 6;

export class Playout {
  readonly #jitter: JitterBuffer;
  readonly #decoder: Decoder;
  readonly #noise: NoiseGenerator;
  readonly #samplesPerUnit: number;
  readonly #lookAheadUnits: number;
  readonly #stepUnits: number;
  readonly #packet: Int16Array;
  /** Views of its beginning: of one step, of two, ... */
  readonly #steps: readonly Int16Array[];
  readonly #staged: Int16Array;
  #count = 0;
  /** The codec's own pause goes on, of which nothing came here. */
  #pausing = false;
  readonly #span = { start: 0, end: 0 };
  #concealed = false;

  constructor(codec: Codec, decoder: Decoder, jitter: JitterBuffer) {
    const { sampleRateHz } = codec;
    const { clockRateHz } = codec.format;
    this.#jitter = jitter;
    this.#decoder = decoder;
    this.#noise = new NoiseGenerator(clockRateHz, sampleRateHz);
    this.#samplesPerUnit = sampleRateHz / clockRateHz;
    this.#lookAheadUnits = (clockRateHz * LOOK_AHEAD_MS) / 1000;
    this.#stepUnits = (clockRateHz * STEP_MS) / 1000;
    const packet = new Int16Array((sampleRateHz * STAGED_MS_MAX) / 1000);
    this.#packet = packet;
    this.#steps = Array.from({ length: RECOVERED_STEPS_MAX }, (_, i) => packet.subarray(0, ((i + 1) * STEP_MS * sampleRateHz) / 1000));
    this.#staged = new Int16Array(packet.length);
  }

  /** Fills `out` with the sound of the next `out.length` samples and lets the buffer's time go on; silence before the first packet. */
  take(out: Int16Array): void {
    const units = Math.round(out.length / this.#samplesPerUnit);
    if (!this.#jitter.started && !this.#noise.running && !this.#pausing) {
      this.#count = 0;
      out.fill(0);
      return;
    }
    this.#concealed = false;
    while (this.#count < out.length) this.#stage(units);
    for (let i = 0; i < out.length; i++) out[i] = this.#staged[i]!;
    this.#count -= out.length;
    this.#staged.copyWithin(0, out.length, out.length + this.#count);
    this.#jitter.skip(units);
  }

  /** What was taken last stands in, at least in part, for sound that did not come. */
  get concealed(): boolean {
    return this.#concealed;
  }

  /** Another stream begins. */
  reset(): void {
    this.#count = 0;
    this.#noise.stop();
    this.#pausing = false;
    this.#decoder.reset();
  }

  /** A pause that began elsewhere goes on: the payload that told of it, RFC 3389's noise or the codec's own. */
  goOn(payload: Uint8Array, isNoise: boolean): void {
    const span = { start: 0, end: payload.length };
    if (isNoise) this.#noise.read(payload, span);
    else this.#pausing = this.#decoder.decode(payload, span, this.#packet) > 0;
  }

  /** Adds at least one sample, or forgets a packet. */
  #stage(untilUnits: number): void {
    const at = Math.round(this.#count / this.#samplesPerUnit);
    const slot = this.#jitter.find(at, untilUnits + this.#lookAheadUnits);
    const offset = slot < 0 ? untilUnits : this.#jitter.offsetOf(slot);
    if (slot >= 0 && offset <= at && this.#jitter.isNoise(slot)) this.#pause(slot);
    else if (slot >= 0 && offset <= at) this.#decode(slot, at - offset);
    else if (slot >= 0 && this.#decoder.recover !== undefined && !this.#noise.running && offset - at <= this.#jitter.unitsOf(slot)) this.#recover(slot, offset - at);
    else this.#conceal(Math.min(offset, Math.max(untilUnits, at + 1)) - at);
  }

  #pause(slot: number): void {
    this.#jitter.spanOf(slot, this.#span);
    this.#noise.read(this.#jitter.payloads, this.#span);
    this.#jitter.drop(slot);
  }

  /** @param heardUnits of the packet that stand for a time that is over */
  #decode(slot: number, heardUnits: number): void {
    const units = this.#jitter.unitsOf(slot);
    this.#jitter.spanOf(slot, this.#span);
    this.#noise.stop();
    this.#pausing = false;
    // As long as the packet, where that is a whole number of steps: decoders are quicker with it.
    const out = this.#steps[units / this.#stepUnits - 1] ?? this.#packet;
    const count = this.#decoder.decode(this.#jitter.payloads, this.#span, out);
    this.#jitter.drop(slot);
    if (count > 0) this.#append(this.#packet, Math.round(heardUnits * this.#samplesPerUnit), count);
    else this.#conceal(units - heardUnits);
  }

  #recover(slot: number, gapUnits: number): void {
    const steps = Math.round(gapUnits / this.#stepUnits);
    const out = this.#steps[steps - 1];
    if (out === undefined || steps * this.#stepUnits !== gapUnits) return this.#conceal(gapUnits);
    this.#jitter.spanOf(slot, this.#span);
    this.#concealed = true;
    this.#decoder.recover!(this.#jitter.payloads, this.#span, out);
    this.#append(out, 0, out.length);
  }

  /** One step of it at most, so that a packet that is found meanwhile has its place. */
  #conceal(gapUnits: number): void {
    const step = this.#steps[0]!;
    this.#concealed = true;
    if (this.#noise.running) this.#noise.fill(step);
    else this.#decoder.conceal(step);
    this.#append(step, 0, Math.min(step.length, Math.max(1, Math.round(gapUnits * this.#samplesPerUnit))));
  }

  #append(samples: Int16Array, from: number, to: number): void {
    const room = Math.min(to, from + this.#staged.length - this.#count);
    for (let i = from; i < room; i++) this.#staged[this.#count++] = samples[i]!;
  }
}
