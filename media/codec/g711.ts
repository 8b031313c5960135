// G.711 A-law and µ-law (ITU-T G.711; RFC 3551 section 4.5.14), by table: one look-up a sample, no arithmetic.
import g711 from "g711";
import { AUDIO_FORMATS } from "../../protocol/sdp/audio-format.js";
import type { Codec, Decoder, Encoder, Span } from "./codec.js";
import { Concealment } from "./concealment.js";

export type LawName = "PCMA" | "PCMU";

/** What every law here has in common: 8000 samples a second, one byte each. */
export const LAW_RATE_HZ = 8000;
export const SAMPLES_PER_MS = LAW_RATE_HZ / 1000;

/** The tables of one law. */
export interface Law {
  readonly name: LawName;
  /** By sample + 32768. */
  readonly encode: Uint8Array;
  readonly decode: Int16Array;
  /** The byte of a sample of zero. */
  readonly silence: number;
}

const ALL_SAMPLES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

// The package's types call its 16-bit result an Int8Array; `from` takes it as the numbers that it holds.
const LAWS: Readonly<Record<LawName, Law>> = {
  PCMA: { name: "PCMA", encode: alawTable(), decode: Int16Array.from(g711.alawToPCM(ALL_BYTES, 16)), silence: 0xd5 },
  PCMU: { name: "PCMU", encode: g711.ulawFromPCM(ALL_SAMPLES), decode: Int16Array.from(g711.ulawToPCM(ALL_BYTES, 16)), silence: 0xff },
};

const OTHER_LAW: Readonly<Record<LawName, Uint8Array>> = { PCMA: between("PCMA", "PCMU"), PCMU: between("PCMU", "PCMA") };

export const lawOf = (name: LawName): Law => LAWS[name];

/** The other law's byte for each byte of `from` (G.711 section 3.5: one conversion costs no more than a quantising step). */
export const toOtherLaw = (from: LawName): Uint8Array => OTHER_LAW[from];

class LawEncoder implements Encoder {
  readonly #table: Uint8Array;

  constructor(law: Law) {
    this.#table = law.encode;
  }

  encode(samples: Int16Array, out: Uint8Array, at: number): number {
    const table = this.#table;
    const count = samples.length;
    let i = 0;
    // Four at a time take a quarter less.
    for (; i + 4 <= count; i += 4) {
      out[at + i] = table[samples[i]! + 32_768]!;
      out[at + i + 1] = table[samples[i + 1]! + 32_768]!;
      out[at + i + 2] = table[samples[i + 2]! + 32_768]!;
      out[at + i + 3] = table[samples[i + 3]! + 32_768]!;
    }
    for (; i < count; i++) out[at + i] = table[samples[i]! + 32_768]!;
    return at + count;
  }

  reset(): void {
    // Each sample stands for itself: nothing is kept between frames.
  }
}

class LawDecoder implements Decoder {
  readonly #table: Int16Array;
  readonly #concealment = new Concealment(LAW_RATE_HZ);

  constructor(law: Law) {
    this.#table = law.decode;
  }

  decode(payload: Uint8Array, { start, end }: Span, out: Int16Array): number {
    const table = this.#table;
    const count = Math.min(out.length, end - start);
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      out[i] = table[payload[start + i]!]!;
      out[i + 1] = table[payload[start + i + 1]!]!;
      out[i + 2] = table[payload[start + i + 2]!]!;
      out[i + 3] = table[payload[start + i + 3]!]!;
    }
    for (; i < count; i++) out[i] = table[payload[start + i]!]!;
    this.#concealment.heard(out, count);
    return count;
  }

  conceal(out: Int16Array): void {
    this.#concealment.conceal(out);
  }

  reset(): void {
    this.#concealment.reset();
  }
}

const codecOf = (law: Law): Codec => ({
  format: AUDIO_FORMATS[law.name],
  sampleRateHz: LAW_RATE_HZ,
  frameMs: (ptimeMs) => (ptimeMs % 20 === 0 ? 20 : 10),
  unitsIn: (_payload, { start, end }) => end - start,
  createEncoder: () => new LawEncoder(law),
  createDecoder: () => new LawDecoder(law),
});

/** By encoding name. */
export const G711: Readonly<Record<LawName, Codec>> = { PCMA: codecOf(LAWS.PCMA), PCMU: codecOf(LAWS.PCMU) };

/** g711 1.0.1 makes -248 of the samples -7 .. -1, a crackle in every quiet pause: they belong to the first step below zero, as -8 does. */
function alawTable(): Uint8Array {
  const table = g711.alawFromPCM(ALL_SAMPLES);
  return table.fill(table[32_768 - 8]!, 32_768 - 7, 32_768);
}

function between(from: LawName, to: LawName): Uint8Array {
  return Uint8Array.from(LAWS[from].decode, (sample) => LAWS[to].encode[sample + 32_768]!);
}
