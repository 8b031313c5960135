// Encoders and decoders that we did not write, for phones of the test's own: ffmpeg's, libopus and libbcg729. Sound is 8000 Hz
// on this side of them, whatever the codec's rate, and a payload is 20 ms.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPeer } from "../peers.js";
import { Bcg729 } from "../g729/bcg729.js";

export const CODECS = ["PCMA", "PCMU", "G722", "L16", "opus", "G729"] as const;
export type ForeignCodecName = (typeof CODECS)[number];

export interface ForeignCodec {
  /** What SDP says of it, and of the keys beside it. */
  readonly payloadType: number;
  readonly rtpmap: string;
  /** More payload types, each behind a space. */
  readonly moreTypes?: string;
  /** Another attribute of the stream. */
  readonly moreSdp: string;
  readonly eventType: number;
  /** RTP units a second. */
  readonly clockRateHz: number;
  encode(samples: Int16Array): Uint8Array[];
  /** `undefined` did not come. */
  decode(payloads: readonly (Uint8Array | undefined)[]): Int16Array;
}

const OPUS_SOURCE = fileURLToPath(new URL("../../../../test/interop/matrix/opus-peer.c", import.meta.url));
const OUTPUT_BYTES_MAX = 1 << 26;
const HEARD = ["-f", "s16le", "-ar", "8000", "-ac", "1"];

const bytesOf = (samples: Int16Array): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
const samplesOf = (bytes: Buffer): Int16Array => Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i));
const pieces = (bytes: Buffer, length: number): Uint8Array[] => Array.from({ length: Math.floor(bytes.length / length) }, (_, i) => bytes.subarray(i * length, (i + 1) * length));

function ffmpeg(words: readonly string[], input: Buffer): Buffer {
  return execFileSync(findPeer("ffmpeg") ?? "ffmpeg", ["-hide_banner", "-loglevel", "error", ...words], { input, maxBuffer: OUTPUT_BYTES_MAX });
}

interface RawForm {
  readonly payloadType: number;
  readonly rtpmap: string;
  /** ffmpeg's name, and the sound's rate. */
  readonly form: string;
  readonly rateHz: number;
  readonly frameBytes: number;
  readonly clockRateHz: number;
  readonly eventType: number;
}

/** Codecs whose frames are all of one length, one behind the other. */
function inFfmpeg({ payloadType, rtpmap, form, rateHz, frameBytes, clockRateHz, eventType }: RawForm): ForeignCodec {
  const rate = ["-ar", String(rateHz)];
  // G.722's reader knows its rate, and is told of none.
  const told = form === "g722" ? [] : [...rate, "-ac", "1"];
  return {
    payloadType,
    rtpmap,
    moreSdp: "ptime:20",
    eventType,
    clockRateHz,
    encode: (samples) => pieces(ffmpeg([...HEARD, "-i", "-", ...rate, "-f", form, "-"], bytesOf(samples)), frameBytes),
    decode: (payloads) => samplesOf(ffmpeg(["-f", form, ...told, "-i", "-", ...HEARD, "-"], Buffer.concat(payloads.map((payload) => payload ?? new Uint8Array(frameBytes))))),
  };
}

function inLibopus(folder: string): ForeignCodec {
  const program = join(folder, "opus-peer");
  execFileSync("cc", ["-O2", "-o", program, OPUS_SOURCE, "-l:libopus.so.0"], { stdio: "pipe" });
  const run = (mode: string, input: Buffer): Buffer => execFileSync(program, [mode], { input, maxBuffer: OUTPUT_BYTES_MAX });
  return {
    payloadType: 96,
    rtpmap: "opus/48000/2",
    moreSdp: "fmtp:96 useinbandfec=0",
    eventType: 102,
    clockRateHz: 48_000,
    encode: (samples) => {
      const records = run("encode", bytesOf(samples));
      const payloads: Uint8Array[] = [];
      for (let at = 0; at < records.length; at += 2 + records.readUInt16BE(at)) payloads.push(records.subarray(at + 2, at + 2 + records.readUInt16BE(at)));
      return payloads;
    },
    decode: (payloads) => samplesOf(run("decode", Buffer.concat(payloads.flatMap((payload) => [Buffer.of((payload?.length ?? 0) >> 8, payload?.length ?? 0), payload ?? new Uint8Array()])))),
  };
}

function inLibbcg729(folder: string): ForeignCodec {
  const library = new Bcg729(folder);
  const FRAME = 10;
  return {
    payloadType: 18,
    rtpmap: "G729/8000",
    moreSdp: "fmtp:18 annexb=no",
    eventType: 101,
    clockRateHz: 8000,
    encode: (samples) => {
      const frames = pieces(library.encode(bytesOf(samples)), 1 + FRAME);
      return Array.from({ length: frames.length >> 1 }, (_, i) => Buffer.concat([frames[2 * i]!.subarray(1), frames[2 * i + 1]!.subarray(1)]));
    },
    decode: (payloads) =>
      samplesOf(library.decode(Buffer.concat(payloads.flatMap((payload) => (payload === undefined ? [Buffer.of(0, 0)] : [Buffer.of(FRAME), payload.subarray(0, FRAME), Buffer.of(FRAME), payload.subarray(FRAME)]))))),
  };
}

/** @param folder for what has to be compiled */
export function openForeignCodecs(folder: string): Readonly<Record<ForeignCodecName, ForeignCodec>> {
  const narrow = { rateHz: 8000, clockRateHz: 8000, frameBytes: 160, eventType: 101 };
  return {
    PCMA: inFfmpeg({ ...narrow, payloadType: 8, rtpmap: "PCMA/8000", form: "alaw" }),
    PCMU: inFfmpeg({ ...narrow, payloadType: 0, rtpmap: "PCMU/8000", form: "mulaw" }),
    G722: inFfmpeg({ ...narrow, payloadType: 9, rtpmap: "G722/8000", form: "g722", rateHz: 16_000 }),
    L16: inFfmpeg({ payloadType: 97, rtpmap: "L16/16000", form: "s16be", rateHz: 16_000, frameBytes: 640, clockRateHz: 16_000, eventType: 100 }),
    opus: inLibopus(folder),
    G729: inLibbcg729(folder),
  };
}
