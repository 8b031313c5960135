import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { FRAME_BYTES } from "../../../media/codec/g729/bitstream.js";
import { FRAME_SAMPLES } from "../../../media/codec/g729/frame-decoder.js";
import { FrameEncoder } from "../../../media/codec/g729/frame-encoder.js";
import { VoiceActivity } from "../../../media/codec/g729/voice-activity.js";
import { missingPeers } from "../peers.js";
import { Bcg729, missingLibrary } from "./bcg729.js";
import { bandLevelsDb, makeNoise, makeSpeech, missingSpeech } from "./speech.js";

/**
 * The library goes on with speech for so many frames after its end. The Recommendation's smoothing (section B.3.6) knows of
 * no such time: where we have stopped and it has not yet, the text shows ours right.
 */
const HANGOVER_FRAMES = 12;
const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
/** Of the clean half and of the noisy one; all of it, more than twelve minutes, with G729_SPEECH=all. */
const PART_BYTES = 150 * 16_000;
const skip = missingLibrary() || missingSpeech() || missingPeers("sox", "espeak-ng");

const samplesOf = (raw: Buffer): Int16Array => new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
const speech = skip === false ? makeSpeech(folder) : Buffer.alloc(0);
const levelDb = (samples: Int16Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

/** Records as libbcg729's program has them. */
function encode(samples: Int16Array): Buffer {
  const encoder = new FrameEncoder({ pauses: true });
  const [parts, frame]: [Buffer[], Uint8Array] = [[], new Uint8Array(FRAME_BYTES)];
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    encoder.take(samples, at);
    const length = encoder.encode(frame, 0);
    parts.push(Buffer.of(length), Buffer.from(frame.subarray(0, length)));
  }
  return Buffer.concat(parts);
}

/** The length of each record. */
function lengthsOf(records: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < records.length; at += 1 + records[at]!) lengths.push(records[at]!);
  return lengths;
}

/** Frames by how two detectors agree on them. */
function compare(ours: readonly boolean[], theirs: readonly boolean[]): { readonly same: number; readonly hangover: number; readonly onlyOurs: number; readonly onlyTheirs: number } {
  const count = { same: 0, hangover: 0, onlyOurs: 0, onlyTheirs: 0 };
  let [since, continuous] = [0, true];
  ours.forEach((speaks, i) => {
    since = speaks ? 0 : since + 1;
    continuous = speaks || (continuous && theirs[i]!);
    if (speaks === theirs[i]) count.same += 1;
    else if (speaks) count.onlyOurs += 1;
    else if (continuous && since <= HANGOVER_FRAMES) count.hangover += 1;
    else count.onlyTheirs += 1;
  });
  return count;
}

t.test("G.729 B.3: who speaks when: libbcg729's detector agrees in 98 % of the frames, its hangover apart", { skip, timeout: 120_000 }, async (t) => {
  const middle = (speech.length >> 2) << 1;
  const raw = process.env["G729_SPEECH"] === "all" ? speech : Buffer.concat([speech.subarray(0, PART_BYTES), speech.subarray(middle, middle + PART_BYTES)]);
  const theirs = lengthsOf(new Bcg729(folder).encode(raw, true)).map((length) => length === FRAME_BYTES);
  const [said, encoder, activity] = [samplesOf(raw), new FrameEncoder(), new VoiceActivity()];
  const ours = theirs.map((_, frame) => {
    encoder.take(said, frame * FRAME_SAMPLES);
    return activity.push(encoder.analysis, encoder.sound);
  });
  t.ok(ours.length >= 30_000, `${(ours.length / 100).toFixed(0)} s`);
  const half = ours.length >> 1;
  const [clean, noisy, all] = [compare(ours.slice(0, half), theirs.slice(0, half)), compare(ours.slice(half), theirs.slice(half)), compare(ours, theirs)];
  for (const [name, { same, hangover, onlyOurs, onlyTheirs }] of [["clean", clean], ["noisy", noisy], ["all", all]] as const) {
    const frames = same + hangover + onlyOurs + onlyTheirs;
    const percent = (count: number): string => `${((100 * count) / frames).toFixed(2)} %`;
    const agreement = same / (frames - hangover);
    const row = `${name}: ${(100 * agreement).toFixed(2)} %; the same ${percent(same)}, only its hangover ${percent(hangover)}, only ours speech ${percent(onlyOurs)}, only theirs ${percent(onlyTheirs)}`;
    if (name === "all") t.ok(agreement >= 0.98, row);
    else t.comment(row);
  }
});

t.test("G.729 B.4: comfort noise of our telling, made by libbcg729: level and spectrum of what was said", { skip, timeout: 60_000 }, async (t) => {
  const peer = new Bcg729(folder);
  for (const colour of ["pinknoise", "whitenoise", "brownnoise"] as const) {
    const raw = makeNoise(folder, colour);
    const records = encode(samplesOf(raw));
    const lengths = lengthsOf(records);
    const pauses = lengths.filter((length) => length !== FRAME_BYTES).length;
    t.ok(pauses > 0.85 * lengths.length, `${colour}: ${pauses} of ${lengths.length} frames are a pause, told ${lengths.filter((length) => length === 2).length} times`);
    // From the first second on. What the filters at both ends take of the lowest band, they take of both.
    const [ours, theirs] = [samplesOf(peer.decode(records)).subarray(8000), samplesOf(peer.decode(peer.encode(raw, true))).subarray(8000)];
    const said = samplesOf(raw).subarray(8000);
    const [want, got, reference] = [bandLevelsDb(said), bandLevelsDb(ours), bandLevelsDb(theirs)];
    const off = got.map((level, band) => level - want[band]!).slice(1);
    const levelOff = levelDb(ours) - levelDb(theirs);
    t.ok(Math.abs(levelOff) < 1.5, `${colour}: level ${levelOff.toFixed(2)} dB from that of libbcg729's telling`);
    t.ok(off.every((band) => Math.abs(band) < 2), `${colour}: bands from 500 Hz on, dB from what was said: ${off.map((band) => band.toFixed(1)).join(", ")}; libbcg729's telling: ${reference.map((level, band) => (level - want[band]!).toFixed(1)).slice(1).join(", ")}`);
  }
});

t.test("G.729 Annex B: speech between pauses is as near to what was said as without pauses", { skip, timeout: 60_000 }, async (t) => {
  const peer = new Bcg729(folder);
  const said = samplesOf(speech.subarray(0, 60 * 16_000));
  const records = encode(said);
  const whole = new FrameEncoder();
  const all = Buffer.alloc(11 * Math.floor(said.length / FRAME_SAMPLES), FRAME_BYTES);
  for (let frame = 0; frame * 11 < all.length; frame++) {
    whole.take(said, frame * FRAME_SAMPLES);
    whole.encode(all, frame * 11 + 1);
  }
  const lengths = lengthsOf(records);
  const [withPauses, without] = [samplesOf(peer.decode(records)), samplesOf(peer.decode(all))];
  const snrDb = (heard: Int16Array): number => {
    let [power, error] = [0, 0];
    lengths.forEach((length, frame) => {
      if (length !== FRAME_BYTES) return;
      for (let n = frame * FRAME_SAMPLES; n < (frame + 1) * FRAME_SAMPLES; n++) {
        power += (said[n - 40] ?? 0) ** 2;
        error += ((said[n - 40] ?? 0) - heard[n]!) ** 2;
      }
    });
    return 10 * Math.log10(power / error);
  };
  const saved = lengths.filter((length) => length !== FRAME_BYTES).length / lengths.length;
  t.ok(snrDb(withPauses) > snrDb(without) - 0.2, `${snrDb(withPauses).toFixed(2)} dB, without pauses ${snrDb(without).toFixed(2)}; ${(100 * saved).toFixed(0)} % of the frames are pauses`);
});
