import t, { type Test } from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { lawOf } from "../codec/g711.js";
import { Tone } from "../dsp/tone.js";
import { LevelMeter } from "../dsp/voice/level-meter.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, CodecName, PlayId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const [bridge, play, recording] = ["b1" as BridgeId, "p1" as PlayId, "recording-a" as RecordingId];
/** -50 dBov, which is -43.9 dBm0, lower frequencies louder. */
const NOISE = Uint8Array.of(50, 100, 127, 110);
const NOISE_DBM0 = -50 + 6.15;

const levelOf = (samples: Int16Array): number => {
  const meter = new LevelMeter();
  meter.push(samples);
  return meter.read().rmsDbm0;
};

/** A call whose offer/answer took comfort noise, or did not. */
async function call(media: SimMedia, name: string, address: string, { codec = "PCMA" as CodecName, noise = true, dtx = false, noisePayloadType = 13 } = {}): Promise<{ readonly phone: SimPhone; readonly at: { readonly address: string; readonly port: number } }> {
  const { phone, at } = await media.call(name, address, { codec });
  media.engine.send({ type: "leg.media", leg: leg(name), settings: media.settings(phone, { ...(noise ? { noisePayloadType } : {}), dtx }) });
  return { phone, at };
}

const bridged = (media: SimMedia): void => media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });

/** Nothing was lost, late or unknown, and nobody says that the line is dead. */
async function checkCounters(t: Test, media: SimMedia): Promise<void> {
  t.same(media.eventsOf("media.silent"), []);
  await media.engine.close();
  t.same(media.eventsOf("leg.closed").map(({ counters }) => [counters.lost, counters.late, counters.overflow, counters.unexpectedType, counters.malformed]), media.eventsOf("leg.closed").map(() => [0, 0, 0, 0, 0]));
  t.same(media.faults, []);
}

for (const codec of ["PCMA", "PCMU", "G722", "L16/8000", "L16/16000"] as const)
  t.test(`RFC 3389: ${codec}: a pause of 10 s is heard and recorded as noise at its level within 1 dB, and ends with the next packet`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const noisePayloadType = codec === "L16/16000" ? 99 : 13;
    const caller = await call(media, "a", "10.0.0.2", { codec, noisePayloadType });
    // Half the noise of 16 kHz is above the telephone's band.
    const isWide = codec === "L16/16000";
    const agent = await call(media, "b", "10.0.0.3", { codec: isWide ? codec : "PCMU", noise: false });
    bridged(media);
    media.engine.send({ type: "record.start", leg: leg("a"), recording });
    caller.phone.sing(440, -10);
    await media.clock.runMs(1000);
    caller.phone.pause(caller.at, NOISE, noisePayloadType);
    const pausedMs = media.clock.monoMs();
    await media.clock.runMs(10_000);
    caller.phone.hush(10_000);
    caller.phone.talk(caller.at);
    await media.clock.runMs(500);
    const sound = agent.phone.sound(pausedMs + 400);
    const levels = Array.from({ length: 9 }, (_, i) => levelOf(sound.subarray(agent.phone.coder.sampleRateHz * i, agent.phone.coder.sampleRateHz * (i + 1))));
    t.ok(levels.every((level) => Math.abs(level - NOISE_DBM0) < 1), `each second: ${levels.map((level) => level.toFixed(1)).join(", ")} dBm0, told ${NOISE_DBM0}`);
    t.ok(levelOf(sound.subarray(-1600)) > -11, "and then the tone again");
    media.engine.send({ type: "record.stop", leg: leg("a"), recording });
    await media.clock.runMs(0);
    const { codec: law, bytes } = (await media.recordings.read(recording))!;
    const level = levelOf(Int16Array.from(bytes.subarray(12_000, 76_000), (byte) => lawOf(law).decode[byte]!));
    t.ok(Math.abs(level - NOISE_DBM0) < (isWide ? 3 : 1), `the recording: ${level.toFixed(1)}`);
    await checkCounters(t, media);
  });

t.test("RFC 3389: a recording of G.711 alone, without anybody else, has the noise", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const caller = await call(media, "a", "10.0.0.2");
  media.engine.send({ type: "record.start", leg: leg("a"), recording });
  await media.clock.runMs(500);
  caller.phone.pause(caller.at, NOISE);
  await media.clock.runMs(4000);
  media.engine.send({ type: "record.stop", leg: leg("a"), recording });
  await media.clock.runMs(0);
  const { codec, bytes } = (await media.recordings.read(recording))!;
  const level = levelOf(Int16Array.from(bytes.subarray(6000, 32_000), (byte) => lawOf(codec).decode[byte]!));
  t.ok(Math.abs(level - NOISE_DBM0) < 1, level.toFixed(1));
  await checkCounters(t, media);
});

t.test("RFC 3389: a relayed pair that took it both: its packets pass, and nothing of ours fills the pause", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const [caller, agent] = [await call(media, "a", "10.0.0.2"), await call(media, "b", "10.0.0.3")];
  bridged(media);
  await media.clock.runMs(500);
  caller.phone.pause(caller.at, NOISE);
  await media.clock.runMs(50);
  const before = agent.phone.heard.length;
  const noise = agent.phone.heard.at(-1)!;
  t.same([noise.payloadType, noise.marker, noise.payload], [13, false, NOISE]);
  await media.clock.runMs(5000);
  t.equal(agent.phone.heard.length, before, "nothing follows");
  caller.phone.hush(5050);
  caller.phone.talk(caller.at);
  await media.clock.runMs(100);
  const next = agent.phone.heard[before]!;
  t.equal(next.payloadType, 8);
  t.equal((next.rtpTime - noise.rtpTime) | 0, 5050 * 8, "the pause keeps its length");
  // Something else is heard meanwhile: then the pause is told again.
  caller.phone.pause(caller.at, NOISE);
  await media.clock.runMs(50);
  media.engine.send({ type: "play", leg: leg("b"), play, items: [{ kind: "tone", frequenciesHz: [700], levelDbm0: -15, durationMs: 500 }], bargeIn: false, repeat: false });
  await media.clock.runMs(1500);
  const last = agent.phone.heard.at(-1)!;
  t.same([last.payloadType, last.payload], [13, NOISE]);
  t.equal(agent.phone.heard.filter(({ payloadType, atMs }) => payloadType === 13 && atMs > media.clock.monoMs() - 1400).length, 1);
  await checkCounters(t, media);
});

t.test("RFC 3389: to a side that did not take it the noise goes as sound, from its first packet on", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const [caller, agent] = [await call(media, "a", "10.0.0.2"), await call(media, "b", "10.0.0.3", { noise: false })];
  bridged(media);
  await media.clock.runMs(500);
  const relayed = agent.phone.heard.length;
  caller.phone.pause(caller.at, NOISE);
  const pausedMs = media.clock.monoMs();
  await media.clock.runMs(3000);
  t.same(new Set(agent.phone.heard.map(({ payloadType }) => payloadType)), new Set([8]), "no packet of another type");
  t.ok(agent.phone.heard.length - relayed >= 148, `${agent.phone.heard.length - relayed} packets`);
  const level = levelOf(agent.phone.sound(pausedMs + 200));
  t.ok(Math.abs(level - NOISE_DBM0) < 1, level.toFixed(1));
  await checkCounters(t, media);
});

t.test("RFC 3389: not agreed, it is an unexpected type and nothing more", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const caller = await call(media, "a", "10.0.0.2", { noise: false });
  await media.clock.runMs(200);
  caller.phone.pause(caller.at, NOISE);
  await media.clock.runMs(3500);
  t.equal(media.eventsOf("media.silent").length, 1);
  await media.engine.close();
  t.equal(media.eventsOf("leg.closed")[0]!.counters.unexpectedType, 1);
});

t.test("RFC 3389: a phone that never comes back from its pause is told after a minute", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const caller = await call(media, "a", "10.0.0.2");
  await media.clock.runMs(200);
  caller.phone.pause(caller.at, NOISE);
  await media.clock.runMs(59_000);
  t.equal(media.eventsOf("media.silent").length, 0);
  await media.clock.runMs(2000);
  t.equal(media.eventsOf("media.silent").length, 1);
  await media.engine.close();
});

for (const [codec, payload, payloadType] of [["PCMA", NOISE, 13], ["G729", Uint8Array.of(0x34, 0x9c), 18]] as const)
  t.test(`RFC 3389, G.729 Annex B: a ${codec} leg that goes to another worker in a pause goes on with its noise`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const next = new SimMedia({ createSha256: createSystemSha256, beside: media });
    const caller = await call(media, "a", "10.0.0.2", { codec, noise: codec === "PCMA" });
    await media.clock.runMs(300);
    caller.phone.pause(caller.at, payload, payloadType);
    await media.clock.runMs(500);
    await media.move("a", next, { latencyMs: 5 });
    const agent = await call(next, "b", "10.0.0.3", { codec: "PCMU", noise: false });
    bridged(next);
    const fromMs = media.clock.monoMs();
    await media.clock.runMs(3000);
    const level = levelOf(agent.phone.sound(fromMs + 200));
    t.ok(codec === "PCMA" ? Math.abs(level - NOISE_DBM0) < 1 : level > -50 && level < -30, level.toFixed(1));
    await next.engine.close();
    await media.engine.close();
    t.same([media.faults, next.faults], [[], []]);
  });

/** A voice's stand-in: syllables of changing pitch, and noise all the time. */
class Talker extends Tone {
  readonly #random = new SimRandom(5);
  #at = 0;

  constructor() {
    super({ frequenciesHz: [220, 700], levelDbm0: -18, rateHz: 8000 });
  }

  override fill(out: Int16Array, from: number, to: number): void {
    super.fill(out, from, to);
    for (let i = from; i < to; i++, this.#at++) {
      const second = Math.floor(this.#at / 8000);
      const syllable = Math.sin((2 * Math.PI * 4 * this.#at) / 8000) > -0.5 ? 1 : 0;
      // Two seconds of speech, three of pause.
      out[i] = out[i]! * (second % 5 < 2 ? syllable : 0) + 200 * (this.#random.next() - 0.5);
    }
  }
}

for (const codec of ["PCMA", "PCMU"] as const)
  t.test(`DTX, ${codec}: what we say is sent while somebody speaks, pauses are told as noise of the same level, no syllable lost`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const caller = await call(media, "a", "10.0.0.2", { codec: "L16/8000", noise: false });
    const agent = await call(media, "b", "10.0.0.3", { codec, dtx: true });
    caller.phone.tone = new Talker();
    bridged(media);
    const fromMs = media.clock.monoMs();
    await media.clock.runMs(20_000);
    const heard = agent.phone.heard.filter(({ atMs }) => atMs >= fromMs);
    const [sound, noise] = [heard.filter(({ payloadType }) => payloadType !== 13), heard.filter(({ payloadType }) => payloadType === 13)];
    t.ok(sound.length > 400 && sound.length < 560, `${sound.length} packets of sound in 20 s, of which 8 of speech`);
    t.ok(noise.length >= 20 && noise.length <= 60, `${noise.length} of noise`);
    const wantDbov = 20 * Math.log10(200 / Math.sqrt(12) / 32_768);
    const told = noise.slice(4).map(({ payload }) => -payload[0]!);
    t.ok(told.every((db) => Math.abs(db - wantDbov) <= 1.5), `told ${told.join(" ")}, is ${wantDbov.toFixed(1)}`);
    heard.forEach((packet, i) => {
      const before = heard[i - 1];
      if (before === undefined) return;
      if (((packet.seq - before.seq) & 0xffff) !== 1) t.fail(`packet ${i}: sequence`);
      if (packet.payloadType !== 13 && packet.marker !== (before.payloadType === 13)) t.fail(`packet ${i}: marker`);
    });
    // Its sound against what was said: every syllable is there.
    const loud = (samples: Int16Array): number => Array.from({ length: Math.floor(samples.length / 160) }, (_, i) => levelOf(samples.subarray(160 * i, 160 * i + 160))).filter((level) => level > -25).length;
    const said = new Int16Array(160_000);
    new Talker().fill(said, 0, said.length);
    const [got, want] = [loud(agent.phone.sound(fromMs)), loud(said)];
    t.ok(Math.abs(got - want) <= 8, `${got} loud frames of ${want}`);
    await media.engine.close();
    t.same(media.faults, []);
  });

t.test("DTX: a prompt's silence and no sound at all are told once and every half second; keys as tones are sent whole", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const agent = await call(media, "b", "10.0.0.3", { dtx: true });
  await media.clock.runMs(1000);
  const before = agent.phone.heard.length;
  await media.clock.runMs(2000);
  t.same(agent.phone.heard.slice(before).map(({ payloadType, payload }) => [payloadType, payload[0]]), Array(4).fill([13, 127]));
  const { dtmfPayloadType: _none, ...settings } = media.settings(agent.phone, { noisePayloadType: 13, dtx: true });
  media.engine.send({ type: "leg.media", leg: leg("b"), settings });
  media.engine.send({ type: "dtmf.send", leg: leg("b"), digits: "5", durationMs: 100 });
  await media.clock.runMs(300);
  const sent = agent.phone.heard.slice(before + 4).filter(({ payloadType }) => payloadType === 8);
  const loud = sent.filter(({ payload }) => levelOf(Int16Array.from(payload, (byte) => lawOf("PCMA").decode[byte]!)) > -10);
  t.same([loud.length, sent.indexOf(loud[0]!)], [5, 0], "100 ms, from the first frame on");
  await media.engine.close();
});

t.test("G.729 Annex B: a phone's pause is heard as its own noise, nothing is missing from it, and a relayed one passes", async (t) => {
  // Level code 14, the mode and frequencies of code 13 and 2.
  const sid = Uint8Array.of(0x34, 0x9c);
  for (const codec of ["PCMU", "G729"] as const) {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const [caller, agent] = [await call(media, "a", "10.0.0.2", { codec: "G729", noise: false }), await call(media, "b", "10.0.0.3", { codec, noise: false })];
    bridged(media);
    await media.clock.runMs(500);
    caller.phone.pause(caller.at, sid, 18);
    await media.clock.runMs(200);
    const [pausedMs, before] = [media.clock.monoMs(), agent.phone.heard.length];
    await media.clock.runMs(5000);
    if (codec === "G729") t.equal(agent.phone.heard.length, before, "relayed: nothing of ours fills the pause");
    else {
      const sound = agent.phone.sound(pausedMs);
      const levels = Array.from({ length: 4 }, (_, i) => levelOf(sound.subarray(8000 * i, 8000 * (i + 1))));
      t.ok(levels.every((level) => level > -50 && Math.abs(level - levels[0]!) < 1), levels.map((level) => level.toFixed(1)).join(", "));
    }
    caller.phone.hush(5200);
    caller.phone.sing(440, -10);
    caller.phone.talk(caller.at);
    await media.clock.runMs(1000);
    t.ok(levelOf(agent.phone.sound(media.clock.monoMs() - 500)) > -12, "and then the tone");
    await checkCounters(t, media);
  }
});

t.test("G.729 Annex B: what we say has its pauses told and not sent, where that is set and the far side has not said annexb=no", async (t) => {
  for (const [dtx, fmtp] of [[true, undefined], [true, "annexb=no"], [false, undefined]] as const) {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const caller = await call(media, "a", "10.0.0.2", { codec: "L16/8000", noise: false });
    const agent = await media.call("b", "10.0.0.3", { codec: "G729" });
    media.engine.send({ type: "leg.media", leg: leg("b"), settings: media.settings(agent.phone, { dtx, ...(fmtp === undefined ? {} : { fmtp }) }) });
    caller.phone.tone = new Talker();
    bridged(media);
    const fromMs = media.clock.monoMs();
    await media.clock.runMs(20_000);
    const heard = agent.phone.heard.filter(({ atMs, payloadType }) => atMs >= fromMs && payloadType === 18);
    const short = heard.filter(({ payload }) => payload.length % 10 === 2);
    if (!dtx || fmtp !== undefined) t.same([short.length, heard.length >= 999], [0, true], "all is sent");
    else {
      t.ok(heard.length > 300 && heard.length < 650, `${heard.length} packets in 20 s, of which 8 of speech`);
      t.ok(short.length >= 4, `${short.length} with comfort noise`);
      const faults = heard.filter((packet, i) => packet.marker && i > 0 && (packet.payload.length === 2 || ((packet.rtpTime - heard[i - 1]!.rtpTime) >>> 0 <= 160 && heard[i - 1]!.payload.length % 10 === 0)));
      t.equal(faults.length, 0, "markers where sound begins");
      const loud = (samples: Int16Array): number => Array.from({ length: Math.floor(samples.length / 160) }, (_, i) => levelOf(samples.subarray(160 * i, 160 * i + 160))).filter((level) => level > -25).length;
      const said = new Int16Array(160_000);
      new Talker().fill(said, 0, said.length);
      const [got, want] = [loud(agent.phone.sound(fromMs)), loud(said)];
      // The coder smears a syllable's ends.
      t.ok(got >= want - 12 && got <= 1.25 * want, `${got} loud frames of ${want}`);
    }
    await media.engine.close();
    t.same(media.faults, []);
  }
});
