import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { missingLibrary } from "../g729/bcg729.js";
import { missingSpeech, speechFiles } from "../g729/speech.js";
import { findPeer, missingPeers } from "../peers.js";
import { startServer } from "../server-process.js";
import { loudestTone } from "../sound.js";
import { CODECS, openForeignCodecs, type ForeignCodec, type ForeignCodecName } from "./foreign-codec.js";
import { bandLikeness, findDelay } from "./likeness.js";
import { talkInTime } from "./phone-talk.js";
import type { RtpEnd } from "./rtp-end.js";

const RATE_HZ = 8000;
/** A second of tone, three of speech. */
const [TONE, LOOP] = [RATE_HZ, 4 * RATE_HZ];
const LOOPS = 3;
/** Held against what was said: one loop, wherever it begins. */
const WINDOW = LOOP;
const DELAY_MS_MAX = 400;
/** Coders of speech, behind which the wave is another one. */
const VOCODERS: readonly ForeignCodecName[] = ["opus", "G729"];
/** Behind none, one and two of them: the least likeness by bands and by wave, and how far a tone's level may be off, dB. */
const BOUNDS = [
  { bands: 0.9, wave: 0.98, toneDb: 0.5 },
  { bands: 0.9, wave: 0.8, toneDb: 2 },
  { bands: 0.85, wave: 0.7, toneDb: 2 },
] as const;

interface Voice {
  readonly frequencyHz: number;
  readonly level: number;
  readonly samples: Int16Array;
}

function makeVoice(language: "en" | "fr", { frequencyHz, level }: { readonly frequencyHz: number; readonly level: number }): Voice {
  const raw = execFileSync(findPeer("sox") ?? "sox", ["-R", ...speechFiles(language).slice(40, 70), "-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-", "silence", "1", "0.02", "1%", "-1", "0.1", "1%"], { maxBuffer: 1 << 26 });
  const samples = Int16Array.from({ length: LOOPS * LOOP }, (_, i) => {
    const [loop, at] = [Math.floor(i / LOOP), i % LOOP];
    if (at < TONE) return Math.round(32_767 * level * Math.sin((2 * Math.PI * frequencyHz * i) / RATE_HZ));
    return raw.readInt16LE(2 * (loop * (LOOP - TONE) + at - TONE));
  });
  return { frequencyHz, level, samples };
}

interface Heard {
  readonly voice: Voice;
  readonly delayMs: number;
  readonly correlation: number;
  readonly likeness: number;
  readonly toneHz: number;
  readonly toneOffDb: number;
  readonly lost: number;
}

/** What one end said, held against what the other one heard in the last whole loop of the call. */
function compare(codec: ForeignCodec, from: { readonly end: RtpEnd; readonly voice: Voice }, to: RtpEnd): Heard {
  const { payloads, fromMs } = to.heard();
  const samples = codec.decode(payloads);
  const start = samples.length - WINDOW - RATE_HZ / 4;
  const heard = samples.subarray(start, start + WINDOW);
  const at = Math.round((fromMs - from.end.sendsFromMs) * (RATE_HZ / 1000)) + start;
  const { delay, correlation } = findDelay(from.voice.samples, heard, { at, delayMax: (DELAY_MS_MAX * RATE_HZ) / 1000 });
  const first = at - delay;
  const said = from.voice.samples.subarray(first, first + WINDOW);
  // The middle of the tone that is whole in the window.
  const tone = (first % LOOP <= TONE / 4 ? 0 : LOOP - (first % LOOP)) + TONE / 4;
  const { frequencyHz, amplitude } = loudestTone({ rateHz: RATE_HZ, channels: [Float64Array.from(heard.subarray(tone, tone + TONE / 2), (sample) => sample / 32_768)] }, 0);
  return { voice: from.voice, delayMs: delay / 8, correlation, likeness: bandLikeness(said, heard), toneHz: frequencyHz, toneOffDb: 20 * Math.log10(amplitude / from.voice.level), lost: payloads.slice(-Math.ceil(WINDOW / 160)).filter((payload) => payload === undefined).length };
}

function check(t: Test, [said, heard]: readonly [ForeignCodecName, ForeignCodecName], found: Heard): void {
  const row = `${said} heard as ${heard}: ${found.delayMs.toFixed(0)} ms, ${found.toneHz} Hz ${found.toneOffDb.toFixed(2)} dB off, speech ${found.likeness.toFixed(3)} by bands, ${found.correlation.toFixed(3)} by wave`;
  const bounds = BOUNDS[[said, heard].filter((codec) => VOCODERS.includes(codec)).length]!;
  t.equal(found.lost, 0, `${row}: nothing lost`);
  t.ok(Math.abs(found.toneHz - found.voice.frequencyHz) <= 2 && Math.abs(found.toneOffDb) <= bounds.toneDb, `${row}: the tone`);
  t.ok(found.likeness >= bounds.bands && found.correlation >= bounds.wave, `${row}: the speech`);
  t.ok(found.delayMs >= 0 && found.delayMs <= 140, `${row}: the delay`);
}

const missing = missingPeers("sipp", "ffmpeg", "sox") || missingLibrary() || missingSpeech();
const all = process.env["CODEC_MATRIX"] === "all";
const pairs: readonly (readonly [ForeignCodecName, ForeignCodecName])[] = all ? CODECS.flatMap((a) => CODECS.map((b) => [a, b] as const)) : CODECS.map((a, i) => [a, CODECS[(i + 1) % CODECS.length]!] as const);

// A ring of six calls, in which each codec is once the caller's and once the agent's; all 36 with CODEC_MATRIX=all.
t.test("M01, M12: sipp calls sipp, each codec with each other, coded by others: tone and speech arrive whole, alike and in time", { skip: missing, timeout: 600_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-matrix-"));
  const server = await startServer({ env: { RINGWARD_MEDIA_CODECS: "PCMA,PCMU,G722,L16/16000,opus,G729" } });
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const codecs = openForeignCodecs(folder);
  const [patient, operator] = [makeVoice("en", { frequencyHz: 1004, level: 0.25 }), makeVoice("fr", { frequencyHz: 620, level: 0.125 })];
  for (const pair of pairs) {
    const [caller, agent] = [codecs[pair[0]], codecs[pair[1]]];
    const coded = [caller.encode(patient.samples), agent.encode(operator.samples)] as const;
    const ends = await talkInTime(t, server, { codecs: [caller, agent], coded });
    try {
      check(t, pair, compare(agent, { end: ends[0], voice: patient }, ends[1]));
      check(t, [pair[1], pair[0]], compare(caller, { end: ends[1], voice: operator }, ends[0]));
    } finally {
      for (const end of ends) end.close();
    }
  }
});
