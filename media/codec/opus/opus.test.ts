import t from "tap";
import { strongestTone } from "../../dsp/goertzel.js";
import { openCatalog } from "../open-catalog.js";
import { opusUnits } from "./opus-packet.js";

const { codecs, opusUnavailable } = await openCatalog();
const skip = opusUnavailable === undefined ? false : `no libopus: ${opusUnavailable}`;
const opus = (fmtp: string) => codecs("opus", fmtp)!;

/** Frames of 20 ms of a tone, encoded. */
function encoded(fmtp: string, frames: number, frequencyHz = 1000): Uint8Array[] {
  const codec = opus(fmtp);
  const encoder = codec.createEncoder();
  const samples = new Int16Array(codec.sampleRateHz / 50);
  const out = new Uint8Array(1500);
  return Array.from({ length: frames }, (_, n) => {
    for (let i = 0; i < samples.length; i++) samples[i] = 8000 * Math.sin((2 * Math.PI * frequencyHz * (n * samples.length + i)) / codec.sampleRateHz);
    return out.slice(0, encoder.encode(samples, out, 0));
  });
}

t.test("RFC 6716 3.1: a packet's length by its first byte", async (t) => {
  for (const [bytes, units] of [
    [[0x00], 480], [[0x08], 960], [[0x18], 2880], [[0x60], 480], [[0x68], 960], [[0x80], 120], [[0x98], 960],
    [[0x09, 1], 1920], [[0x0a, 1], 1920], [[0x0b, 3, 1], 2880], [[0x1b, 0x43, 1], 0], [[0x0b], 0], [[], 0],
  ] as const)
    t.equal(opusUnits(Uint8Array.of(9, ...bytes), { start: 1, end: 1 + bytes.length }), units, bytes.join());
});

t.test("RFC 7587 6.1: the sample rate is what the far side plays, and the tone comes through at each", { skip }, async (t) => {
  for (const [fmtp, rateHz] of [["maxplaybackrate=8000", 8000], ["maxplaybackrate=16000", 16_000], ["maxplaybackrate=24000", 24_000], ["", 48_000], ["maxplaybackrate=99", 48_000]] as const) {
    const codec = opus(fmtp);
    t.equal(codec.sampleRateHz, rateHz);
    const decoder = codec.createDecoder();
    const sound = new Int16Array(rateHz);
    encoded(fmtp, 50).forEach((packet, n) => {
      t.equal(codec.unitsIn(packet, { start: 0, end: packet.length }), 960);
      t.equal(decoder.decode(packet, { start: 0, end: packet.length }, sound.subarray((n * rateHz) / 50)), rateHz / 50);
    });
    const { frequencyHz, levelDbm0 } = strongestTone(sound.subarray(rateHz / 4), rateHz);
    t.ok(Math.abs(frequencyHz - 1000) < 1 && Math.abs(levelDbm0 - (20 * Math.log10(8000 / 32_768) + 3.14)) < 1, `${rateHz} Hz: ${frequencyHz.toFixed(1)} Hz at ${levelDbm0.toFixed(1)} dBm0`);
    decoder.close!();
    decoder.close!();
  }
});

t.test("RFC 7587 3.3: a lost frame is heard by the packet after it, nearly as it was; without it the library conceals", { skip }, async (t) => {
  const codec = opus("useinbandfec=1;maxplaybackrate=16000");
  const encoder = codec.createEncoder();
  encoder.adapt!(0.2);
  // Speech-like: what libopus codes as voice, a buzz that glides.
  const frame = new Int16Array(320);
  const bytes = new Uint8Array(1500);
  let phase = 0;
  const packets = Array.from({ length: 60 }, (_, n) => {
    for (let i = 0; i < 320; i++) {
      phase += (140 + 60 * Math.sin(n / 7)) / 16_000;
      frame[i] = 6000 * (2 * (phase % 1) - 1) * (0.6 + 0.4 * Math.sin(n / 3));
    }
    return bytes.slice(0, encoder.encode(frame, bytes, 0));
  });
  const run = (lost: number, way: "none" | "recover" | "conceal"): Int16Array => {
    const decoder = codec.createDecoder();
    const out = new Int16Array(320);
    packets.slice(0, lost).forEach((packet) => decoder.decode(packet, { start: 0, end: packet.length }, out));
    if (way === "conceal") decoder.conceal(out);
    else if (way === "recover") decoder.recover!(packets[lost + 1]!, { start: 0, end: packets[lost + 1]!.length }, out);
    else decoder.decode(packets[lost]!, { start: 0, end: packets[lost]!.length }, out);
    return out.slice();
  };
  let [recovered, concealed] = [0, 0];
  const distance = (a: Int16Array, b: Int16Array): number => a.reduce((sum, sample, i) => sum + (sample - b[i]!) ** 2, 0);
  for (let lost = 20; lost < 50; lost += 3) {
    recovered += distance(run(lost, "recover"), run(lost, "none"));
    concealed += distance(run(lost, "conceal"), run(lost, "none"));
  }
  t.ok(recovered < concealed, `error ${(10 * Math.log10(recovered / concealed)).toFixed(1)} dB below concealment's`);
});

t.test("RFC 7587 6.1: the bit rate stays below maxaveragebitrate, cbr is constant, and falls with the loss that RTCP tells", { skip }, async (t) => {
  const bits = (packets: readonly Uint8Array[]): number => (packets.reduce((sum, packet) => sum + packet.length, 0) * 8 * 50) / packets.length;
  t.ok(bits(encoded("maxaveragebitrate=10000", 100)) < 12_000);
  t.equal(new Set(encoded("cbr=1", 50).map((packet) => packet.length)).size, 1);
  const codec = opus("cbr=1");
  const encoder = codec.createEncoder();
  const [samples, out] = [new Int16Array(960).map((_, i) => 5000 * Math.sin(i / 9)), new Uint8Array(1500)];
  const before = encoder.encode(samples, out, 0);
  encoder.adapt!(0.3);
  t.ok(encoder.encode(samples, out, 0) <= before * 0.8, "three quarters of it at 20 % and more");
  encoder.adapt!(0);
  t.ok(Math.abs(encoder.encode(samples, out, 0) - before) <= 1, "and back");
});

t.test("RFC 7587 3.1.3: with usedtx silence is not sent, without it is", { skip }, async (t) => {
  for (const [fmtp, sentMax, sentMin] of [["usedtx=1;maxplaybackrate=16000", 30, 5], ["maxplaybackrate=16000", 100, 100]] as const) {
    const encoder = opus(fmtp).createEncoder();
    const [samples, out] = [new Int16Array(320), new Uint8Array(1500)];
    let sent = 0;
    for (let n = 0; n < 100; n++) if (encoder.encode(samples, out, 7) > 7) sent += 1;
    t.ok(sent <= sentMax && sent >= sentMin, `${sent} of 100 packets`);
  }
});

t.test("what is no Opus gives nothing, and hurts nobody", { skip }, async (t) => {
  const decoder = opus("").createDecoder();
  const out = new Int16Array(960);
  t.equal(decoder.decode(Uint8Array.of(0xff, 0xff, 0xff), { start: 0, end: 3 }, out), 0);
  t.equal(decoder.decode(encoded("", 1)[0]!, { start: 0, end: 2000 }, new Int16Array(10)), 0, "nor what does not fit");
  decoder.conceal(out);
  decoder.recover!(Uint8Array.of(0xff), { start: 0, end: 1 }, out);
  t.ok(out.every((sample) => sample === 0));
});

t.test("RFC 6716 3.2.5: a packet of six frames, 120 ms and more than one frame may have, is heard whole", { skip }, async (t) => {
  // Frames of one length, one behind the other (code 3), and padding, so that the packet is longer than any frame.
  const frames = encoded("cbr=1;maxaveragebitrate=24000", 6);
  const [toc] = frames[0]!;
  const packet = Uint8Array.of((toc! & 0xfc) | 3, 0x40 | frames.length, 255, 255, 255, 255, 50, ...frames.flatMap((frame) => [...frame.subarray(1)]), ...new Uint8Array(4 * 254 + 50));
  const whole = new Int16Array(5760);
  const codec = opus("");
  const [one, other] = [codec.createDecoder(), codec.createDecoder()];
  frames.forEach((frame, n) => one.decode(frame, { start: 0, end: frame.length }, whole.subarray(960 * n)));
  const heard = new Int16Array(5760);
  t.ok(packet.length > 1275 && packet.length <= 1500, `${packet.length} bytes`);
  t.equal(other.decode(packet, { start: 0, end: packet.length }, heard), 5760);
  t.same(heard, whole);
});
