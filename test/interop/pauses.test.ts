import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { payloadsOf, writeNoiseFile } from "./ffmpeg-noise.js";
import { missingLibrary } from "./g729/bcg729.js";
import { bandLevelsDb, missingSpeech } from "./g729/speech.js";
import { openForeignCodecs, type ForeignCodec } from "./matrix/foreign-codec.js";
import { talkInTime } from "./matrix/phone-talk.js";
import { PACKET_MS, type NoisePacket, type RtpEnd } from "./matrix/rtp-end.js";
import { missingPeers } from "./peers.js";
import { makeRoom, type RoomName } from "./rooms.js";
import { startServer } from "./server-process.js";
import { loudestTone } from "./sound.js";

const RATE_HZ = 8000;
const ROOM_SECONDS = 10;
const TONE = { frequencyHz: 1004, level: 0.25 };
/** A second of tone, three of pause, tone. */
const [PAUSE_MS, TONE_AGAIN_MS, SAID_MS] = [1000, 4000, 12_000];
/** Noise is told at once and then each so many packets. */
const TOLD_PACKETS = 20;
/** What ffmpeg makes a packet of, in our packets. */
const NOISE_PACKETS = 4;
/** The pause as the other phone hears it, behind at most 200 ms of delay. */
const [HEARD_FROM_MS, HEARD_MS] = [PAUSE_MS + 300, 2600];

/** 500 Hz each. The resamplers between 8000 and 16,000 Hz, ours and ffmpeg's, pass sound up to 3400 Hz: the last one is softer. */
const BAND_DB = [2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 6] as const;

type Said = readonly (Uint8Array | NoisePacket | undefined)[];

interface Caller {
  readonly codec: ForeignCodec;
  readonly room: Int16Array;
  readonly said: Said;
}

const withNoise = (codec: ForeignCodec): ForeignCodec => ({ ...codec, moreTypes: " 13", moreSdp: "rtpmap:13 CN/8000" });
const rmsDb = (samples: Int16Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const noisesIn = (said: Said): Uint8Array[] => said.flatMap((packet) => (packet !== undefined && "noise" in packet ? [packet.noise] : []));

/** Somebody whose pauses ffmpeg tells of, in a room. */
function makeCaller(folder: string, foreign: ForeignCodec, name: RoomName): Caller {
  const codec = withNoise(foreign);
  const raw = makeRoom(folder, name, ROOM_SECONDS);
  const bytes = readFileSync(raw);
  const told = payloadsOf(writeNoiseFile(raw));
  const tone = Int16Array.from({ length: (SAID_MS * RATE_HZ) / 1000 }, (_, i) => Math.round(32_767 * TONE.level * Math.sin((2 * Math.PI * TONE.frequencyHz * i) / RATE_HZ)));
  const said = codec.encode(tone).map((payload, n) => {
    const inPause = n - PAUSE_MS / PACKET_MS;
    if (inPause < 0 || n >= TONE_AGAIN_MS / PACKET_MS) return payload;
    return inPause % TOLD_PACKETS === 0 ? { noise: told[inPause / NOISE_PACKETS]! } : undefined;
  });
  return { codec, room: Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i)), said };
}

function checkToneAgain(t: Test, title: string, samples: Int16Array): void {
  const { frequencyHz, amplitude } = loudestTone({ rateHz: RATE_HZ, channels: [Float64Array.from(samples, (sample) => sample / 32_768)] }, 0, { lastMs: 800 });
  t.ok(Math.abs(frequencyHz - TONE.frequencyHz) <= 2 && Math.abs(20 * Math.log10(amplitude / TONE.level)) <= 0.5, `${title}: after the pause, ${frequencyHz} Hz at ${amplitude.toFixed(3)}`);
}

/** The far phone agreed to noise too, but has another codec: what it hears is sound in every packet. */
function checkSound(t: Test, title: string, { caller, from, to }: { readonly caller: Caller; readonly from: RtpEnd; readonly to: readonly [ForeignCodec, RtpEnd] }): void {
  const [codec, end] = to;
  const { payloads, fromMs } = end.heard();
  const samples = codec.decode(payloads);
  const start = Math.round(((from.sendsFromMs + HEARD_FROM_MS - fromMs) * RATE_HZ) / 1000);
  const pause = samples.subarray(start, start + (HEARD_MS * RATE_HZ) / 1000);
  const [heard, room] = [bandLevelsDb(pause), bandLevelsDb(caller.room)];
  const bands = heard.map((level, band) => level - room[band]!);
  const offDb = rmsDb(pause) - rmsDb(caller.room);
  t.ok(Math.abs(offDb) < 2, `${title}: its level, ${offDb.toFixed(2)} dB off`);
  t.ok(bands.every((band, i) => Math.abs(band) < BAND_DB[i]!), `${title}: its bands, ${bands.map((band) => band.toFixed(1)).join(", ")} dB off`);
  t.equal(payloads.filter((payload) => payload === undefined).length, 0, `${title}: every packet came`);
  checkToneAgain(t, title, samples);
}

const missing = missingPeers("sipp", "ffmpeg", "sox") || missingLibrary() || missingSpeech();

t.test("RFC 3389: sipp calls sipp, both with pauses that ffmpeg tells of, in rooms", { skip: missing, timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-pauses-"));
  const server = await startServer({ env: { RINGWARD_MEDIA_CODECS: "PCMA,PCMU,G722,L16/16000,opus,G729" } });
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const codecs = openForeignCodecs(folder);
  const patient = makeCaller(folder, codecs.PCMA, "waiting room");
  const operator = makeCaller(folder, codecs.G722, "computers");
  const colleague = makeCaller(folder, codecs.PCMA, "computers");

  const apart = await talkInTime(t, server, { codecs: [patient.codec, operator.codec], coded: [patient.said, operator.said] });
  try {
    checkSound(t, "a waiting room on PCMA heard on G722", { caller: patient, from: apart[0], to: [operator.codec, apart[1]] });
    checkSound(t, "computers on G722 heard on PCMA", { caller: operator, from: apart[1], to: [patient.codec, apart[0]] });
  } finally {
    for (const end of apart) end.close();
  }

  const alike = await talkInTime(t, server, { codecs: [patient.codec, colleague.codec], coded: [patient.said, colleague.said] });
  try {
    for (const [title, said, end] of [
      ["a waiting room", patient, alike[1]],
      ["computers", colleague, alike[0]],
    ] as const) {
      const { payloads, noises } = end.heard();
      t.same(noises.map((noise) => [...noise]), noisesIn(said.said).map((noise) => [...noise]), `${title} between two of PCMA: the noise is passed on as it was told`);
      checkToneAgain(t, `${title} between two of PCMA`, patient.codec.decode(payloads.filter((payload) => payload !== undefined)));
    }
  } finally {
    for (const end of alike) end.close();
  }
});
