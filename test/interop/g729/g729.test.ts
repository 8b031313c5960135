import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { FRAME_BYTES } from "../../../media/codec/g729/bitstream.js";
import { NOISE_BYTES } from "../../../media/codec/g729/comfort-noise.js";
import { FRAME_SAMPLES, FrameDecoder } from "../../../media/codec/g729/frame-decoder.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { missingPeers } from "../peers.js";
import { Bcg729, missingLibrary } from "./bcg729.js";
import { bandLevelsDb, makeNoise, makeOnsets, makeSpeech, missingSpeech } from "./speech.js";

const SAMPLE_BYTES = 2;
/** Five minutes of it. */
const SPEECH_BYTES = 300 * 8000 * SAMPLE_BYTES;
const RECORD_BYTES = 1 + FRAME_BYTES;
/** Somewhat later these drive the library's postfilter beyond 16 bits, where it wraps and we saturate, as section 2.5's operators do. */
const RANDOM_FRAMES = 1800;

/** Every record through our decoder; a length of 0 is a frame that did not come. */
function decode(records: Buffer): Buffer {
  const decoder = new FrameDecoder();
  const frame = new Int16Array(FRAME_SAMPLES);
  const out: Buffer[] = [];
  for (let at = 0; at < records.length; at += 1 + records[at]!) {
    if (records[at] === 0) decoder.conceal(frame, 0);
    else if (records[at] === NOISE_BYTES) decoder.decodeNoise(records, at + 1, frame, 0);
    else decoder.decode(records, at + 1, frame, 0);
    out.push(Buffer.from(frame.buffer.slice(0)));
  }
  return Buffer.concat(out);
}

/** The first frame in which two sounds differ, -1 where none does. */
function firstDifference(ours: Buffer, theirs: Buffer): number {
  if (ours.length !== theirs.length) return Math.min(ours.length, theirs.length) / (FRAME_SAMPLES * SAMPLE_BYTES);
  if (ours.equals(theirs)) return -1;
  return Math.floor(ours.findIndex((byte, i) => byte !== theirs[i]) / (FRAME_SAMPLES * SAMPLE_BYTES));
}

t.test("G.729: every sample is that of libbcg729", { skip: missingLibrary() || missingSpeech() || missingPeers("sox", "espeak-ng") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const peer = new Bcg729(folder);
  const speech = makeSpeech(folder);
  const seconds = speech.length / SAMPLE_BYTES / 8000;
  t.ok(seconds >= 600, `${seconds.toFixed(0)} s of speech`);
  const coded = peer.encode(speech);
  const random = new SimRandom(729);
  t.comment("seed 729");

  const lossy = Buffer.from(coded.subarray(0, RECORD_BYTES * 12_000));
  const records: Buffer[] = [];
  for (let at = 0, lost = false; at < lossy.length; at += RECORD_BYTES) {
    lost = random.next() < (lost ? 0.5 : 0.06);
    records.push(lost ? Buffer.of(0) : lossy.subarray(at, at + RECORD_BYTES));
  }
  const damaged = Buffer.from(coded.subarray(0, RECORD_BYTES * 6000));
  // P1 stands in the fourth byte but two bits: its parity says so.
  for (let at = 0; at < damaged.length; at += RECORD_BYTES) if (random.next() < 0.1) damaged[at + 4] = damaged[at + 4]! ^ 0x10;
  const noise = Buffer.alloc(RECORD_BYTES * RANDOM_FRAMES);
  for (let at = 0; at < noise.length; at++) noise[at] = at % RECORD_BYTES === 0 ? FRAME_BYTES : random.next() * 256;

  const onsets = peer.encode(makeOnsets(folder));

  for (const [name, stream] of [
    [`speech in four languages, clean and noisy, ${seconds.toFixed(0)} s`, coded],
    ["words out of near silence", onsets],
    ["frames lost by ones and in runs", Buffer.concat(records)],
    ["pitch damaged, as its parity bit tells", damaged],
    ["bits at random, at all levels", noise],
  ] as const)
    t.equal(firstDifference(decode(stream), peer.decode(stream)), -1, name);
});

t.test("G.729 Annex B: comfort noise has libbcg729's level and spectrum, and speech after it is libbcg729's", { skip: missingLibrary() || missingSpeech() || missingPeers("sox", "espeak-ng") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const peer = new Bcg729(folder);
  for (const colour of ["pinknoise", "whitenoise", "brownnoise"] as const) {
    const records = peer.encode(makeNoise(folder, colour), true);
    const [ours, theirs] = [decode(records), peer.decode(records)];
    const pauses = framesOf(records, (length) => length !== FRAME_BYTES);
    t.ok(pauses.length > 400, `${colour}: ${pauses.length} frames of noise`);
    const [a, b] = [bandLevelsDb(pick(ours, pauses)), bandLevelsDb(pick(theirs, pauses))];
    const differences = a.map((level, band) => level - b[band]!);
    t.ok(
      differences.every((difference) => Math.abs(difference) < 1.5),
      `${colour}, dB from theirs in eight bands: ${differences.map((difference) => difference.toFixed(1)).join(", ")}`,
    );
  }
  const records = peer.encode(makeSpeech(folder).subarray(0, SPEECH_BYTES), true);
  const [ours, theirs] = [decode(records), peer.decode(records)];
  const sound = framesOf(records, (length) => length === FRAME_BYTES);
  const [a, b] = [pick(ours, sound), pick(theirs, sound)];
  let [power, error] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    power += b[i]! * b[i]!;
    error += (a[i]! - b[i]!) ** 2;
  }
  const snrDb = 10 * Math.log10(power / error);
  t.ok(snrDb > 38, `${sound.length} frames of sound between ${records.length} bytes with pauses: ${snrDb.toFixed(1)} dB`);
});

/** The numbers of the frames whose record is so long. */
function framesOf(records: Buffer, wanted: (length: number) => boolean): number[] {
  const frames: number[] = [];
  for (let at = 0, frame = 0; at < records.length; at += 1 + records[at]!, frame++) if (wanted(records[at]!)) frames.push(frame);
  return frames;
}

function pick(sound: Buffer, frames: readonly number[]): Int16Array {
  const out = new Int16Array(frames.length * FRAME_SAMPLES);
  frames.forEach((frame, i) => {
    for (let n = 0; n < FRAME_SAMPLES; n++) out[i * FRAME_SAMPLES + n] = sound.readInt16LE((frame * FRAME_SAMPLES + n) * SAMPLE_BYTES);
  });
  return out;
}
