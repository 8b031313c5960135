import t from "tap";
import { tsAdd32 } from "../../protocol/base/sequence.js";
import { createByteBlock } from "./byte-block.js";
import { JitterBuffer } from "./jitter-buffer.js";

const FILLER = 0xd5;
/** `p3`: packet 3 (20 ms, every byte 3) arrives, `p3+8` with a timestamp 8 more; `.`: 20 ms pass, what was heard is noted by its byte, `-` for nothing. */
function run(script: string, first = 0, buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 })) {
  const out = createByteBlock(160);
  let heard = "";
  for (const step of script.split(" ")) {
    if (step === ".") {
      out.bytes.fill(FILLER);
      buffer.take(out, 0, 160);
      const first = out.bytes[0]!;
      heard += !out.bytes.every((byte) => byte === first) ? "?" : first === FILLER ? "-" : `${first}`;
    } else {
      const [n, jump] = step.slice(1).split("+").map(Number);
      buffer.put(new Uint8Array(160).fill(n!), { start: 0, end: 160 }, tsAdd32(first, 160 * n! + (jump ?? 0)), 160);
    }
  }
  return { heard, ...buffer.counters, held: buffer.held };
}

t.test("fixed depth: three frames of silence, then every packet in its place", async (t) => {
  for (const { title, script, heard, first, ...counters } of [
    { title: "in order", script: "p1 . p2 . p3 . p4 . p5 . .", heard: "---123" },
    { title: "timestamp wraps", script: "p1 . p2 . p3 . p4 . p5 . .", heard: "---123", first: 2 ** 32 - 320 },
    { title: "reordered within the depth", script: "p1 . p3 . p2 . . . . .", heard: "---123" },
    { title: "lost: a gap of its length", script: "p1 . p3 . p4 . . . . . .", heard: "---1-34" },
    { title: "duplicate", script: "p1 p1 . p2 p2 . . . . .", heard: "---12-", duplicate: 2 },
    { title: "late", script: "p1 . p3 . . . . . p2 .", heard: "---1-3-", late: 1 },
    { title: "a burst after a stall of the network", script: "p1 . . . p2 p3 p4 . . . .", heard: "---1234" },
    { title: "silence suppression: time goes on", script: "p1 . . . . . . . p8 . . . . .", heard: "---1------8-" },
    { title: "a sender's clock that starts anew", script: "p1 . p2 . p4+900000 . . . . .", heard: "-----4-" },
    { title: "a sender's clock that goes back", script: "p9+900000 . p1 . . . .", heard: "----1" },
  ] as readonly { title: string; script: string; heard: string; first?: number; late?: number; duplicate?: number }[])
    t.match(run(script, first ?? 0), { heard: new RegExp(`^${heard}-*$`), late: 0, duplicate: 0, overflow: 0, ...counters }, title);
});

t.test("a path that has become slower: five late packets, then in step again", async (t) => {
  const { heard, late } = run(`p1 ${". ".repeat(10)}p2 . p3 . p4 . p5 . p6 . p7 . p8 . p9 . .`);
  t.same([heard, late], ["---1------" + "----" + "---67", 5]);
});

t.test("a sender faster than we play: delay stays bounded, what is dropped is counted", async (t) => {
  const buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
  const { overflow, held } = run(Array.from({ length: 30 }, (_, i) => `p${i}`).join(" "), 0, buffer);
  t.ok(overflow > 0 && held <= 19 && overflow + held === 30, `${overflow} dropped, ${held} held`);
});

t.test("bounds: a payload that no slot takes, more packets than slots, an empty one", async (t) => {
  const buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
  buffer.put(new Uint8Array(2000), { start: 0, end: 801 }, 0, 801);
  t.same([buffer.counters.overflow, buffer.held], [1, 0]);
  buffer.put(new Uint8Array(10), { start: 4, end: 4 }, 0, 160);
  t.equal(buffer.held, 0);
  for (let i = 0; i < 40; i++) buffer.put(new Uint8Array(10), { start: 0, end: 10 }, i * 10, 10);
  t.same([buffer.counters.overflow, buffer.held], [9, 32]);
});

t.test("packets of 10, 30 and 60 ms come out in frames of 20", async (t) => {
  for (const ms of [10, 30, 60]) {
    const buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
    const out = createByteBlock(160);
    const got: number[] = [];
    let sent = 0;
    for (let tick = 0; tick < 12; tick++) {
      for (; sent * ms <= tick * 20; sent++) {
        const from = sent * ms;
        buffer.put(Uint8Array.from({ length: ms * 8 }, (_, i) => from + Math.floor(i / 8)), { start: 0, end: ms * 8 }, from * 8, ms * 8);
      }
      out.bytes.fill(255);
      buffer.take(out, 0, 160);
      got.push(...out.bytes.filter((_, i) => i % 8 === 0));
    }
    t.same(got.slice(60, 240), Array.from({ length: 180 }, (_, i) => i), `${ms} ms`);
  }
});

t.test("reset: another stream begins with a depth of its own", async (t) => {
  const buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
  run("p1 . p2 .", 0, buffer);
  buffer.reset();
  t.equal(run("p5 . . . . .", 77_777, buffer).heard, "---5-");
});

t.test("RFC 3389: comfort noise stands in the order of time, is no sound to be copied, and goes on in another place", async (t) => {
  const buffer = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
  const out = createByteBlock(160);
  buffer.put(new Uint8Array(160).fill(1), { start: 0, end: 160 }, 160, 160);
  buffer.putNoise(Uint8Array.of(40, 90), { start: 0, end: 2 }, 320, 80);
  const slot = buffer.find(480 + 160, 480 + 320);
  t.same([buffer.isNoise(slot), buffer.offsetOf(slot)], [true, 640]);
  const other = new JitterBuffer({ depthMs: 60, unitsPerMs: 8 });
  other.restore(structuredClone(buffer.save()));
  t.equal(other.isNoise(other.find(640, 800)), true);
  const heard = Array.from({ length: 6 }, () => {
    out.bytes.fill(FILLER);
    buffer.take(out, 0, 160);
    return out.bytes.filter((byte) => byte !== FILLER).length;
  });
  t.same([heard, buffer.held], [[0, 0, 0, 160, 0, 0], 0]);
  for (let n = 0; n < 40; n++) buffer.put(new Uint8Array(160), { start: 0, end: 160 }, 1120 + 20 * n, 20);
  t.equal(buffer.isNoise(buffer.find(0, 10_000)), false, "its slot is nothing but a slot");
});
