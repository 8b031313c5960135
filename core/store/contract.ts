// What every store has to do, as tests that are run on each of them.
import t, { type Test } from "tap";
import { z } from "zod";
import { StoreError } from "./fault.js";
import type { CollectionDefinition, LogDefinition, Store } from "./store.js";

export interface StoreUnderTest {
  open(): Promise<Store>;
  /** Closes it in good order and opens the same data again. */
  reopen(store: Store): Promise<Store>;
}

export interface Visit {
  readonly card: string;
  readonly day: number;
  readonly tags: readonly string[];
}

export const visits: CollectionDefinition<Visit, "day" | "tag"> = {
  name: "test-visits",
  version: 1,
  schema: z.object({ card: z.string(), day: z.number(), tags: z.array(z.string()) }),
  key: (v) => [v.card, v.day],
  indexes: { day: { keys: (v) => [[v.day]] }, tag: { keys: (v) => v.tags.map((tag) => [tag]) } },
};

const log: LogDefinition<{ readonly n: number; readonly who: string; readonly inSeries: number }, "who"> = {
  name: "test-log",
  version: 1,
  schema: z.object({ n: z.number(), who: z.string(), inSeries: z.number() }),
  indexes: { who: { keys: (e) => [[e.who, e.inSeries]] } },
};

const visit = (card: string, day: number, tags: readonly string[] = []): Visit => ({ card, day, tags });
const cards = (rows: readonly Visit[]): string[] => rows.map((row) => `${row.card}/${row.day}`);

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
  return "no error";
}

/** Registers the suite under `name`. */
export async function storeContract(name: string, subject: StoreUnderTest): Promise<void> {
  await t.test(`${name}: rows and ranges`, (t) => rows(t, subject));
  await t.test(`${name}: indexes follow their rows`, (t) => indexes(t, subject));
  await t.test(`${name}: a transaction`, (t) => transactions(t, subject));
  await t.test(`${name}: transactions that meet`, (t) => conflicts(t, subject));
  await t.test(`${name}: logs`, (t) => logs(t, subject));
  await t.test(`${name}: versions`, (t) => versions(t, subject));
  await t.test(`${name}: indexes that were added later`, (t) => addedIndexes(t, subject));
  await t.test(`${name}: two definitions that write at once`, (t) => twoDefinitions(t, subject));
  await t.test(`${name}: misuse is refused with a code`, (t) => misuse(t, subject));
}

async function rows(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  await store.transact(async (tx) => {
    for (const [card, day] of [["a", 10], ["a", 9], ["a", -1], ["a", 2.5], ["b", 1], ["a\0", 3], ["\u{1f600}", 1], ["\uffff", 1], ["é", 1]] as const) tx.put(visits, "h1", visit(card, day));
    tx.put(visits, "h2", visit("other", 1));
  });
  for (const round of ["first", "reopened"]) {
    t.strictSame(await store.get(visits, "h1", ["a", 9]), visit("a", 9), `${round}: by key`);
    t.equal(await store.get(visits, "h1", ["a", 8]), undefined);
    t.equal(await store.get(visits, "h2", ["a", 9]), undefined, "a hospital sees its own rows only");
    // By code unit a pair of surrogates comes before U+FFFF, other than by code point.
    t.strictSame(cards(await store.range(visits, "h1", {})), ["a/-1", "a/2.5", "a/9", "a/10", "a\0/3", "b/1", "é/1", "\u{1f600}/1", "\uffff/1"]);
    t.strictSame(cards(await store.range(visits, "h1", { prefix: ["a"] })), ["a/-1", "a/2.5", "a/9", "a/10"], "numbers by value");
    t.strictSame(cards(await store.range(visits, "h1", { prefix: ["a"], after: ["a", 2.5] })), ["a/9", "a/10"]);
    t.strictSame(cards(await store.range(visits, "h1", { prefix: ["a"], after: ["a", 9], reverse: true })), ["a/2.5", "a/-1"]);
    t.strictSame(cards(await store.range(visits, "h1", { prefix: ["a"], reverse: true, limit: 2 })), ["a/10", "a/9"]);
    t.strictSame(cards(await store.range(visits, "h1", { after: ["zz"], prefix: ["a"] })), [], "a cursor behind the prefix");
    t.strictSame(await store.range(visits, "h3", {}), []);
    store = await subject.reopen(store);
  }
  await store.close();
}

async function indexes(t: Test, subject: StoreUnderTest): Promise<void> {
  const store = await subject.open();
  await store.transact(async (tx) => {
    tx.put(visits, "h", visit("a", 1, ["x", "y"]));
    tx.put(visits, "h", visit("b", 2, ["x"]));
    tx.put(visits, "h", visit("c", 1));
    t.strictSame(cards(await tx.range(visits, "h", { index: "tag", prefix: ["x"] })), ["a/1", "b/2"], "seen inside");
  });
  t.strictSame(cards(await store.range(visits, "h", { index: "day" })), ["a/1", "c/1", "b/2"]);
  t.strictSame(cards(await store.range(visits, "h", { index: "tag" })), ["a/1", "b/2", "a/1"]);
  t.strictSame(cards(await store.range(visits, "h", { index: "day", after: [1, "a", 1] })), ["c/1", "b/2"], "a page's cursor is index key and primary key");
  await store.transact(async (tx) => {
    tx.put(visits, "h", visit("a", 1, ["z"]));
    tx.delete(visits, "h", ["b", 2]);
    tx.delete(visits, "h", ["nobody", 2]);
  });
  t.strictSame(cards(await store.range(visits, "h", { index: "tag", prefix: ["x"] })), []);
  t.strictSame(cards(await store.range(visits, "h", { index: "tag" })), ["a/1"]);
  t.strictSame(cards(await store.range(visits, "h", { index: "day" })), ["a/1", "c/1"]);
  await store.transact(async (tx) => {
    tx.put(visits, "h", visit("d", 5, ["w"]));
    tx.put(visits, "h", visit("d", 5, ["v"]));
    tx.delete(visits, "h", ["a", 1]);
    tx.put(visits, "h", visit("a", 1, ["z"]));
  });
  t.strictSame(cards(await store.range(visits, "h", { index: "tag" })), ["d/5", "a/1"], "written twice in one transaction");
  await store.close();
}

async function transactions(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  const result = await store.transact(async (tx) => {
    tx.put(visits, "h", visit("a", 1));
    t.equal(await store.get(visits, "h", ["a", 1]), undefined, "not seen outside before the commit");
    t.strictSame(await tx.get(visits, "h", ["a", 1]), visit("a", 1), "seen inside");
    tx.delete(visits, "h", ["a", 1]);
    t.equal(await tx.get(visits, "h", ["a", 1]), undefined);
    tx.put(visits, "h", visit("a", 2));
    tx.put(visits, "h", visit("a", 3));
    t.strictSame(cards(await tx.range(visits, "h", { reverse: true, limit: 1 })), ["a/3"]);
    return 42;
  });
  t.equal(result, 42);
  t.strictSame(cards(await store.range(visits, "h", {})), ["a/2", "a/3"]);
  const failed = store.transact(async (tx) => {
    tx.put(visits, "h", visit("lost", 1));
    throw new Error("changed my mind");
  });
  await t.rejects(failed, { message: "changed my mind" });
  await store.transact(async (tx) => tx.put(visits, "h", visit("soon", 1)), { until: "visible" });
  store = await subject.reopen(store);
  t.strictSame(cards(await store.range(visits, "h", {})), ["a/2", "a/3", "soon/1"], "nothing of the failed one");
  await store.close();
}

async function conflicts(t: Test, subject: StoreUnderTest): Promise<void> {
  const store = await subject.open();
  await store.transact(async (tx) => tx.put(visits, "h", visit("counter", 0, ["0"])));
  let runs = 0;
  const raise = async (): Promise<void> => {
    await store.transact(async (tx) => {
      runs++;
      const row = (await tx.get(visits, "h", ["counter", 0]))!;
      await Promise.resolve();
      tx.put(visits, "h", { ...row, tags: [String(Number(row.tags[0]) + 1)] });
    });
  };
  await Promise.all(Array.from({ length: 100 }, raise));
  t.strictSame((await store.get(visits, "h", ["counter", 0]))?.tags, ["100"], "100 at once, none lost");
  t.ok(runs > 100, "some ran again");
  t.strictSame(cards(await store.range(visits, "h", { index: "tag" })), ["counter/0"], "one index entry is left");

  // Each takes the place only where the range is empty: one of them may win.
  const claim = (card: string): Promise<boolean> =>
    store.transact(async (tx) => {
      if ((await tx.range(visits, "h", { index: "day", prefix: [7] })).length > 0) return false;
      tx.put(visits, "h", visit(card, 7));
      return true;
    });
  const won = await Promise.all(["p", "q", "r", "s"].map(claim));
  t.equal(won.filter(Boolean).length, 1, "a range that was empty is watched too");

  let first = true;
  const told = await store.transact(async (tx) => {
    const before = await tx.get(visits, "h", ["left", 1]);
    if (first) {
      first = false;
      await store.transact(async (other) => {
        other.put(visits, "h", visit("left", 1));
        other.put(visits, "h", visit("right", 1));
      });
    }
    const after = await tx.get(visits, "h", ["right", 1]);
    if ((before === undefined) !== (after === undefined)) throw new Error("half a commit seen");
    return before !== undefined;
  });
  t.equal(told, true, "what throws on a state that never was is run again");
  await store.close();
}

async function logs(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  const append = (who: string): Promise<void> => store.transact(async (tx) => tx.append(log, (n, inSeries) => ({ n, who, inSeries }), [who]));
  await Promise.all(["a", "b", "a", "c", "a"].map(append));
  await t.rejects(
    store.transact(async (tx) => {
      tx.append(log, (n, inSeries) => ({ n, who: "lost", inSeries }));
      throw new Error("no");
    }),
  );
  store = await subject.reopen(store);
  let waiting = ["x", "b"];
  await store.transact(async (tx) =>
    tx.appendAtCommit(log, () => {
      const taken = waiting;
      waiting = [];
      return taken.map((who) => ({ series: [who], write: (n, inSeries) => ({ n, who, inSeries }) }));
    }),
  );
  const all = await store.readLog(log, {});
  t.strictSame(all.map((e) => e.sequence), [1, 2, 3, 4, 5, 6, 7], "no holes, also over a restart and a transaction that failed");
  t.strictSame(all.map((e) => e.value.n), [1, 2, 3, 4, 5, 6, 7]);
  t.strictSame((await store.readLog(log, { afterSequence: 5 })).map((e) => e.value.who), ["x", "b"]);
  t.strictSame((await store.readLog(log, { reverse: true, limit: 2 })).map((e) => e.sequence), [7, 6]);
  t.strictSame((await store.readLog(log, { afterSequence: 5, reverse: true })).map((e) => e.sequence), [7, 6]);
  t.strictSame((await store.rangeLog(log, { index: "who", prefix: ["a"] })).map((e) => e.inSeries), [1, 2, 3]);
  t.strictSame((await store.rangeLog(log, { index: "who", prefix: ["b"] })).map((e) => e.inSeries), [1, 2]);
  await store.close();
}

async function versions(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  await store.transact(async (tx) => tx.put(visits, "h", visit("a", 1, ["x"])));
  store = await subject.reopen(store);
  const newer: CollectionDefinition<{ card: string; day: number; labels: readonly string[] }, "label"> = {
    name: visits.name,
    version: 2,
    schema: z.object({ card: z.string(), day: z.number(), labels: z.array(z.string()) }),
    key: (v) => [v.card, v.day],
    indexes: { label: { keys: (v) => v.labels.map((label) => [label]) } },
    upgrade: (value, from) => {
      const { tags, ...rest } = value as Visit;
      return { ...rest, labels: [...tags, `v${from}`] };
    },
  };
  t.strictSame(await store.get(newer, "h", ["a", 1]), { card: "a", day: 1, labels: ["x", "v1"] }, "an older row is lifted");
  await store.transact(async (tx) => tx.put(newer, "h", { card: "a", day: 1, labels: ["y"] }));
  t.equal((await store.range(newer, "h", { index: "label", prefix: ["y"] })).length, 1);
  t.equal(await code(store.get(visits, "h", ["a", 1])), "STORE_NEWER");
  t.equal((await store.range(visits, "h", { index: "tag" })).length, 0, "what the older version put into its index is gone");
  await store.transact(async (tx) => tx.put(visits, "h", visit("b", 1)));
  t.equal(await code(store.get({ ...newer, upgrade: () => ({ card: 7 }) }, "h", ["b", 1])), "STORE_UNREADABLE");
  const { upgrade: _none, ...wayless } = newer;
  t.equal(await code(store.get(wayless, "h", ["b", 1])), "STORE_UNREADABLE");
  await store.close();
}

/** More than one transaction of the filling. */
const MANY = 1300;

type Bare = CollectionDefinition<Visit>;
const { day: _day, tag: _tag, ...none } = visits.indexes;
const bare: Bare = { ...visits, indexes: none };

async function fillMany(store: Store, collection: Bare): Promise<void> {
  for (let from = 0; from < MANY; from += 100)
    await store.transact(async (tx) => {
      for (let i = from; i < from + 100; i++) tx.put(collection, i % 3 === 0 ? "h" : "中", visit(`c${i}`, i % 7, i % 2 === 0 ? ["even"] : []));
    });
}

const countAll = async (store: Store, hospital: string, query: { readonly index: "day" | "tag"; readonly prefix?: readonly (string | number)[] }): Promise<number> => {
  let count = 0;
  for (let after: readonly (string | number)[] | undefined; ; ) {
    const page = await store.range(visits, hospital, { ...query, limit: 1000, ...(after === undefined ? {} : { after }) });
    count += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < 1000) return count;
    after = query.index === "day" ? [last.day, last.card, last.day] : ["even", last.card, last.day];
  }
};

async function addedIndexes(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  await fillMany(store, bare);
  store = await subject.reopen(store);
  t.equal(await countAll(store, "h", { index: "day" }), 434, "who looks first finds all rows");
  t.equal(await countAll(store, "中", { index: "tag", prefix: ["even"] }), 433, "of every hospital");
  t.equal(await store.prepare(visits), 0, "and it is done once");
  await store.close();

  store = await subject.open();
  await fillMany(store, bare);
  let looked = 0;
  const broken: typeof visits = {
    ...visits,
    indexes: {
      ...visits.indexes,
      day: {
        keys: (v) => {
          if (++looked > 900) throw new Error("the power is cut");
          return [[v.day]];
        },
      },
    },
  };
  await t.rejects(store.prepare(broken), { message: "the power is cut" });
  store = await subject.reopen(store);
  t.equal(await store.prepare(visits), MANY - 500, "an interrupted filling is begun again; what was done is only read");
  t.equal((await countAll(store, "h", { index: "day" })) + (await countAll(store, "中", { index: "day" })), MANY);

  const day = await store.transact(async (tx) => (await tx.range({ ...visits, version: 2, upgrade: (value) => ({ ...(value as Visit), day: 77 }), indexes: { ...visits.indexes, day: { keys: (v) => [[v.day]] } } }, "h", { index: "day", prefix: [77], limit: 3 })).map((row) => row.day));
  t.strictSame(day, [77, 77, 77], "a transaction that looks through an index finds rows where their lifted values stand");
  await store.close();

  store = await subject.open();
  await fillMany(store, bare);
  const writes = Array.from({ length: 50 }, (_, i) => store.transact(async (tx) => tx.put(visits, "h", visit(`new${i}`, 99, ["even"]))));
  const [found] = await Promise.all([countAll(store, "h", { index: "day", prefix: [99] }), store.prepare(visits), ...writes, store.transact(async (tx) => tx.delete(visits, "h", ["c0", 0]))]);
  t.ok(found <= 50);
  t.equal(await countAll(store, "h", { index: "day", prefix: [99] }), 50, "what is written meanwhile is found too");
  t.equal(await countAll(store, "h", { index: "day" }), 483, "and what is deleted is not");
  await store.close();
}

/** A plugin that was read anew writes rows with an index more while a call of the old one still writes. */
async function twoDefinitions(t: Test, subject: StoreUnderTest): Promise<void> {
  let store = await subject.open();
  await store.transact(async (tx) => tx.put(visits, "h", visit("a", 1)));
  t.strictSame(cards(await store.range(visits, "h", { index: "day" })), ["a/1"]);
  await store.transact(async (tx) => tx.put(bare, "h", visit("b", 2)));
  await store.transact(async (tx) => tx.put(bare, "h", visit("a", 1, ["x"])));
  t.strictSame(cards(await store.range(visits, "h", { index: "day" })), ["a/1", "b/2"], "rows of the old definition are found by the new one");
  store = await subject.reopen(store);
  await store.transact(async (tx) => tx.put(bare, "h", visit("c", 3)));
  t.strictSame(cards(await store.transact((tx) => tx.range(visits, "h", { index: "day" }))), ["a/1", "b/2", "c/3"], "in a transaction too");
  await store.close();
}

async function misuse(t: Test, subject: StoreUnderTest): Promise<void> {
  const store = await subject.open();
  const secret = { card: "a", day: "1234", tags: [] } as unknown as Visit;
  const refused = await store.transact(async (tx) => tx.put(visits, "h", secret)).catch((error: unknown) => error);
  t.match(refused, { code: "STORE_INVALID", context: { path: "day" } });
  t.notMatch(String(refused), "1234", "a refused value is not repeated");
  t.equal(await code(store.get(visits, "h", [Number.NaN])), "STORE_KEY");
  t.equal(await code(store.get(visits, "h", ["x".repeat(3000)])), "STORE_KEY");
  t.equal(await code(store.range(visits, "h", { limit: 1001 })), "STORE_QUERY");
  t.equal(await code(store.range(visits, "h", { limit: 0 })), "STORE_QUERY");
  t.equal(await code(store.range(visits, "h", { index: "toString" as "day" })), "STORE_QUERY");
  const kept = await store.transact(async (tx) => tx);
  t.equal(await code(kept.get(visits, "h", ["a", 1])), "STORE_TRANSACTION_OVER");
  t.throws(() => kept.put(visits, "h", visit("a", 1)), { code: "STORE_TRANSACTION_OVER" });
  await store.close();
  t.equal(await code(store.get(visits, "h", ["a", 1])), "STORE_CLOSED");
  t.equal(await code(store.transact(async (tx) => tx.put(visits, "h", visit("a", 1)))), "STORE_CLOSED");
}
