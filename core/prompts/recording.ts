// One WAV file to the samples that the media engine plays.
import { Reader, type Format } from "wav";
import { decimateByTwo } from "../../media/dsp/decimator.js";
import { downsample } from "../../media/dsp/resampler/whole.js";
import type { PlayedSound } from "../../media/player/played-sound.js";
import { PromptError } from "./error.js";

export const PROMPT_RATE_HZ = 8000;
const WIDE_RATE_HZ = 2 * PROMPT_RATE_HZ;
const DURATION_S_MAX = 300;
const PCM = 1;
/** PCM whose coding stands in an extension of the header; for mono, 16 bits it is the same. */
const EXTENSIBLE = 0xfffe;

/**
 * The sound at 8000 Hz, and at 16000 Hz where the file has at least that.
 * @param file as errors name it
 * @throws PromptError "PROMPT_FORMAT"
 */
export async function readRecording(bytes: Uint8Array, file: string): Promise<PlayedSound> {
  const refuse = (why: string, cause?: unknown): PromptError => new PromptError("PROMPT_FORMAT", `${file}: ${why}; accepted: WAV, 16 bits, mono, 8000 to 48000 Hz, at most ${DURATION_S_MAX} s`, { cause });
  const { format, data } = await parse(bytes).catch((error: unknown) => {
    throw refuse("its header can't be read", error);
  });
  if (format === undefined) throw refuse("the file ends before its format");
  if (format.audioFormat !== PCM && format.audioFormat !== EXTENSIBLE) throw refuse(`it is coded (WAV format ${format.audioFormat})`);
  if (format.endianness !== "LE" || format.bitDepth !== 16) throw refuse(`it has ${format.bitDepth} bits ${format.endianness}`);
  if (format.channels !== 1) throw refuse(`it has ${format.channels} channels`);
  if (!(format.sampleRate >= 8000 && format.sampleRate <= 48_000)) throw refuse(`it has ${format.sampleRate} Hz`);
  if (data.length < 2) throw refuse("it holds no sound");
  if (data.length / 2 / format.sampleRate > DURATION_S_MAX) throw refuse(`it is ${Math.round(data.length / 2 / format.sampleRate)} s long`);
  const samples = littleEndian(data);
  const rateHz = format.sampleRate;
  if (rateHz < WIDE_RATE_HZ) return { samples: shared(rateHz === PROMPT_RATE_HZ ? samples : downsample(samples, rateHz, PROMPT_RATE_HZ)) };
  const wide = rateHz === WIDE_RATE_HZ ? samples : downsample(samples, rateHz, WIDE_RATE_HZ);
  const narrow = decimateByTwo(wide);
  const whole = new Int16Array(2 * narrow.length);
  whole.set(wide);
  return { samples: shared(narrow), wide: shared(whole) };
}

/** `format` is undefined where the file ends within its header. */
async function parse(bytes: Uint8Array): Promise<{ format: Format | undefined; data: Buffer }> {
  const reader = new Reader();
  let format: Format | undefined;
  const chunks: Buffer[] = [];
  reader.on("format", (found: Format) => void (format = found));
  const ended = new Promise<void>((resolve, reject) => {
    reader.on("data", (chunk: Buffer) => void chunks.push(chunk));
    reader.once("end", resolve);
    // Not once: the reader goes on after a fault and finds the next one.
    reader.on("error", reject);
  });
  // What the reader throws while it parses, it throws out of here, and the promise turns it into a rejection.
  reader.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  await ended;
  return { format, data: Buffer.concat(chunks) };
}

/** Files are little-endian whatever the machine is, and a chunk need not begin at an even address. */
function littleEndian(data: Buffer): Int16Array {
  const samples = new Int16Array(data.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = data.readInt16LE(2 * i);
  return samples;
}

function shared(samples: Int16Array): Int16Array {
  const copy = new Int16Array(new SharedArrayBuffer(samples.byteLength));
  copy.set(samples);
  return copy;
}
