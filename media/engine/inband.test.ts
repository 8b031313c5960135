import t from "tap";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { lawOf } from "../codec/g711.js";
import { DtmfDetector } from "../dsp/dtmf/dtmf-detector.js";
import { dtmfTones } from "../dsp/dtmf/dtmf-tones.js";
import { Tone } from "../dsp/tone.js";
import { Resampler } from "../dsp/resampler/resampler.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const bridge = "b1" as BridgeId;

/** A leg whose phone has no telephone-event. */
async function inbandCall(media: SimMedia, name: string, address: string, codec: AudioCodecName): Promise<SimPhone> {
  const { phone } = await media.call(name, address, { codec });
  const { dtmfPayloadType: _none, ...settings } = media.settings(phone);
  media.engine.send({ type: "leg.media", leg: leg(name), settings });
  return phone;
}

async function press(media: SimMedia, phone: SimPhone, keys: string, onMs = 80): Promise<void> {
  const before = phone.tone;
  for (const key of keys) {
    phone.tone = new Tone({ frequenciesHz: dtmfTones(key)!, levelDbm0: -9, rateHz: phone.coder.sampleRateHz });
    await media.clock.runMs(onMs);
    phone.tone = before;
    await media.clock.runMs(100);
  }
  await media.clock.runMs(200);
}

/** Keys that sound in what a phone heard, and how long the tones of `key` last. */
function keysIn(sound: Int16Array, rateHz: 8000 | 16_000): string {
  const detector = new DtmfDetector();
  const narrow = new Int16Array(160);
  const resampler = rateHz === 8000 ? undefined : new Resampler(rateHz, 8000);
  let keys = "";
  for (let at = 0; at + rateHz / 50 <= sound.length; at += rateHz / 50) {
    const frame = sound.subarray(at, at + rateHz / 50);
    resampler?.push(frame, narrow);
    keys += detector.push(resampler === undefined ? frame : narrow) ?? "";
  }
  return keys;
}

const EVENTS = (phone: SimPhone): string => {
  const starts = phone.heard.filter(({ payloadType, marker }) => payloadType === 101 && marker);
  return starts.map(({ payload }) => "0123456789*#ABCD"[payload[0]!]).join("");
};

for (const codec of ["PCMA", "PCMU", "G722", "L16/16000", "G729"] as const)
  t.test(`R07: ${codec} without telephone-event: keys are heard as tones, each once, passed on as events, and no tone with them`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const caller = await inbandCall(media, "a", "10.0.0.2", codec);
    await press(media, caller, "1234567890*#ABCD");
    t.equal(media.eventsOf("dtmf").map(({ digit }) => digit).join(""), "1234567890*#ABCD", "alone");
    const { phone: agent } = await media.call("b", "10.0.0.3", { codec: "PCMA" });
    media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
    media.engine.send({ type: "record.start", leg: leg("a"), recording: "recording-a" as RecordingId });
    caller.sing(440, -20);
    await media.clock.runMs(500);
    const fromMs = media.clock.monoMs();
    await press(media, caller, "159#");
    t.equal(media.eventsOf("dtmf").map(({ digit }) => digit).join("").slice(16), "159#", "bridged");
    t.equal(EVENTS(agent), "159#");
    const heard = agent.sound(fromMs);
    t.equal(keysIn(heard, 8000), "", "no tone beside the events");
    // Of -9 dBm0 a peak of 11,000 twice; of the 440 Hz under it 2,900.
    t.ok(heard.every((sample) => Math.abs(sample) < 4500), `no piece of a tone either: ${Math.max(...heard.map(Math.abs))}`);
    await media.engine.close();
    await media.clock.runMs(0);
    const { codec: law, bytes } = (await media.recordings.read("recording-a" as RecordingId))!;
    t.equal(keysIn(Int16Array.from(bytes, (byte) => lawOf(law).decode[byte]!), 8000), "", "nor in the recording");
    t.same(media.faults, []);
  });

t.test("R07: a key by event goes to a far side without events as a tone; between two without, the tone itself passes", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const { phone: caller } = await media.call("a", "10.0.0.2", { codec: "PCMA" });
  const agent = await inbandCall(media, "b", "10.0.0.3", "PCMA");
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(300);
  caller.press("42");
  await media.clock.runMs(1000);
  t.equal(keysIn(agent.sound(), 8000), "42");
  media.engine.send({ type: "dtmf.send", leg: leg("b"), digits: "78", durationMs: 100 });
  await media.clock.runMs(1000);
  t.equal(keysIn(agent.sound(), 8000), "4278");
  const other = await inbandCall(media, "c", "10.0.0.4", "PCMA");
  media.engine.send({ type: "bridge", bridge, legs: [leg("c"), leg("b")] });
  await media.clock.runMs(300);
  const fromMs = media.clock.monoMs();
  await press(media, other, "63");
  t.equal(keysIn(agent.sound(fromMs), 8000), "63", "once, as it came");
  t.same(media.eventsOf("dtmf").filter((event) => event.leg === "c").map(({ digit }) => digit), ["6", "3"]);
  media.engine.send({ type: "dtmf.send", leg: leg("b"), digits: "7x", durationMs: 100 });
  t.equal(media.engine.snapshot().commandsIgnored, 1, "no key is sent where one is none");
  await media.engine.close();
});

t.test("R07: without telephone-event speech-like sound and single tones are no keys, and a secret key is told to nobody", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const caller = await inbandCall(media, "a", "10.0.0.2", "PCMA");
  for (const frequencyHz of [697, 941, 1209, 1633, 440]) {
    caller.sing(frequencyHz, -6);
    await media.clock.runMs(300);
  }
  t.same(media.eventsOf("dtmf"), []);
  const { phone: agent } = await media.call("b", "10.0.0.3");
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  media.engine.send({ type: "record.mask", leg: leg("a"), on: true });
  caller.tone = undefined;
  await media.clock.runMs(200);
  await press(media, caller, "99");
  t.equal(media.eventsOf("dtmf").length, 2);
  t.same([EVENTS(agent), keysIn(agent.sound(), 8000)], ["", ""]);
  await media.engine.close();
});
