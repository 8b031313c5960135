import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { FRAME_BYTES } from "../../../media/codec/g729/bitstream.js";
import { FRAME_SAMPLES } from "../../../media/codec/g729/frame-decoder.js";
import { FrameEncoder } from "../../../media/codec/g729/frame-encoder.js";
import { LpAnalysis } from "../../../media/codec/g729/lp-analysis.js";
import { VoiceActivity } from "../../../media/codec/g729/voice-activity.js";
import { missingPeers } from "../peers.js";
import { Bcg729, missingLibrary } from "./bcg729.js";
import { bandLevelsDb, makeNoise, makeSpeech, missingSpeech, mix, readAloud, withPauses } from "./speech.js";

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

interface Agreement {
  readonly frames: number;
  /** Shares of all frames. */
  readonly same: number;
  readonly onlyOurs: number;
  readonly onlyTheirs: number;
}

/** Of each frame whether somebody speaks, by our detector and by the library. */
function decide(raw: Buffer): { readonly ours: readonly boolean[]; readonly theirs: readonly boolean[] } {
  const theirs = lengthsOf(new Bcg729(folder).encode(raw, true)).map((length) => length === FRAME_BYTES);
  const [said, encoder, analysis, activity] = [samplesOf(raw), new FrameEncoder(), new LpAnalysis(), new VoiceActivity()];
  const ours = theirs.map((_, frame) => {
    encoder.take(said, frame * FRAME_SAMPLES);
    analysis.analyse(encoder.sound);
    return activity.push(analysis, encoder.sound);
  });
  return { ours, theirs };
}

/** How the two agree from one frame to before another. */
function agreement({ ours, theirs }: ReturnType<typeof decide>, from: number, to: number): Agreement {
  const share = (holds: (frame: number) => boolean): number => ours.slice(from, to).filter((_, i) => holds(from + i)).length / (Math.min(to, ours.length) - from);
  return { frames: Math.min(to, ours.length) - from, same: share((i) => ours[i] === theirs[i]), onlyOurs: share((i) => ours[i]! && !theirs[i]!), onlyTheirs: share((i) => !ours[i]! && theirs[i]!) };
}

/** A frame of a word is at least so loud, dB of samples; a pause begins so many frames after the last of them. */
const WORD_DB = 40;
const PAUSE_AFTER = 20;

interface Errors {
  readonly missed: number;
  readonly falseAlarms: number;
}

/** Shares of the frames with words, and of those of pauses. The analysis looks 5 ms ahead, and a frame may hold the edge of a word: one either side is let off. */
function errors(speaks: readonly boolean[], loud: readonly boolean[]): Errors {
  const [words, pauses] = [[0, 0], [0, 0]] as [[number, number], [number, number]];
  let since = PAUSE_AFTER;
  loud.forEach((word, i) => {
    since = word ? 0 : since + 1;
    if (word && loud[i - 1] === true && loud[i + 1] === true) {
      words[0] += 1;
      if (!speaks[i]!) words[1] += 1;
    } else if (since > PAUSE_AFTER && loud[i + 1] !== true && i > FIRST_FRAMES) {
      pauses[0] += 1;
      if (speaks[i]!) pauses[1] += 1;
    }
  });
  return { missed: words[1] / words[0], falseAlarms: pauses[1] / pauses[0] };
}

/** In which the noise is learnt. */
const FIRST_FRAMES = 32;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const row = ({ same, onlyOurs, onlyTheirs }: Agreement): string => `the same ${percent(same)}, only ours speech ${percent(onlyOurs)}, only theirs ${percent(onlyTheirs)}`;

t.test("G.729 B.3: who speaks when: libbcg729's detector agrees in 98 % of the frames, clean and noisy", { skip, timeout: 120_000 }, async (t) => {
  const middle = (speech.length >> 2) << 1;
  const raw = process.env["G729_SPEECH"] === "all" ? speech : Buffer.concat([speech.subarray(0, PART_BYTES), speech.subarray(middle, middle + PART_BYTES)]);
  const half = raw.length >> 1;
  const frames = Math.floor(half / 2 / FRAME_SAMPLES);
  const decided = decide(raw);
  for (const [name, part] of [["clean", agreement(decided, 0, frames)], ["noisy", agreement(decided, frames, Infinity)]] as const) t.ok(part.same >= 0.98, `${name}, ${(part.frames / 100).toFixed(0)} s: ${row(part)}`);
});

// Voices and words on which nothing was tuned, half a second before the first and a pause of 2.5 s after every 3 s. Where it is
// known who speaks, a detector is held against that: the library takes much steady noise for speech.
t.test("G.729 B.3: voices in noise, and pauses: no more words missed than libbcg729 misses, no more noise taken for speech", { skip, timeout: 120_000 }, async (t) => {
  const spoken = [
    ["de", "Guten Tag, hier ist das Krankenhaus. Bitte halten Sie Ihre Versichertenkarte bereit. Für einen Termin drücken Sie die Eins, für Befunde die Zwei, für Beschwerden die Drei."],
    ["es", "Buenos días, ha llamado al hospital. Si quiere pedir una cita, pulse uno; para conocer sus resultados, pulse dos; para hablar con un operador, espere por favor."],
  ] as const;
  const clean = Buffer.concat([Buffer.alloc(8000), ...spoken.flatMap(([voice, text]) => withPauses(readAloud(folder, voice, text)))]);
  const said = samplesOf(clean);
  const loud = Array.from({ length: Math.floor(said.length / FRAME_SAMPLES) }, (_, frame) => levelDb(said.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)) > WORD_DB);
  for (const { name, noise } of [
    { name: "clean", noise: undefined },
    { name: "white noise", noise: "whitenoise" },
    { name: "pink noise", noise: "pinknoise" },
    { name: "brown noise", noise: "brownnoise" },
  ] as const) {
    const { ours, theirs } = decide(noise === undefined ? clean : mix(clean, makeNoise(folder, noise, 0.02)));
    const [we, they] = [ours, theirs].map((speaks) => errors(speaks, loud)) as [Errors, Errors];
    t.ok(we.missed <= they.missed + 0.005 && we.falseAlarms <= they.falseAlarms + 0.01, `${name}: of words missed ${percent(we.missed)}, libbcg729 ${percent(they.missed)}; of pauses taken for speech ${percent(we.falseAlarms)}, libbcg729 ${percent(they.falseAlarms)}`);
  }
});

t.test("G.729 B.4: comfort noise of our telling, made by libbcg729: level and spectrum of what was said", { skip, timeout: 60_000 }, async (t) => {
  const peer = new Bcg729(folder);
  for (const colour of ["pinknoise", "whitenoise", "brownnoise"] as const) {
    const raw = makeNoise(folder, colour);
    const records = encode(samplesOf(raw));
    const lengths = lengthsOf(records);
    const pauses = lengths.filter((length) => length !== FRAME_BYTES).length;
    // Of brown noise the library finds a fifth only.
    t.ok(pauses > (colour === "brownnoise" ? 0.7 : 0.85) * lengths.length, `${colour}: ${pauses} of ${lengths.length} frames are a pause, told ${lengths.filter((length) => length === 2).length} times`);
    // From the first second on. What the filters at both ends take of the lowest band, they take of both.
    const [ours, theirs] = [samplesOf(peer.decode(records)).subarray(8000), samplesOf(peer.decode(peer.encode(raw, true))).subarray(8000)];
    const said = samplesOf(raw).subarray(8000);
    const [want, got, reference] = [bandLevelsDb(said), bandLevelsDb(ours), bandLevelsDb(theirs)];
    const [off, theirOff] = [got, reference].map((levels) => levels.map((level, band) => level - want[band]!).slice(1)) as [number[], number[]];
    const levelOff = levelDb(ours) - levelDb(theirs);
    t.ok(Math.abs(levelOff) < 1.5, `${colour}: level ${levelOff.toFixed(2)} dB from that of libbcg729's telling`);
    // A fifth of brown noise is coded as sound, which either encoder makes duller.
    t.ok(off.every((band, i) => Math.abs(band) < Math.max(2, Math.abs(theirOff[i]!) - 1)), `${colour}: bands from 500 Hz on, dB from what was said: ${off.map((band) => band.toFixed(1)).join(", ")}; libbcg729's telling: ${theirOff.map((band) => band.toFixed(1)).join(", ")}`);
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
