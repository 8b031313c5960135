import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { ReceiveSequence } from "./receive-sequence.js";

t.test("RFC 3550 A.1, A.3: lost, repeated, out of order, begun anew", async (t) => {
  for (const { title, seqs, lost, duplicates, jumps } of [
    { title: "in order", seqs: [1, 2, 3], lost: 0, duplicates: 0, jumps: 0 },
    { title: "across the wrap", seqs: [65_534, 65_535, 0, 1], lost: 0, duplicates: 0, jumps: 0 },
    { title: "two lost across the wrap", seqs: [65_534, 1], lost: 2, duplicates: 0, jumps: 0 },
    { title: "out of order is not lost", seqs: [5, 7, 6, 8], lost: 0, duplicates: 0, jumps: 0 },
    { title: "repeated, also after others", seqs: [5, 5, 6, 7, 5], lost: 0, duplicates: 2, jumps: 0 },
    { title: "older than the first", seqs: [5, 4, 6], lost: 0, duplicates: 0, jumps: 0 },
    { title: "begun anew", seqs: [5, 6, 40_000, 40_001], lost: 0, duplicates: 0, jumps: 1 },
    { title: "begun anew below", seqs: [5000, 5001, 4000, 4001], lost: 0, duplicates: 0, jumps: 1 },
    { title: "what was lost before a new beginning stays so", seqs: [5, 8, 40_000], lost: 2, duplicates: 0, jumps: 1 },
  ]) {
    const sequence = new ReceiveSequence();
    const arrivals = seqs.map((seq, i) => sequence.push(seq, i * 160, i * 160));
    t.same([sequence.lost, sequence.duplicates, arrivals.filter((a) => a === "jump").length], [lost, duplicates, jumps], title);
  }
});

t.test("RFC 3550 6.4.1: highest number with its cycles; another SSRC is no loss", async (t) => {
  const sequence = new ReceiveSequence();
  for (const seq of [65_535, 0, 1]) sequence.push(seq, 0, 0);
  t.equal(sequence.highestExtended, 0x1_0001);
  sequence.restart();
  t.equal(sequence.push(30_000, 0, 0), "fresh");
  t.same([sequence.lost, sequence.expected], [0, 4]);
});

t.test("RFC 3550 A.8: jitter is 0 for a regular stream, also across the timestamp's wrap, and settles at the mean deviation", async (t) => {
  const regular = new ReceiveSequence();
  for (let i = 0; i < 50; i++) regular.push(i, (4_294_967_000 + i * 160) >>> 0, 777 + i * 160);
  t.equal(regular.jitterUnits, 0);
  const uneven = new ReceiveSequence();
  // Every second packet 10 ms late: the transit differs by 80 units each time.
  for (let i = 0; i < 400; i++) uneven.push(i, i * 160, i * 160 + (i % 2) * 80);
  t.ok(Math.abs(uneven.jitterUnits - 80) <= 0.5, `${uneven.jitterUnits}: in whole sixteenths, as there`);
});

t.test("RFC 3550 A.1: a number within the last hundred is told from one that came, however the numbers jumped", async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SimRandom(seed);
    const sequence = new ReceiveSequence();
    const came = new Set<number>();
    let highest = 65_000;
    sequence.push(highest, 0, 0);
    came.add(highest);
    for (let i = 0; i < 2000; i++) {
      const ahead = random.next() < 0.5 ? 1 : Math.floor(random.next() ** 3 * 200) - Math.floor(random.next() * 100);
      const place = highest + ahead;
      const expected = came.has(place) ? "duplicate" : "fresh";
      const arrival = sequence.push(place & 0xffff, 0, 0);
      if (arrival !== expected) t.fail(`seed ${seed}, packet ${i}, ${ahead} ahead: ${arrival}`);
      came.add(place);
      highest = Math.max(highest, place);
    }
    t.equal(sequence.highestExtended - 65_000, highest - 65_000, `seed ${seed}`);
  }
});
