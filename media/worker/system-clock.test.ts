import t from "tap";
import { SystemClock } from "./system-clock.js";
import { SystemRandom } from "./system-random.js";

t.test("a timer never fires before its time nor within `after`; cancelled it never fires", async (t) => {
  const clock = new SystemClock();
  t.ok(Math.abs(clock.utcMs() - Date.now()) < 1000);
  let cancelledFired = false;
  const cancel = clock.after(5, () => (cancelledFired = true));
  cancel();
  cancel();
  for (const delayMs of [0, 0.4, 12.7, 30]) {
    const startMs = clock.monoMs();
    let inside = true;
    await new Promise<void>((resolve) => {
      clock.after(delayMs, () => {
        t.notOk(inside);
        resolve();
      });
      inside = false;
    });
    t.ok(clock.monoMs() - startMs >= delayMs, `${delayMs} ms`);
  }
  t.notOk(cancelledFired);
  // Longer than a timer of the platform takes: it must not fire at once.
  let early = false;
  const cancelLong = clock.after(2 ** 40, () => (early = true));
  await new Promise<void>((resolve) => void clock.after(20, resolve));
  cancelLong();
  t.notOk(early);
});

t.test("random bytes come in the count asked for, and never the same again", async (t) => {
  const random = new SystemRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) seen.add(Buffer.from(random.bytes(16)).toString("hex"));
  t.equal(seen.size, 1000);
  t.same([0, 1, 4096, 5000].map((count) => random.bytes(count).length), [0, 1, 4096, 5000]);
});
