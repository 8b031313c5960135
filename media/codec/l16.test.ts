import t from "tap";
import { l16 } from "./l16.js";

t.test("RFC 3551 4.5.11: samples go most significant byte first and come back as they were", async (t) => {
  const codec = l16(16_000);
  const samples = Int16Array.of(0, 1, -1, 255, 256, -256, 32_767, -32_768);
  const payload = new Uint8Array(20);
  t.equal(codec.createEncoder().encode(samples, payload, 2), 18);
  t.same([...payload.subarray(2, 8)], [0, 0, 0, 1, 255, 255]);
  t.equal(codec.unitsIn(payload, { start: 2, end: 18 }), 8);
  const back = new Int16Array(8);
  t.equal(codec.createDecoder().decode(payload, { start: 2, end: 18 }, back), 8);
  t.same(back, samples);
});

t.test("an odd byte is left out, a short output is not overrun, a frame lost before any came is silence", async (t) => {
  const decoder = l16(8000).createDecoder();
  t.equal(decoder.decode(Uint8Array.of(1, 2, 3), { start: 0, end: 3 }, new Int16Array(5)), 1);
  t.equal(decoder.decode(new Uint8Array(100), { start: 0, end: 100 }, new Int16Array(5)), 5);
  const out = Int16Array.of(1, 2);
  l16(8000).createDecoder().conceal(out);
  t.same(out, Int16Array.of(0, 0));
});
