import t, { type Test } from "tap";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { openCatalog } from "../codec/open-catalog.js";
import { lawOf } from "../codec/g711.js";
import { dtmfTones } from "../dsp/dtmf/dtmf-tones.js";
import { peakAt } from "../dsp/goertzel.js";
import { dbm0OfPeak } from "../dsp/level.js";
import { Tone } from "../dsp/tone.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const { codecs } = await openCatalog();
const bridge = "b1" as BridgeId;
const recording = "r1" as RecordingId;
const KEYS = "159#4D";
const LEVEL_DBM0 = -9;

/** The loudest 10 ms of any key's tones that is heard, in dB beside the tone as it was pressed, and how many ms are above -30 dB. */
function left(sound: Int16Array, rateHz: number, keys: string): { readonly db: number; readonly ms: number } {
  const length = rateHz / 100;
  const peaks: number[] = [];
  for (let at = 0; at + length <= sound.length; at += length / 2) {
    const block = sound.subarray(at, at + length);
    peaks.push(Math.max(...[...keys].flatMap((key) => dtmfTones(key)!.map((hz) => peakAt(block, rateHz, hz)))));
  }
  const dbs = peaks.map((peak) => dbm0OfPeak(peak) - LEVEL_DBM0);
  return { db: Math.max(...dbs), ms: 5 * dbs.filter((db) => db > -30).length };
}

/** Presses each key as a tone; where `eventMs` is told, an event takes the tone's place after so long. */
async function press(media: SimMedia, phone: SimPhone, keys: string, { onMs, eventMs }: { readonly onMs: number; readonly eventMs?: number }): Promise<void> {
  for (const key of keys) {
    phone.tone = new Tone({ frequenciesHz: dtmfTones(key)!, levelDbm0: LEVEL_DBM0, rateHz: phone.coder.sampleRateHz });
    await media.clock.runMs(eventMs ?? onMs);
    if (eventMs !== undefined) phone.press(key, 100);
    phone.tone = undefined;
    // Pauses are no multiple of a frame: each key falls otherwise.
    await media.clock.runMs(237);
  }
  await media.clock.runMs(400);
}

async function recorded(media: SimMedia): Promise<Int16Array> {
  media.engine.send({ type: "record.stop", leg: leg("a"), recording });
  await media.clock.runMs(0);
  const { codec, bytes } = (await media.recordings.read(recording))!;
  return Int16Array.from(bytes, (byte) => lawOf(codec).decode[byte]!);
}

interface Row {
  readonly name: string;
  readonly byEvent: boolean;
  readonly onMs: number;
  readonly eventMs?: number;
}

const ROWS: readonly Row[] = [
  { name: "as tones alone, of 60 ms", byEvent: false, onMs: 60 },
  { name: "as tones alone, of 120 ms", byEvent: false, onMs: 120 },
  { name: "by events, each behind 20 ms of its tone", byEvent: true, onMs: 20, eventMs: 20 },
  { name: "by events, each behind 40 ms of its tone", byEvent: true, onMs: 40, eventMs: 40 },
  { name: "by events, each behind 60 ms of its tone", byEvent: true, onMs: 60, eventMs: 60 },
];

function check(t: Test, sound: Int16Array, rateHz: number, where: string): void {
  const { db, ms } = left(sound, rateHz, KEYS);
  t.ok(db <= -40, `${where}: ${db.toFixed(1)} dB of the tones are left, ${ms} ms above -30 dB`);
}

for (const codec of ["PCMA", "G722", "G729", "opus"] as const satisfies readonly AudioCodecName[])
  for (const { name, byEvent, ...pressed } of ROWS)
    t.test(`R07: ${codec}, keys ${name}: taken out where asked, from the recording and for the other side, and each told once`, { skip: codecs(codec, "") === undefined }, async (t) => {
      const media = new SimMedia({ createSha256: createSystemSha256, codecs });
      const coder = codecs(codec, "")!;
      const [caller, agent] = [await media.call("a", "10.0.0.2", { codec, coder }), await media.call("b", "10.0.0.3", { codec, coder })];
      const { dtmfPayloadType: _none, ...byTone } = media.settings(caller.phone);
      for (const [one, { phone }] of [["a", caller], ["b", agent]] as const) media.engine.send({ type: "leg.media", leg: leg(one), settings: byEvent ? media.settings(phone) : { ...byTone, remote: phone.local, expectAddress: phone.local.address } });
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      media.engine.send({ type: "record.start", leg: leg("a"), recording });
      await media.clock.runMs(500);
      media.engine.send({ type: "shape", leg: leg("a"), shape: { removeKeys: true } });
      await media.clock.runMs(500);
      const fromMs = media.clock.monoMs();
      await press(media, caller.phone, KEYS, pressed);
      t.equal(media.eventsOf("dtmf").map(({ digit }) => digit).join(""), KEYS);
      check(t, agent.phone.sound(fromMs), coder.sampleRateHz, "the other side");
      check(t, await recorded(media), 8000, "the recording");
      await media.engine.close();
      t.same(media.faults, []);
    });
