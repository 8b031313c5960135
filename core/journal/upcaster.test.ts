import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import type { Entry, NewEntry } from "./entry.js";
import { EventStream, type EventMessage } from "./event-stream.js";
import { Journal } from "./journal.js";
import { UpcasterError, Upcasters, type Upcaster } from "./upcaster.js";

/** Shapes of a card's entry through three releases: an amount in yuan, then in fen, then with its currency. */
const STEPS: readonly Upcaster[] = [
  { type: "cards.charged", from: 2, lift: (data) => ({ ...data, currency: "CNY" }) },
  { type: "cards.charged", from: 1, lift: ({ yuan, ...rest }) => ({ ...rest, fen: Math.round(Number(yuan) * 100) }) },
];

const upcasters = (steps: readonly Upcaster[]): Upcasters => {
  const all = new Upcasters();
  all.set("cards", steps);
  return all;
};

const entry = (type: string, v: number, data: Record<string, unknown>): Entry => ({
  ...{ type, v, data, hospital: "demo", subject: { kind: "card", id: "1" }, subjectSeq: 1, node: "n1", nodeSeq: 1, utcMs: 0, monoMs: 0 },
  actor: { kind: "system" },
});

for (const { title, given, lifted } of [
  { title: "two steps", given: entry("cards.charged", 1, { yuan: "5.00", purpose: "fee" }), lifted: { v: 3, data: { fen: 500, purpose: "fee", currency: "CNY" } } },
  { title: "one step", given: entry("cards.charged", 2, { fen: 500 }), lifted: { v: 3, data: { fen: 500, currency: "CNY" } } },
  { title: "today's shape", given: entry("cards.charged", 3, { fen: 500, currency: "EUR" }), lifted: { v: 3, data: { fen: 500, currency: "EUR" } } },
  { title: "newer than this server: as it is", given: entry("cards.charged", 4, { minor: 500 }), lifted: { v: 4, data: { minor: 500 }, newer: true } },
  { title: "newer than a type that this server never changed, or doesn't know", given: entry("cards.locked", 2, { until: 1 }), lifted: { v: 2, data: { until: 1 }, newer: true } },
  { title: "a type whose shape never changed", given: entry("cards.locked", 1, { forMs: 1 }), lifted: { v: 1, data: { forMs: 1 } } },
])
  t.test(`an entry is lifted: ${title}`, async (t) => {
    const before = structuredClone(given);
    t.strictSame(upcasters(STEPS).lift(given), { ...given, ...lifted });
    t.strictSame(given, before, "what is kept is not touched");
  });

for (const { title, steps } of [
  { title: "a gap", steps: [{ type: "a.b", from: 2, lift: (data: Readonly<Record<string, unknown>>) => data }] },
  { title: "a fork", steps: [...STEPS, STEPS[0]!] },
  { title: "no version", steps: [{ type: "a.b", from: 0, lift: (data: Readonly<Record<string, unknown>>) => data }] },
])
  t.test(`steps with ${title} are refused`, async (t) => t.throws(() => upcasters(steps), { name: "UpcasterError", code: "JOURNAL_UPCASTERS" }) && t.ok(UpcasterError));

t.test("what an earlier release wrote is read in today's shape, in the order of the node and of the subject", async (t) => {
  const [clock, store] = [new SimClock(), new MemoryStore()];
  const note = (v: number, data: Record<string, unknown>): NewEntry => ({ type: "cards.charged", v, hospital: "demo", subject: { kind: "card", id: "1" }, actor: { kind: "system" }, data });
  const earlier = new Journal({ store, clock, node: "n1" });
  earlier.append(note(1, { yuan: "3.50" }));
  await earlier.close();
  const journal = new Journal({ store, clock, node: "n1" });
  journal.upcasters.set("cards", STEPS);
  journal.append(note(journal.upcasters.versionOf("cards.charged"), { fen: 1, currency: "CNY" }));
  const expected = [{ v: 3, data: { fen: 350, currency: "CNY" } }, { v: 3, data: { fen: 1, currency: "CNY" } }];
  t.match(await journal.ofSubject("demo", { kind: "card", id: "1" }), expected);
  t.match(await journal.read(), expected);
});

t.test("an owner's steps take the place of those that it gave before; refused ones change nothing", async (t) => {
  const all = upcasters(STEPS);
  t.throws(() => all.set("cards", [STEPS[0]!]), { code: "JOURNAL_UPCASTERS" });
  t.equal(all.versionOf("cards.charged"), 3);
  all.set("cards", [STEPS[1]!]);
  t.equal(all.versionOf("cards.charged"), 2);
  t.throws(() => all.set("others", [STEPS[1]!]), { code: "JOURNAL_UPCASTERS" }, "one type has one owner");
});

t.test("what a later release wrote is passed on as it is, marked and counted, as a list, by subject and in the stream", async (t) => {
  const [clock, store] = [new SimClock(), new MemoryStore()];
  const journal = new Journal({ store, clock, node: "n1" });
  journal.upcasters.set("cards", STEPS);
  const of = (v: number, data: Record<string, unknown>): void => journal.append({ type: "cards.charged", v, hospital: "demo", subject: { kind: "card", id: "1" }, actor: { kind: "system" }, data });
  of(3, { fen: 1, currency: "CNY" });
  of(4, { minor: 500 });
  await journal.flush();
  const expected = [{ v: 3, newer: undefined, data: { fen: 1 } }, { v: 4, newer: true, data: { minor: 500 } }];
  t.match(await journal.read(), expected);
  t.equal(journal.counters.newer, 1);
  t.match(await journal.ofSubject("demo", { kind: "card", id: "1" }), expected);
  t.equal(journal.counters.newer, 2, "each reading counts");
  const told: EventMessage[] = [];
  const stream = new EventStream({ journal, clock, cursor: { node: "n1", nodeSeq: 1 }, sink: { heldBytes: 0, send: (message) => void told.push(message), fail: (error) => t.fail(String(error)) } });
  await stream.start();
  t.match(told, [{ kind: "entry", entry: { v: 4, newer: true, data: { minor: 500 } } }, { kind: "live" }]);
  stream.close();
});
