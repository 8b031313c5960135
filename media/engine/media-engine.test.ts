import t, { type Test } from "tap";
import { createHash } from "node:crypto";
import { lawOf } from "../codec/g711.js";
import { strongestTone } from "../dsp/goertzel.js";
import { tsDiff32, seqDiff16 } from "../../protocol/base/sequence.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, PlayId, PlayItem, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone, SimPhoneOptions } from "./testing/sim-phone.js";

const sim = (options: Partial<ConstructorParameters<typeof SimMedia>[0]> = {}): SimMedia => new SimMedia({ createSha256: createSystemSha256, ...options });
const [bridge, play] = ["b1" as BridgeId, "p1" as PlayId];

/** Every packet follows the one before: sequence by 1, timestamp never back and, where given, by `units`. */
function checkStream(t: Test, phone: SimPhone, units?: number): void {
  const { heard } = phone;
  t.equal(new Set(heard.map((packet) => packet.ssrc)).size, 1, "one SSRC");
  for (let i = 1; i < heard.length; i++) {
    const [before, packet] = [heard[i - 1]!, heard[i]!];
    const step = tsDiff32(packet.rtpTime, before.rtpTime);
    if (seqDiff16(packet.seq, before.seq) !== 1) return void t.fail(`packet ${i}: sequence ${before.seq}, then ${packet.seq}`);
    if (packet.payloadType !== 101 && before.payloadType !== 101 && (step < before.payload.length || (units !== undefined && step !== units))) return void t.fail(`packet ${i}: timestamp moved by ${step}`);
  }
  t.pass(`${heard.length} packets in sequence`);
}

function checkTone(t: Test, sound: Int16Array, frequencyHz: number, levelDbm0: number): void {
  const got = strongestTone(sound, 8000);
  t.ok(Math.abs(got.frequencyHz - frequencyHz) <= 1, `${frequencyHz} Hz: ${got.frequencyHz.toFixed(1)}`);
  t.ok(Math.abs(got.levelDbm0 - levelDbm0) <= 0.5, `${levelDbm0} dBm0: ${got.levelDbm0.toFixed(2)}`);
}

async function decoded(media: SimMedia, recording: RecordingId): Promise<Int16Array> {
  const { codec, bytes } = (await media.recordings.read(recording))!;
  return Int16Array.from(bytes, (byte) => lawOf(codec).decode[byte]!);
}

t.test("RFC 3550: two legs hear each other, relayed or transcoded, whatever the packet length", async (t) => {
  for (const [a, b] of [
    [{ codec: "PCMA" }, { codec: "PCMA" }],
    [{ codec: "PCMU" }, { codec: "PCMU", ptimeMs: 20 }],
    [{ codec: "PCMA" }, { codec: "PCMU" }],
    [{ codec: "PCMU", ptimeMs: 30 }, { codec: "PCMA", ptimeMs: 60 }],
    [{ codec: "PCMA", ptimeMs: 10 }, { codec: "PCMA", ptimeMs: 20 }],
    [{ codec: "PCMA", ptimeMs: 30 }, { codec: "PCMA", ptimeMs: 30 }],
  ] as readonly (readonly [Partial<SimPhoneOptions>, Partial<SimPhoneOptions>])[])
    await t.test(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, async (t) => {
      const media = sim();
      const [caller, agent] = [await media.call("a", "10.0.0.2", a), await media.call("b", "10.0.0.3", b)];
      caller.phone.sing(440, -10);
      agent.phone.sing(1000, -20);
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      await media.clock.runMs(1500);
      checkTone(t, agent.phone.sound(400).subarray(0, 8000), 440, -10);
      checkTone(t, caller.phone.sound(400).subarray(0, 8000), 1000, -20);
      checkStream(t, caller.phone);
      checkStream(t, agent.phone);
      t.equal(agent.phone.heard.at(-1)!.payload.length, 8 * (b.ptimeMs ?? 20));
      t.same(media.eventsOf("media.started").map((event) => event.from.address).sort(), ["10.0.0.2", "10.0.0.3"]);
      await media.engine.close();
      await media.clock.runMs(0);
      t.same(media.eventsOf("leg.closed").map((event) => [event.counters.lost, event.counters.malformed, event.counters.foreign]), [[0, 0, 0], [0, 0, 0]]);
      t.same(media.faults, []);
    });
});

t.test("a play is heard in place of the other party, and gapless; then the other party again, on one timeline", async (t) => {
  const media = sim();
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  caller.phone.sing(440);
  agent.phone.sing(1000);
  media.engine.send({ type: "prompt.load", prompt: "test/tone", samples: Int16Array.from({ length: 4001 }, (_, i) => 10_000 * Math.sin((2 * Math.PI * 700 * i) / 8000)) });
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(1000);
  media.engine.send({ type: "play", leg: leg("a"), play, items: [{ kind: "prompt", prompt: "test/tone" }, { kind: "silence", durationMs: 100 }, { kind: "tone", frequenciesHz: [1500], levelDbm0: -15, durationMs: 500 }], bargeIn: false, repeat: false });
  await media.clock.runMs(2000);
  const sound = caller.phone.sound(1021);
  checkTone(t, sound.subarray(0, 3900), 700, 20 * Math.log10(10_000 / 32_768) + 3.14);
  // 4001 samples of the prompt, 800 of silence, then the tone: to the sample.
  t.ok(sound.subarray(4170, 4700).every((sample) => Math.abs(sample) <= 8), "the pause between");
  checkTone(t, sound.subarray(5000, 8800), 1500, -15);
  checkTone(t, sound.subarray(10_000, 14_000), 1000, -10);
  checkTone(t, agent.phone.sound(1021).subarray(0, 14_000), 440, -10);
  checkStream(t, caller.phone);
  checkStream(t, agent.phone, 160);
  t.same(media.eventsOf("play.ended").map(({ play, outcome }) => [play, outcome]), [["p1", "finished"]]);
});

t.test("recordings hold what each side said at its time, in step with real time whatever is lost, and silence where a secret was keyed", async (t) => {
  for (const { title, network, codec } of [
    { title: "a clean network", network: {}, codec: "PCMA" },
    { title: "a bad one", network: { lossRate: 0.05, duplicateRate: 0.05, jitterMs: 35 }, codec: "PCMU" },
  ] as const)
    await t.test(title, async (t) => {
      const media = sim({ network, seed: 99 });
      const [caller, agent] = [await media.call("a", "10.0.0.2", { codec }), await media.call("b", "10.0.0.3", { codec })];
      caller.phone.sing(440);
      agent.phone.sing(1000);
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      await media.clock.runMs(495);
      const recordings = ["a", "b"].map((name) => ({ name, recording: `recording-${name}` as RecordingId }));
      for (const { name, recording } of recordings) media.engine.send({ type: "record.start", leg: leg(name), recording });
      await media.clock.runMs(1000);
      caller.phone.sing(880);
      await media.clock.runMs(1000);
      media.engine.send({ type: "record.mask", leg: leg("a"), on: true });
      await media.clock.runMs(1000);
      caller.phone.hush();
      await media.clock.runMs(500);
      media.engine.send({ type: "record.mask", leg: leg("a"), on: false });
      await media.clock.runMs(500);
      caller.phone.hush(1000);
      caller.phone.talk(caller.at);
      await media.clock.runMs(1000);
      media.engine.send({ type: "record.stop", leg: leg("a"), recording: recordings[0]!.recording });
      media.engine.send({ type: "leg.close", leg: leg("b") });
      await media.clock.runMs(10);
      const closed = media.eventsOf("record.closed");
      t.same(closed.map((event) => event.leg), ["a", "b"]);
      t.equal(media.events.at(-1)!.type, "leg.closed", "a leg's recordings are told before its end");
      for (const { durationMs, recording, sha256 } of closed) {
        t.ok(Math.abs(durationMs - 5000) <= 20, `${durationMs} ms`);
        const track = (await media.recordings.read(recording))!;
        t.same([track.codec, track.bytes.length], [codec, durationMs * 8]);
        t.equal(createHash("sha256").update(track.bytes).digest("hex"), sha256);
      }
      const sound = await decoded(media, recordings[0]!.recording);
      const level = network.lossRate === undefined ? -10 : -10.45;
      checkTone(t, sound.subarray(1000, 7900), 440, level);
      // 5 ms of network and 60 of jitter buffer later than it was said.
      checkTone(t, sound.subarray(8800, 15_900), 880, level);
      t.ok(sound.subarray(16_000, 32_000).every((sample) => Math.abs(sample) <= 8), "masked, then nothing said");
      checkTone(t, sound.subarray(33_000, 39_800), 880, level);
      checkTone(t, (await decoded(media, recordings[1]!.recording)).subarray(1000, 39_000), 1000, level);
      t.same(media.faults, []);
    });
});

t.test("a track keeps its law when another one is agreed on, and begins before any media", async (t) => {
  const media = sim();
  const at = await media.open("a");
  const recording = "recording-1" as RecordingId;
  media.engine.send({ type: "record.start", leg: leg("a"), recording });
  await media.clock.runMs(1000);
  const phone = await media.phone("10.0.0.2", { codec: "PCMU" });
  phone.sing(700);
  phone.talk(at);
  media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(phone) });
  await media.clock.runMs(1000);
  media.engine.send({ type: "record.stop", leg: leg("a"), recording });
  await media.clock.runMs(0);
  const sound = await decoded(media, recording);
  t.equal((await media.recordings.read(recording))!.codec, "PCMA");
  t.ok(sound.subarray(0, 8000).every((sample) => Math.abs(sample) <= 8));
  checkTone(t, sound.subarray(9000, 16_000), 700, -10);
});

t.test("a relayed pair that agrees on the other law in mid-call is recorded in the law that its track has", async (t) => {
  const media = sim();
  const [a, b] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  const recording = "recording-1" as RecordingId;
  media.engine.send({ type: "record.start", leg: leg("a"), recording });
  for (const phone of [a.phone, b.phone]) phone.sing(700);
  await media.clock.runMs(1000);
  for (const [name, { phone, at }] of [["a", a], ["b", b]] as const) {
    phone.close();
    const other = await media.phone(phone.local.address, { codec: "PCMU", first: { seq: 7, rtpTime: 77, ssrc: 777 } });
    other.sing(700);
    other.talk(at);
    media.engine.send({ type: "leg.media", leg: leg(name), settings: media.settings(other) });
  }
  await media.clock.runMs(2000);
  media.engine.send({ type: "record.stop", leg: leg("a"), recording });
  await media.clock.runMs(0);
  t.equal((await media.recordings.read(recording))!.codec, "PCMA");
  const sound = await decoded(media, recording);
  for (const from of [1000, 10_000, 17_000]) checkTone(t, sound.subarray(from, from + 6000), 700, -10);
});

t.test("RFC 4733: a key is told once, ends a play that allows it, and passes the bridge unless masked", async (t) => {
  const media = sim({ network: { lossRate: 0.1, duplicateRate: 0.1 }, seed: 4733 });
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  await media.clock.runMs(100);
  const silence = [{ kind: "silence", durationMs: 60_000 }] as const;
  media.engine.send({ type: "play", leg: leg("a"), play: "deaf" as PlayId, items: silence, bargeIn: false, repeat: true });
  caller.phone.press("1");
  await media.clock.runMs(500);
  media.engine.send({ type: "play", leg: leg("a"), play: "keen" as PlayId, items: silence, bargeIn: true, repeat: false });
  caller.phone.press("#2");
  await media.clock.runMs(800);
  t.same(media.eventsOf("dtmf").map((event) => event.digit), ["1", "#", "2"]);
  t.same(media.eventsOf("play.ended").map(({ play, outcome }) => [play, outcome]), [["deaf", "stopped"], ["keen", "barged"]]);
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  agent.phone.heard.length = 0;
  caller.phone.press("95");
  await media.clock.runMs(1000);
  media.engine.send({ type: "record.mask", leg: leg("a"), on: true });
  caller.phone.press("7");
  await media.clock.runMs(1000);
  media.engine.send({ type: "record.mask", leg: leg("a"), on: false });
  await media.clock.runMs(100);
  caller.phone.press("8");
  media.engine.send({ type: "dtmf.send", leg: leg("a"), digits: "*0", durationMs: 120 });
  await media.clock.runMs(1000);
  t.same(media.eventsOf("dtmf").map((event) => event.digit).join(""), "1#29578");
  const keysAt = (phone: SimPhone): number[] => {
    const times = new Map(phone.heard.filter((packet) => packet.payloadType === 101).map((packet) => [packet.rtpTime, packet.payload[0]!]));
    return [...times.values()];
  };
  t.same(keysAt(agent.phone), [9, 5, 8]);
  t.same(keysAt(caller.phone), [10, 0]);
});

t.test("the source is locked on the first valid packet, until the next offer/answer; all else is counted", async (t) => {
  const media = sim();
  const at = await media.open("a");
  const natted = await media.phone("10.0.0.2", { local: { address: "10.0.0.2", port: 61_000 } });
  const stranger = await media.phone("10.6.6.6");
  const neighbour = await media.phone("10.0.0.2", { local: { address: "10.0.0.2", port: 61_002 }, first: { seq: 1, rtpTime: 1, ssrc: 5 } });
  const settings = media.settings(natted, { remote: { address: "192.168.1.7", port: 4000 } });
  const counted = () => media.engine.snapshot().packets;

  stranger.talk(at);
  await media.clock.runMs(100);
  t.match(counted(), { received: 0, foreign: 5 }, "nothing was agreed yet");
  media.engine.send({ type: "leg.media", leg: leg("a"), settings });
  await media.clock.runMs(100);
  t.match(counted(), { received: 0, foreign: 10 });
  stranger.hush();
  await media.clock.runMs(10);
  natted.throw(Uint8Array.of(0x80, 8), at);
  natted.throw(Uint8Array.of(0x40, ...new Uint8Array(40)), at);
  natted.throw(Uint8Array.of(0x80, 18, ...new Uint8Array(40)), at);
  natted.throw(Uint8Array.of(0x80, 101, ...new Uint8Array(11)), at);
  await media.clock.runMs(20);
  t.match(counted(), { received: 0, malformed: 3, unexpectedType: 1 });
  t.equal(natted.heard.length, 0, "what is not valid locks nothing");

  natted.talk(at);
  await media.clock.runMs(200);
  neighbour.talk(at);
  await media.clock.runMs(200);
  t.same(media.eventsOf("media.started").map((event) => event.from), [{ address: "10.0.0.2", port: 61_000 }]);
  t.ok(natted.heard.length > 15, `${natted.heard.length} packets back through the NAT`);
  t.equal(neighbour.heard.length, 0);
  t.match(counted(), { foreign: 21, lost: 0 });

  natted.hush();
  await media.clock.runMs(10);
  media.engine.send({ type: "leg.media", leg: leg("a"), settings });
  await media.clock.runMs(200);
  t.same(media.eventsOf("media.started").map((event) => event.from.port), [61_000, 61_002]);
  t.ok(neighbour.heard.length > 5);
  t.equal(new Set([...natted.heard, ...neighbour.heard].map((packet) => packet.ssrc)).size, 1, "our stream goes on");
});

t.test("a stream of another SSRC from the same place takes over after three packets in a row", async (t) => {
  const media = sim();
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(500);
  caller.phone.ssrc = 77;
  caller.phone.sing(600);
  await media.clock.runMs(1000);
  t.equal(media.engine.snapshot().packets.foreign, 2);
  checkTone(t, agent.phone.sound(700).subarray(0, 6000), 600, -10);
  t.equal(new Set(agent.phone.heard.map((packet) => packet.ssrc)).size, 1);
});

t.test("nothing for 3 s is said once, with what was expected and what came; again only after it came back", async (t) => {
  const media = sim();
  const { phone, at } = await media.call("a", "10.0.0.2");
  phone.hush();
  const stranger = await media.phone("10.6.6.6");
  stranger.talk(at);
  await media.clock.runMs(2990);
  t.same(media.eventsOf("media.silent"), []);
  await media.clock.runMs(4000);
  t.match(media.eventsOf("media.silent"), [{ expected: "10.0.0.2, any port", received: 0 }]);
  t.ok(media.eventsOf("media.silent")[0]!.foreign >= 149);
  phone.talk(at);
  await media.clock.runMs(200);
  phone.hush();
  await media.clock.runMs(6000);
  t.match(media.eventsOf("media.silent").slice(1), [{ expected: "10.0.0.2:4000", received: 11 }]);
  media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(phone, { direction: "sendonly" }) });
  await media.clock.runMs(6000);
  t.equal(media.eventsOf("media.silent").length, 2, "who is on hold is not expected to speak");
});

t.test("RFC 3264 8.4: by direction we send, listen, both or neither", async (t) => {
  for (const [direction, sends, hears] of [
    ["sendrecv", true, true],
    ["sendonly", true, false],
    ["recvonly", false, true],
    ["inactive", false, false],
  ] as const) {
    const media = sim();
    const [phone, at] = [await media.phone("10.0.0.2"), await media.open("a")];
    media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(phone, { direction }) });
    media.engine.send({ type: "play", leg: leg("a"), play, items: [{ kind: "tone", frequenciesHz: [440], levelDbm0: -10, durationMs: 100 }], bargeIn: false, repeat: false });
    phone.talk(at);
    await media.clock.runMs(300);
    t.same([phone.heard.length > 0, media.engine.snapshot().packets.received > 0], [sends, hears], direction);
    t.equal(media.eventsOf("play.ended").length, 1, "a play ends in its time, heard or not");
  }
  const media = sim();
  const [phone] = [await media.phone("10.0.0.2"), await media.open("a")];
  media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(phone, { remote: { address: "0.0.0.0", port: 4000 } }) });
  await media.clock.runMs(100);
  t.equal(media.engine.snapshot().packets.sent, 0, "an address of zeros is sent nothing");
});

t.test("plays: unknown prompt, empty, replaced, stopped, repeated, ended by the leg", async (t) => {
  const media = sim();
  await media.call("a", "10.0.0.2");
  const start = (name: string, items: readonly PlayItem[], repeat = false): void => media.engine.send({ type: "play", leg: leg("a"), play: name as PlayId, items, bargeIn: false, repeat });
  const tone: PlayItem = { kind: "tone", frequenciesHz: [440], levelDbm0: -10, durationMs: 50 };
  start("1-replaced", [tone], true);
  await media.clock.runMs(500);
  start("2-unknown", [tone, { kind: "prompt", prompt: "no/such" }]);
  start("3-empty", [], true);
  start("4-nothing", [{ kind: "silence", durationMs: 0 }], true);
  start("5-stopped", [tone], true);
  media.engine.send({ type: "play.stop", leg: leg("a"), play: "another" as PlayId });
  await media.clock.runMs(500);
  media.engine.send({ type: "play.stop", leg: leg("a"), play: "5-stopped" as PlayId });
  start("6-closed", [tone], true);
  await media.clock.runMs(100);
  media.engine.send({ type: "leg.close", leg: leg("a") });
  await media.clock.runMs(100);
  t.same(
    media.eventsOf("play.ended").map((event) => `${event.play} ${event.outcome}`),
    ["1-replaced stopped", "2-unknown unknown-prompt", "3-empty finished", "4-nothing finished", "5-stopped stopped", "6-closed stopped"],
  );
});

t.test("ports: even, drained before reuse, none left, held by another process; a leg closed while it opens", async (t) => {
  const media = sim({ portMin: 20_000, portMax: 20_003 });
  const held = await media.net.bind({ address: "10.0.0.1", port: 20_001 }, () => {});
  t.equal((await media.open("a")).port, 20_002);
  media.engine.send({ type: "leg.open", leg: leg("b") });
  await media.clock.runMs(0);
  t.match(media.eventsOf("leg.failed"), [{ leg: "b", reason: "no-port" }]);
  held.close();
  media.engine.send({ type: "leg.close", leg: leg("a") });
  await media.clock.runMs(1999);
  media.engine.send({ type: "leg.open", leg: leg("d") });
  await media.clock.runMs(1);
  t.match(media.eventsOf("leg.failed").slice(1), [{ leg: "d", reason: "no-port" }], "1 ms too early");
  t.equal((await media.open("c")).port, 20_000);
  t.equal((await media.open("e")).port, 20_002);
  for (const name of ["c", "e"]) media.engine.send({ type: "leg.close", leg: leg(name) });
  await media.clock.runMs(2000);
  media.engine.send({ type: "leg.open", leg: leg("f") });
  media.engine.send({ type: "leg.close", leg: leg("f") });
  await media.clock.runMs(3000);
  t.match(media.events.at(-1), { type: "leg.closed", leg: "f" });
  t.same(media.engine.snapshot().ports, { free: 2, used: 0, draining: 0 });
  t.same([media.net.size, media.clock.pending, media.engine.snapshot().legs], [0, 0, 0], "no socket, timer or leg left");
});

t.test("commands that make no sense are counted and change nothing; events are never told inside send", async (t) => {
  const media = sim();
  await media.call("a", "10.0.0.2");
  const ghost = leg("ghost");
  const settings = media.settings(await media.phone("10.0.0.9"));
  for (const command of [
    { type: "leg.media", leg: ghost, settings },
    { type: "leg.close", leg: ghost },
    { type: "play", leg: ghost, play, items: [], bargeIn: false, repeat: false },
    { type: "play.stop", leg: ghost, play },
    { type: "dtmf.send", leg: ghost, digits: "1", durationMs: 100 },
    { type: "dtmf.send", leg: leg("a"), digits: "x", durationMs: 100 },
    { type: "bridge", bridge, legs: [leg("a"), ghost] },
    { type: "bridge", bridge, legs: [leg("a"), leg("a")] },
    { type: "unbridge", bridge },
    { type: "record.start", leg: ghost, recording: "r" as RecordingId },
    { type: "record.mask", leg: ghost, on: true },
    { type: "record.stop", leg: leg("a"), recording: "r" as RecordingId },
    { type: "leg.open", leg: leg("a") },
  ] as const)
    media.engine.send(command);
  t.equal(media.engine.snapshot().commandsIgnored, 13);
  const before = media.events.length;
  media.engine.send({ type: "play", leg: leg("a"), play, items: [], bargeIn: false, repeat: false });
  t.equal(media.events.length, before);
  await Promise.resolve();
  t.equal(media.events.length, before + 1);
});

t.test("one bridge at a time; a leg that closes leaves its peer in silence, not in nothing", async (t) => {
  const media = sim();
  const legs = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3"), await media.call("c", "10.0.0.4")];
  legs.forEach(({ phone }, i) => phone.sing(500 + 300 * i));
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(500);
  media.engine.send({ type: "bridge", bridge: "b2" as BridgeId, legs: [leg("a"), leg("c")] });
  await media.clock.runMs(1000);
  t.equal(media.engine.snapshot().bridges, 1);
  checkTone(t, legs[0]!.phone.sound(700).subarray(0, 6000), 1100, -10);
  t.ok(legs[1]!.phone.sound(700).every((sample) => Math.abs(sample) <= 8));
  media.engine.send({ type: "leg.close", leg: leg("c") });
  await media.clock.runMs(1000);
  t.equal(media.engine.snapshot().bridges, 0);
  t.ok(legs[0]!.phone.sound(1700).length >= 5000 && legs[0]!.phone.sound(1700).every((sample) => Math.abs(sample) <= 8));
  legs.forEach(({ phone }) => checkStream(t, phone));
});

t.test("a codec agreed anew in mid-call: relay becomes processing and back, on one timeline", async (t) => {
  const media = sim();
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  caller.phone.sing(440);
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(1000);
  media.engine.send({ type: "leg.media", leg: leg("b"), settings: media.settings(agent.phone, { codec: "PCMU", payloadType: 0 }) });
  await media.clock.runMs(1000);
  media.engine.send({ type: "leg.media", leg: leg("b"), settings: media.settings(agent.phone) });
  await media.clock.runMs(1000);
  checkStream(t, agent.phone);
  checkStream(t, caller.phone);
  t.same([...new Set(agent.phone.heard.map((packet) => packet.payloadType))], [8, 0]);
  checkTone(t, agent.phone.sound(2200).subarray(0, 6000), 440, -10);
});

t.test("the same seed gives the same packets", async (t) => {
  const trace = async (): Promise<string> => {
    const media = sim({ seed: 5, network: { lossRate: 0.1, jitterMs: 50 } });
    const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
    caller.phone.sing(440);
    media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
    await media.clock.runMs(1000);
    return JSON.stringify([agent.phone.heard.map((packet) => [packet.atMs, packet.seq, packet.rtpTime, packet.payload.length]), media.events]);
  };
  t.equal(await trace(), await trace());
});
