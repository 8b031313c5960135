import t, { type Test } from "tap";
import { writeRtp } from "../../protocol/rtp/packet.js";
import { seqDiff16, tsDiff32 } from "../../protocol/base/sequence.js";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { peakAt, strongestTone } from "../dsp/goertzel.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import { lawOf } from "../codec/g711.js";
import type { BridgeId, PlayId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const CODECS: readonly AudioCodecName[] = ["PCMA", "PCMU", "G722", "L16/8000", "L16/16000", "G729"];
const [bridge, play, recording] = ["b1" as BridgeId, "p1" as PlayId, "recording-a" as RecordingId];

/** Sequence by 1, timestamp by the packet's length of the codec's clock. */
function checkStream(t: Test, phone: SimPhone, ptimeMs: number): void {
  const units = (phone.coder.format.clockRateHz * ptimeMs) / 1000;
  const packets = phone.heard.filter(({ payloadType }) => payloadType === phone.coder.format.payloadType);
  const broken = packets.findIndex((packet, i) => {
    const before = packets[i - 1];
    return before !== undefined && (seqDiff16(packet.seq, before.seq) !== 1 || tsDiff32(packet.rtpTime, before.rtpTime) < units || packet.ssrc !== before.ssrc);
  });
  t.equal(broken, -1, `${packets.length} packets in sequence`);
  t.same(new Set(packets.map(({ payload }) => phone.coder.unitsIn(payload, { start: 0, end: payload.length }))), new Set([units]), "each of the agreed length");
}

function checkTone(t: Test, phone: SimPhone, fromMs: number, { tone: [frequencyHz, levelDbm0], isCoarse }: { readonly tone: readonly [number, number]; readonly isCoarse: boolean }): void {
  const { sampleRateHz } = phone.coder;
  const got = strongestTone(phone.sound(fromMs).subarray(0, sampleRateHz), sampleRateHz);
  t.ok(Math.abs(got.frequencyHz - frequencyHz) <= 1 && Math.abs(got.levelDbm0 - levelDbm0) <= (isCoarse ? 1.5 : 0.5), `${frequencyHz} Hz at ${levelDbm0} dBm0: ${got.frequencyHz.toFixed(1)} at ${got.levelDbm0.toFixed(2)}`);
}

for (const a of CODECS)
  for (const b of CODECS)
    t.test(`${a} and ${b}: each hears the other's tone at its frequency and level, is played to and recorded`, async (t) => {
      const media = new SimMedia({ createSha256: createSystemSha256 });
      // Packets of other lengths than frames: 30 ms, and 10.
      const [caller, agent] = [await media.call("a", "10.0.0.2", { codec: a, ptimeMs: 30 }), await media.call("b", "10.0.0.3", { codec: b, ptimeMs: 10 })];
      caller.phone.sing(440, -10);
      agent.phone.sing(1000, -20);
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      media.engine.send({ type: "record.start", leg: leg("a"), recording });
      await media.clock.runMs(1500);
      // G.729 is no waveform coder.
      const isCoarse = a === "G729" || b === "G729";
      checkTone(t, agent.phone, 400, { tone: [440, -10], isCoarse });
      checkTone(t, caller.phone, 400, { tone: [1000, -20], isCoarse });
      // One jitter buffer, the packets' own lengths and the filters: so much later it is heard, and not more.
      caller.phone.sing(2000, -10);
      const saidMs = media.clock.monoMs();
      await media.clock.runMs(400);
      const { sampleRateHz } = agent.phone.coder;
      const sound = agent.phone.sound(saidMs);
      const span = sampleRateHz / 50;
      let at = 0;
      while (at + span < sound.length && peakAt(sound.subarray(at, at + span), sampleRateHz, 2000) < 5000) at += span / 4;
      const delayMs = ((at + span / 2) * 1000) / sampleRateHz;
      t.ok(delayMs >= 60 && delayMs <= 150, `heard after ${delayMs.toFixed(0)} ms`);
      caller.phone.sing(440, -10);
      media.engine.send({ type: "play", leg: leg("b"), play, items: [{ kind: "tone", frequenciesHz: [700], levelDbm0: -15, durationMs: 1200 }], bargeIn: false, repeat: false });
      await media.clock.runMs(1200);
      checkTone(t, agent.phone, 2000, { tone: [700, -15], isCoarse });
      checkStream(t, caller.phone, 30);
      checkStream(t, agent.phone, 10);
      media.engine.send({ type: "record.stop", leg: leg("a"), recording });
      await media.clock.runMs(0);
      const { codec, bytes } = (await media.recordings.read(recording))!;
      const heard = strongestTone(Int16Array.from(bytes.subarray(4000, 11_200), (byte) => lawOf(codec).decode[byte]!), 8000);
      t.ok(Math.abs(heard.frequencyHz - 440) <= 1 && Math.abs(heard.levelDbm0 + 10) <= (isCoarse ? 1.5 : 0.5), "the recording");
      await media.engine.close();
      t.same(media.faults, []);
      t.same(media.eventsOf("leg.closed").map(({ counters }) => [counters.lost, counters.malformed, counters.late]), [[0, 0, 0], [0, 0, 0]]);
    });

t.test("RFC 3264 8: another codec in mid-call, with another clock: one stream, its time goes on", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const first = await media.call("a", "10.0.0.2", { codec: "PCMA" });
  await media.clock.runMs(500);
  first.phone.close();
  const second = await media.phone("10.0.0.2", { codec: "L16/16000" });
  media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(second) });
  second.talk(first.at);
  await media.clock.runMs(500);
  const [before, after] = [[...first.phone.heard, ...second.heard].findLast(({ payloadType }) => payloadType === 8)!, second.heard.find(({ payloadType }) => payloadType === 97)!];
  t.same([after.ssrc, seqDiff16(after.seq, before.seq)], [before.ssrc, 1]);
  const stepUnits = tsDiff32(after.rtpTime, before.rtpTime);
  t.ok(stepUnits >= 160 && stepUnits <= 2 * 320, `timestamp goes on by ${stepUnits}`);
  checkStream(t, second, 20);
  t.same(media.faults, []);
});

t.test("one G.722 leg to another of the same packets is relayed, not decoded", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const [caller, agent] = [await media.call("a", "10.0.0.2", { codec: "G722" }), await media.call("b", "10.0.0.3", { codec: "G722" })];
  caller.phone.hush();
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  const packet = new Uint8Array(172);
  for (let n = 0; n < 50; n++) {
    writeRtp(packet, 0, { marker: false, payloadType: 9, seq: n, rtpTime: 160 * n, ssrc: 7 });
    // What no encoder makes.
    packet.fill(n, 12);
    caller.phone.throw(packet, caller.at);
    await media.clock.runMs(20);
  }
  const heard = agent.phone.heard.filter(({ payload }) => payload.length === 160 && payload.every((byte) => byte === payload[0])).map(({ payload }) => payload[0]!);
  t.same(heard.slice(-45), Array.from({ length: 45 }, (_, i) => i + heard.at(-1)! - 44), "packets as they were sent");
  await media.engine.close();
});
