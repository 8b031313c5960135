import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { MemoryStore, type MemoryStoreOptions } from "../store/memory/memory-store.js";
import type { Entry, NewEntry } from "./entry.js";
import { Journal } from "./journal.js";
import { loadNode } from "./node.js";

const note = (id: string, type = "call.noted", data: Record<string, unknown> = {}): NewEntry => ({
  type,
  v: 1,
  hospital: "demo",
  subject: { kind: "call", id },
  actor: { kind: "system" },
  data,
});

const rig = (options: MemoryStoreOptions = {}): { clock: SimClock; store: MemoryStore; journal: Journal } => {
  const clock = new SimClock();
  const store = new MemoryStore(options);
  return { clock, store, journal: new Journal({ store, clock, node: "n1" }) };
};
const brief = (entries: readonly Entry[]): string[] => entries.map((e) => `${e.nodeSeq} ${e.subject.id}${e.subjectSeq} ${e.type}`);

t.test("entries wait for company, at most 200 ms", async (t) => {
  const { clock, journal } = rig();
  const heard: Entry[] = [];
  journal.listen((entry) => heard.push(entry));
  journal.append(note("a"));
  await clock.runMs(150);
  journal.append(note("b"));
  t.strictSame(await journal.read(), []);
  t.equal(journal.counters.waiting, 2);
  await clock.runMs(50);
  t.strictSame(brief(await journal.read()), ["1 a1 call.noted", "2 b1 call.noted"]);
  t.strictSame(heard.map((e) => e.utcMs - clock.utcMs()), [-200, -50], "the time is that of what happened");
  t.strictSame(brief(heard), brief(await journal.read()));
  t.equal(clock.pending, 0);
});

t.test("an entry of a transaction stands behind what was appended before it, and falls with the transaction", async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const { store, journal } = rig({ aborts: { random: new SimRandom(seed), share: 0.5 } });
    journal.append(note("a", "call.first"));
    await t.rejects(
      store.transact(async (tx) => {
        journal.appendIn(tx, note("a", "call.fallen"));
        throw new Error("no");
      }),
    );
    const stands = store.transact(async (tx) => journal.appendIn(tx, note("a", "call.second")));
    journal.append(note("b", "call.first"));
    await stands;
    journal.append(note("a", "call.third"));
    t.strictSame(brief(await journal.ofSubject("demo", { kind: "call", id: "a" })).map((e) => e.slice(2)), ["a1 call.first", "a2 call.second", "a3 call.third"], `seed ${seed}`);
  }
});

t.test("numbers go on after a restart; what was not flushed is lost, what was flushed is not", async (t) => {
  const { clock, store, journal } = rig();
  journal.append(note("a"));
  await journal.flush();
  journal.append(note("a", "call.lost"));
  const again = new MemoryStore({ image: store.crash() });
  const next = new Journal({ store: again, clock, node: "n1" });
  next.append(note("a", "call.later"));
  await next.close();
  t.strictSame(brief(await next.read({ after: 1 })), ["2 a2 call.later"]);
  t.strictSame(brief(await next.ofSubject("demo", { kind: "call", id: "a" })), ["1 a1 call.noted", "2 a2 call.later"]);
  t.strictSame(await next.ofSubject("elsewhere", { kind: "call", id: "a" }), []);
});

t.test("a full batch is written at once", async (t) => {
  const { journal, clock } = rig();
  for (let i = 0; i < 500; i++) journal.append(note("a"));
  await clock.runMs(0);
  t.equal((await journal.read({ limit: 1000 })).length, 500);
});

t.test("a subject with more entries than a page", async (t) => {
  const { journal } = rig();
  for (let i = 0; i < 2345; i++) journal.append(note("a"));
  const entries = await journal.ofSubject("demo", { kind: "call", id: "a" });
  t.strictSame(entries.map((e) => e.subjectSeq), Array.from({ length: 2345 }, (_, i) => i + 1));
});

t.test("what is named like a secret is never kept", async (t) => {
  const { journal } = rig();
  journal.append(note("a", "call.keyed", { pin: "4321", deep: [{ Password: "4321", card: "10000001" }] }));
  await journal.flush();
  t.strictSame((await journal.read())[0]?.data, { pin: "***", deep: [{ Password: "***", card: "10000001" }] });
});

t.test("an entry that is none is refused where it is made", async (t) => {
  const { journal } = rig();
  t.throws(() => journal.append(note("a", "NoType")));
  t.throws(() => journal.append({ ...note("a"), v: 0 }));
});

t.test("a listener that throws costs the others nothing", async (t) => {
  const { store, clock } = rig();
  const faults: unknown[] = [];
  const journal = new Journal({ store, clock, node: "n1", onFault: (error) => faults.push(error) });
  const heard: number[] = [];
  journal.listen(() => {
    throw new Error("mine");
  });
  const stop = journal.listen((entry) => heard.push(entry.nodeSeq));
  journal.append(note("a"));
  await journal.flush();
  stop();
  journal.append(note("a"));
  await journal.flush();
  t.strictSame(heard, [1]);
  t.equal(faults.length, 2);
});

t.test("a node keeps its id", async (t) => {
  const store = new MemoryStore();
  const node = await loadNode(store, new SimRandom(1));
  t.match(node, /^[a-z2-7]{8}$/);
  t.equal(await loadNode(store, new SimRandom(2)), node);
});
