import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { FRAME_BYTES, PARAMETERS, readFrame } from "../../../media/codec/g729/bitstream.js";
import type { EncoderRules } from "../../../media/codec/g729/encoder-rules.js";
import { FRAME_SAMPLES, FrameDecoder } from "../../../media/codec/g729/frame-decoder.js";
import { FrameEncoder } from "../../../media/codec/g729/frame-encoder.js";
import { missingPeers } from "../peers.js";
import { Bcg729, missingLibrary } from "./bcg729.js";
import { LIBBCG729 } from "./library-rules.js";
import { bandLevelsDb, makeSpeech, missingSpeech } from "./speech.js";

const RECORD_BYTES = 1 + FRAME_BYTES;
/** Of the analysis, both encoders': what comes out is so much later than what went in. */
const DELAY = 40;
/** So many pieces of the speech, seconds each; all of it with G729_SPEECH=all. */
const [PIECES, PIECE_S] = [12, 4];
const BLOCK = 160;
const AUDIBLE = 1e4;

const samplesOf = (raw: Buffer): Int16Array => new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));

function pieces(speech: Buffer): Buffer {
  if (process.env["G729_SPEECH"] === "all") return speech.subarray(0, speech.length - (speech.length % (2 * BLOCK)));
  const [step, length] = [Math.floor(speech.length / PIECES / 320) * 320, PIECE_S * 16_000];
  return Buffer.concat(Array.from({ length: PIECES }, (_, i) => speech.subarray(i * step, i * step + length)));
}

function encode(samples: Int16Array, rules?: EncoderRules): Buffer {
  const encoder = new FrameEncoder(rules === undefined ? {} : { rules });
  const frames = Math.floor(samples.length / FRAME_SAMPLES);
  const records = Buffer.alloc(frames * RECORD_BYTES, FRAME_BYTES);
  for (let i = 0; i < frames; i++) {
    encoder.take(samples, i * FRAME_SAMPLES);
    encoder.encode(records, i * RECORD_BYTES + 1);
  }
  return records;
}

/** Mean over audible blocks of 20 ms, dB. */
function segmentalSnrDb(said: Int16Array, heard: Int16Array, delay: number): number {
  let [sum, blocks] = [0, 0];
  for (let at = 0; at + BLOCK + delay <= said.length; at += BLOCK) {
    let [power, error] = [0, 1];
    for (let n = at; n < at + BLOCK; n++) {
      power += said[n]! * said[n]!;
      error += (said[n]! - heard[n + delay]!) ** 2;
    }
    if (power / BLOCK < AUDIBLE) continue;
    sum += Math.max(-10, Math.min(35, 10 * Math.log10(power / error)));
    blocks += 1;
  }
  return sum / blocks;
}

/** In the order of transmission, Table 8. */
const NAMES = ["L0", "L1", "L2", "L3", "P1", "P0", "C1", "S1", "GA1", "GB1", "P2", "C2", "S2", "GA2", "GB2"];

/** The first frame that differs, its parameters and both values of each; undefined where none does. */
function firstDifference(ours: Buffer, theirs: Buffer): string | undefined {
  const [a, b] = [new Int32Array(PARAMETERS), new Int32Array(PARAMETERS)];
  for (let at = 0; at + RECORD_BYTES <= theirs.length; at += RECORD_BYTES) {
    readFrame(ours, at + 1, a);
    readFrame(theirs, at + 1, b);
    const different = NAMES.flatMap((name, i) => (a[i] === b[i] ? [] : [`${name} ${a[i]}, theirs ${b[i]}`]));
    if (different.length > 0) return `frame ${at / RECORD_BYTES}: ${different.join("; ")}`;
  }
  return undefined;
}

t.test("G.729 Annex A: every frame is libbcg729's, bit for bit, its departures from the text put in", { skip: missingLibrary() || missingSpeech() || missingPeers("sox", "espeak-ng"), timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const raw = pieces(makeSpeech(folder));
  const theirs = new Bcg729(folder).encode(raw);
  t.comment(`${(theirs.length / RECORD_BYTES / 100).toFixed(0)} s of speech in four languages, clean and noisy`);
  t.equal(firstDifference(encode(samplesOf(raw), LIBBCG729), theirs), undefined);
  t.type(firstDifference(encode(samplesOf(raw)), theirs), "string", "as the text has it, some frames are others");
});

t.test("G.729 Annex A: what our encoder makes is as good as libbcg729's, in libbcg729's decoder, ffmpeg's and ours", { skip: missingLibrary() || missingSpeech() || missingPeers("sox", "espeak-ng", "ffmpeg"), timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const peer = new Bcg729(folder);
  const raw = pieces(makeSpeech(folder));
  const said = samplesOf(raw);
  const [ours, theirs] = [encode(said), peer.encode(raw)];
  const heard = samplesOf(peer.decode(ours));
  const [a, b] = [segmentalSnrDb(said, heard, DELAY), segmentalSnrDb(said, samplesOf(peer.decode(theirs)), DELAY)];
  t.comment(`${(said.length / 8000).toFixed(0)} s of speech, clean and noisy: segmental SNR ${a.toFixed(2)} dB, of libbcg729's encoder ${b.toFixed(2)}`);
  const library = segmentalSnrDb(said, samplesOf(peer.decode(encode(said, LIBBCG729))), DELAY);
  t.comment(`ours with libbcg729's departures: ${library.toFixed(2)}`);
  t.ok(a > b - 0.1, "no further from what was said than libbcg729's");
  const [want, ourBands, theirBands] = [said, heard, samplesOf(peer.decode(theirs))].map((samples) => bandLevelsDb(samples));
  const off = (bands: readonly number[]): string => bands.map((level, i) => (level - want![i]!).toFixed(1)).join(", ");
  t.comment(`eight bands, dB from what was said: ${off(ourBands!)}; libbcg729's: ${off(theirBands!)}`);
  t.ok(ourBands!.slice(0, 7).every((level, i) => Math.abs(level - want![i]!) < Math.abs(theirBands![i]! - want![i]!) + 1), "its spectrum is kept as well");

  const decoder = new FrameDecoder();
  const own = new Int16Array(said.length);
  for (let i = 0; i * RECORD_BYTES < ours.length; i++) decoder.decode(ours, i * RECORD_BYTES + 1, own, i * FRAME_SAMPLES);
  t.equal(own.findIndex((sample, i) => sample !== heard[i]), -1, "our decoder gives the same samples as libbcg729's");

  const [coded, decoded] = [join(folder, "ours.g729"), join(folder, "ours.raw")];
  writeFileSync(coded, Buffer.concat(Array.from({ length: ours.length / RECORD_BYTES }, (_, i) => ours.subarray(i * RECORD_BYTES + 1, (i + 1) * RECORD_BYTES))));
  execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-f", "g729", "-i", coded, "-f", "s16le", decoded], { stdio: "pipe" });
  const snrDb = segmentalSnrDb(heard, samplesOf(readFileSync(decoded)), 0);
  t.ok(snrDb > 15, `ffmpeg's decoder gives the same sound, ${snrDb.toFixed(1)} dB`);
});
