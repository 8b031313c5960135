import t from "tap";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { visits } from "../contract.js";
import type { StoreBoundary } from "./memory-backend.js";
import { MemoryStore } from "./memory-store.js";

const visit = (card: string): { card: string; day: number; tags: readonly string[] } => ({ card, day: 1, tags: ["x"] });

/** What is told within a few microtasks; "silence" where nothing is. */
async function told(promise: Promise<unknown>): Promise<string> {
  let answer = "silence";
  promise.then(
    () => (answer = "done"),
    () => (answer = "failed"),
  );
  for (let i = 0; i < 50; i++) await Promise.resolve();
  return answer;
}

for (const row of [
  { at: "commit", kept: 0 },
  { at: "committed", kept: 0 },
  { at: "synced", kept: 1 },
] as const) {
  t.test(`killed at ${row.at}: nobody is told, ${row.kept} row is kept, and nothing is answered any more`, async (t) => {
    const seen: StoreBoundary[] = [];
    let armed = false;
    const store = new MemoryStore({
      onBoundary: (boundary) => {
        seen.push(boundary);
        if (armed && boundary === row.at) throw new Error("kill");
      },
    });
    await store.transact(async (tx) => tx.put(visits, "h", visit("before")));
    t.strictSame(seen, ["commit", "committed", "synced"]);
    armed = true;
    t.equal(await told(store.transact(async (tx) => tx.put(visits, "h", visit("a")))), "silence");
    t.equal(store.dead, true);
    t.equal(await told(store.get(visits, "h", ["before", 1])), "silence");
    t.equal(await told(store.transact(async (tx) => tx.put(visits, "h", visit("b")), { until: "visible" })), "silence");
    t.equal(await told(store.close()), "silence");
    const next = new MemoryStore({ image: store.crash() });
    t.equal((await next.range(visits, "h", {})).length, 1 + row.kept);
    t.equal((await next.range(visits, "h", { index: "tag" })).length, 1 + row.kept, "rows and index entries stand or fall together");
  });
}

t.test("what was visible and not durable is lost in a crash, what was told as durable is not", async (t) => {
  const clock = new SimClock();
  const store = new MemoryStore({ scheduleSync: (sync) => void clock.after(5, sync) });
  await store.transact(async (tx) => tx.put(visits, "h", visit("visible")), { until: "visible" });
  t.equal((await store.range(visits, "h", {})).length, 1, "others see it");
  const durable = store.transact(async (tx) => tx.put(visits, "h", visit("durable")));
  t.equal(await told(durable), "silence");
  // A transaction that only read may repeat to somebody what it saw: it waits for that to be safe.
  const readOnly = store.transact(async (tx) => tx.get(visits, "h", ["durable", 1]));
  t.equal(await told(readOnly), "silence");
  t.equal((await new MemoryStore({ image: new Map() }).range(visits, "h", {})).length, 0);
  await clock.runMs(5);
  t.equal(await told(durable), "done");
  t.equal(await told(readOnly), "done");
  await store.transact(async (tx) => tx.put(visits, "h", visit("too late")), { until: "visible" });
  const next = new MemoryStore({ image: store.crash() });
  t.strictSame((await next.range(visits, "h", {})).map((v) => v.card), ["durable", "visible"]);
});

t.test("transactions aborted by chance are run again; a store that aborts all says so", async (t) => {
  const random = new SimRandom(11);
  const store = new MemoryStore({ aborts: { random, share: 0.5 } });
  for (let i = 0; i < 50; i++) await store.transact(async (tx) => tx.put(visits, "h", visit(String(i))));
  t.equal((await store.range(visits, "h", {})).length, 50);
  t.ok(store.counters.conflicts > 10, `${store.counters.conflicts} aborted, seed 11`);
  const hopeless = new MemoryStore({ aborts: { random, share: 1 } });
  await t.rejects(hopeless.transact(async (tx) => tx.put(visits, "h", visit("a"))), { code: "STORE_CONFLICT", context: { tries: 32 } });
  t.equal((await hopeless.range(visits, "h", {})).length, 0);
});
