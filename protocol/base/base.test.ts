import t from "tap";
import { formatEndpoint, sameEndpoint } from "./endpoint.js";
import { randomBelow, randomToken, randomUint32 } from "./random.js";
import { seqAdd16, seqDiff16, tsAdd32, tsDiff32 } from "./sequence.js";
import { SimClock } from "./sim-clock.js";
import { SimRandom } from "./sim-random.js";

t.test("RFC 1982: RTP sequence and timestamp differences wrap", async (t) => {
  for (const [a, b, diff] of [
    [1, 0, 1],
    [0, 65535, 1],
    [65535, 0, -1],
    [32767, 0, 32767],
    [32768, 0, -32768],
  ] as const)
    t.equal(seqDiff16(a, b), diff, `${a} - ${b}`);
  t.equal(seqAdd16(65535, 2), 1);
  t.equal(tsDiff32(0, 0xffffff60), 160);
  t.equal(tsAdd32(0xffffff60, 160), 0);
});

t.test("simulated time fires in order of time, then of arming, and never early", async (t) => {
  const clock = new SimClock();
  const fired: string[] = [];
  clock.after(20, () => fired.push("b"));
  clock.after(10, () => {
    fired.push("a");
    clock.after(10, () => fired.push("d"));
  });
  clock.after(20, () => fired.push("c"));
  const cancel = clock.after(15, () => fired.push("cancelled"));
  cancel();
  clock.advanceMs(19.9);
  t.same(fired, ["a"]);
  clock.advanceMs(0.1);
  t.same(fired, ["a", "b", "c", "d"]);
  t.equal(clock.pending, 0);
  t.equal(clock.monoMs(), 20);
});

t.test("simulated time lets promises run between timers", async (t) => {
  const clock = new SimClock();
  const order: string[] = [];
  clock.after(1, () => void Promise.resolve().then(async () => order.push("promise of 1")));
  clock.after(2, () => order.push("2"));
  await clock.runMs(2);
  t.same(order, ["promise of 1", "2"]);
});

t.test("a seed gives the same bytes twice, and tokens are grammar-safe", async (t) => {
  t.same(new SimRandom(7).bytes(16), new SimRandom(7).bytes(16));
  t.notSame(new SimRandom(7).bytes(16), new SimRandom(8).bytes(16));
  t.match(randomToken(new SimRandom(1), 12), /^[a-z2-7]{12}$/);
  t.ok(randomUint32(new SimRandom(3)) >= 0);
  t.ok(randomBelow(new SimRandom(3), 5) < 5);
});

t.test("endpoints print with brackets around IPv6", async (t) => {
  t.equal(formatEndpoint({ address: "192.0.2.1", port: 5060 }), "192.0.2.1:5060");
  t.equal(formatEndpoint({ address: "2001:db8::1", port: 5060 }), "[2001:db8::1]:5060");
  t.ok(sameEndpoint({ address: "a", port: 1 }, { address: "a", port: 1 }));
});

t.test("simulated time keeps its order over many timers, some cancelled (seed 11)", async (t) => {
  const clock = new SimClock();
  const random = new SimRandom(11);
  const fired: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < 500; i++) {
    const atMs = Math.floor(random.next() * 100);
    const cancel = clock.after(atMs, () => fired.push(clock.monoMs()));
    if (random.next() < 0.3) cancel();
    else expected.push(atMs);
  }
  t.equal(clock.pending, expected.length);
  clock.advanceMs(100);
  t.same(fired, expected.sort((a, b) => a - b));
  t.equal(clock.pending, 0);
});
