// Random transactions, many at once, against a model that is a plain Map: what a transaction read must be what the
// model holds at the place in the order where it committed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { z } from "zod";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { CollectionStore } from "./collection-store.js";
import { openLmdbStore } from "./lmdb/lmdb-store.js";
import { MemoryStore } from "./memory/memory-store.js";
import type { CollectionDefinition, LogDefinition, Store, Transaction } from "./store.js";

interface Cell {
  readonly id: number;
  readonly value: number;
}
const cells: CollectionDefinition<Cell, "value"> = {
  name: "test-cells",
  version: 1,
  schema: z.object({ id: z.number(), value: z.number() }),
  key: (c) => [c.id],
  indexes: { value: { keys: (c) => [[c.value]] } },
};
/** Each transaction logs what it saw and did; the log's order is the order of the commits. */
interface Step {
  readonly saw: readonly Cell[];
  readonly wrote: readonly { readonly id: number; readonly value: number | null }[];
  readonly by: "rows" | "index" | "reverse";
  readonly limit: number;
  readonly from: number;
}
const cell = z.object({ id: z.number(), value: z.number() });
const steps: LogDefinition<Step> = {
  name: "test-steps",
  version: 1,
  schema: z.object({
    saw: z.array(cell),
    wrote: z.array(z.object({ id: z.number(), value: z.number().nullable() })),
    by: z.enum(["rows", "index", "reverse"]),
    limit: z.number(),
    from: z.number(),
  }),
  indexes: {},
};

const below = (random: SimRandom, bound: number): number => Math.floor(random.next() * bound);

async function randomStep(tx: Transaction, seed: number): Promise<void> {
  const random = new SimRandom(seed);
  const by = (["rows", "index", "reverse"] as const)[below(random, 3)]!;
  const [limit, from] = [1 + below(random, 4), below(random, 12)];
  const wrote: { id: number; value: number | null }[] = [];
  const saw = [...(await look(tx, { by, limit, from }))];
  for (let i = below(random, 3); i >= 0; i--) {
    await Promise.resolve();
    const id = below(random, 12);
    const value = random.next() < 0.3 ? null : below(random, 6) + saw.length;
    if (value === null) tx.delete(cells, "h", [id]);
    else tx.put(cells, "h", { id, value });
    wrote.push({ id, value });
  }
  tx.append(steps, () => ({ saw, wrote, by, limit, from }));
}

const look = (tx: Transaction, at: Pick<Step, "by" | "limit" | "from">): Promise<readonly Cell[]> => {
  if (at.by === "index") return tx.range(cells, "h", { index: "value", after: [at.from % 6], limit: at.limit });
  return tx.range(cells, "h", { after: [at.from], limit: at.limit, reverse: at.by === "reverse" });
};

function lookAtModel(model: ReadonlyMap<number, number>, at: Step): Cell[] {
  const all = [...model].map(([id, value]) => ({ id, value })).sort((a, b) => (at.by === "index" ? a.value - b.value || a.id - b.id : a.id - b.id));
  if (at.by === "index") return all.filter((c) => c.value > at.from % 6).slice(0, at.limit);
  if (at.by === "reverse") return all.filter((c) => c.id < at.from).reverse().slice(0, at.limit);
  return all.filter((c) => c.id > at.from).slice(0, at.limit);
}

async function play(store: Store, seed: number, transactions: number): Promise<string> {
  const random = new SimRandom(seed);
  for (let done = 0; done < transactions; ) {
    const together = 1 + below(random, 6);
    await Promise.all(Array.from({ length: together }, (_, i) => store.transact((tx) => randomStep(tx, seed * 100_000 + done + i), { until: "visible" })));
    done += together;
  }
  const model = new Map<number, number>();
  for (let after = 0; ; ) {
    const page = await store.readLog(steps, { afterSequence: after, limit: 1000 });
    for (const { sequence, value } of page) {
      const expected = lookAtModel(model, value);
      if (JSON.stringify(expected) !== JSON.stringify(value.saw)) return `seed ${seed}, commit ${sequence}: saw ${JSON.stringify(value.saw)}, the model has ${JSON.stringify(expected)}`;
      for (const { id, value: written } of value.wrote) {
        if (written === null) model.delete(id);
        else model.set(id, written);
      }
    }
    if (page.length < 1000) break;
    after = page.at(-1)!.sequence;
  }
  const rows = await store.range(cells, "h", {});
  const indexed = await store.range(cells, "h", { index: "value" });
  const expected = [...model].map(([id, value]) => ({ id, value }));
  if (JSON.stringify(rows) !== JSON.stringify(expected.sort((a, b) => a.id - b.id))) return `seed ${seed}: the rows at the end differ`;
  if (JSON.stringify(indexed) !== JSON.stringify(expected.sort((a, b) => a.value - b.value || a.id - b.id))) return `seed ${seed}: the index at the end differs`;
  return "serializable";
}

t.test("memory: 40 seeds of random transactions, a fifth of them aborted", async (t) => {
  let conflicts = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const store = new MemoryStore({ aborts: { random: new SimRandom(seed), share: 0.2 } });
    t.equal(await play(store, seed, 150), "serializable", `seed ${seed}`);
    conflicts += store.counters.conflicts;
  }
  t.ok(conflicts > 1000, `${conflicts} runs were overtaken or aborted`);
});

t.test("memory: one seed twice is the same to the byte", async (t) => {
  const images = [];
  for (let i = 0; i < 2; i++) {
    const store = new MemoryStore({ aborts: { random: new SimRandom(5), share: 0.2 } });
    await play(store, 5, 200);
    images.push(JSON.stringify([...store.crash()]));
  }
  t.equal(images[0], images[1]);
});

t.test("lmdb: 6 seeds of random transactions", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "ringward-model-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (let seed = 1; seed <= 6; seed++) {
    const store: CollectionStore = openLmdbStore(join(root, String(seed)));
    t.equal(await play(store, seed, 150), "serializable", `seed ${seed}`);
    t.ok(store.counters.conflicts > 0, `${store.counters.conflicts} conflicts`);
    await store.close();
  }
});
