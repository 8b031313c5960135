import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { CallEntryData, CallEntryType } from "../call/entries.js";
import type { Entry, NewEntry } from "../journal/entry.js";
import { Journal } from "../journal/journal.js";
import { MemoryStore, type MemoryStoreOptions } from "../store/memory/memory-store.js";
import { CdrKeeper } from "./cdr-keeper.js";
import { cdrs, type Cdr } from "./cdr.js";
import { deriveCdr } from "./derivation.js";

type Step = { [T in CallEntryType]: readonly [atMs: number, type: T, data: CallEntryData<T>] }[CallEntryType];

const START_MS = Date.UTC(2026, 0, 5, 1);
const newEntry = (call: string, type: string, data: Record<string, unknown>): NewEntry => ({ type, v: 1, hospital: "demo", subject: { kind: "call", id: call }, actor: { kind: "system" }, data });
const entriesOf = (steps: readonly Step[]): Entry[] =>
  steps.map(([atMs, type, data], i) => ({ ...newEntry("c1", type, data), subjectSeq: i + 1, node: "n1", nodeSeq: i + 1, utcMs: START_MS + atMs, monoMs: 500 + atMs }));

const from = { kind: "trunk", name: "demo-carrier" } as const;
const started: Step = [0, "call.started", { caller: "13800000002", called: "95001", origin: from, leg: "l1" }];
const answered: Step = [1000, "call.answered", { offsetMs: 1000 }];
const ended = (offsetMs: number, by: "caller" | "server" | "failure", how: { readonly cause?: string; readonly status?: number } = {}): Step => [offsetMs, "call.ended", { offsetMs, by, cause: "bye", ...how }];
const dialled = (leg: string, extension: string, offsetMs: number): Step => [offsetMs, "call.dialled", { leg, extension, offsetMs }];
const bridged = (leg: string, extension: string, offsetMs: number): Step => [offsetMs, "call.bridged", { leg, extension, offsetMs }];
const legEnded = (leg: string, extension: string, offsetMs: number): Step => [offsetMs, "call.leg-ended", { leg, extension, offsetMs, by: "local", cause: "bye" }];
const refused = (leg: string, extension: string, offsetMs: number): Step => [offsetMs, "call.leg-ended", { leg, extension, offsetMs, by: "remote", cause: "rejected", status: 486 }];

const rows: { readonly title: string; readonly steps: readonly Step[]; readonly expect: Partial<Cdr> }[] = [
  {
    title: "IVR alone: answered, no agent, billed from the answer",
    steps: [started, answered, [20_000, "call.menu", { prompt: "ivr/main", key: "1" }], ended(61_000, "caller")],
    expect: { direction: "incoming", trunk: "demo-carrier", disposition: "answered", endedBy: "caller", durationMs: 61_000, billableMs: 60_000, talkMs: 0, agents: [], queues: [], startUtcMs: START_MS, answerUtcMs: START_MS + 1000, endUtcMs: START_MS + 61_000, status: null },
  },
  { title: "abandoned before the answer: nothing billed", steps: [started, ended(4000, "caller", { cause: "cancelled" })], expect: { disposition: "abandoned", answerUtcMs: null, billableMs: 0, durationMs: 4000 } },
  {
    title: "abandoned in the queue: the wait is to the end",
    steps: [started, answered, [5000, "call.queued", { queue: "operators", priority: 0 }], dialled("l2", "1001", 5100), legEnded("l2", "1001", 9000), ended(9000, "caller")],
    expect: {
      disposition: "abandoned",
      queues: [{ queue: "operators", enteredOffsetMs: 5000, waitMs: 4000, outcome: "abandoned" }],
      agents: [],
      legs: [
        { leg: "l1", role: "caller", number: "13800000002", trunk: "demo-carrier", startOffsetMs: 0, answerOffsetMs: 1000, endOffsetMs: 9000, endedBy: "remote", cause: "bye", status: null },
        { leg: "l2", role: "agent", number: "1001", trunk: null, startOffsetMs: 5100, answerOffsetMs: null, endOffsetMs: 9000, endedBy: "local", cause: "bye", status: null },
      ],
    },
  },
  {
    title: "an operator out of three: talk from the bridge, the losers' legs as they ended",
    steps: [
      started,
      answered,
      [5000, "call.queued", { queue: "operators", priority: 10 }],
      dialled("l2", "1001", 5100),
      dialled("l3", "1002", 5100),
      refused("l3", "1002", 6000),
      [8000, "call.agent-answered", { leg: "l2", extension: "1001", offsetMs: 8000 }],
      bridged("l2", "1001", 8100),
      [8100, "call.recording-started", { recording: "r1", leg: "l1", role: "caller", offsetMs: 8100 }],
      [8100, "call.recording-started", { recording: "r2", leg: "l2", role: "agent", extension: "1001", offsetMs: 8100 }],
      legEnded("l2", "1001", 38_100),
      [38_200, "call.recording-closed", { recording: "r2", leg: "l2", durationMs: 30_000, sha256: "aa" }],
      [38_200, "call.dequeued", { queue: "operators", outcome: "served" }],
      ended(38_300, "server"),
    ],
    expect: {
      disposition: "answered",
      talkMs: 30_000,
      agents: [{ extension: "1001", leg: "l2", bridgedOffsetMs: 8100, talkMs: 30_000 }],
      queues: [{ queue: "operators", enteredOffsetMs: 5000, waitMs: 3100, outcome: "served" }],
      recordings: [
        { recording: "r1", leg: "l1", role: "caller", offsetMs: 8100, durationMs: null, sha256: null },
        { recording: "r2", leg: "l2", role: "agent", offsetMs: 8100, durationMs: 30_000, sha256: "aa" },
      ],
    },
  },
  {
    title: "the caller hangs up while talking to the operator: served, not abandoned; the talk ends with the call",
    steps: [started, answered, [2000, "call.queued", { queue: "operators", priority: 0 }], dialled("l2", "1001", 2000), bridged("l2", "1001", 3000), ended(13_000, "caller")],
    expect: { disposition: "answered", talkMs: 10_000, queues: [{ queue: "operators", enteredOffsetMs: 2000, waitMs: 1000, outcome: "served" }] },
  },
  {
    title: "two operators one after the other: each is credited with his own minutes",
    steps: [started, answered, dialled("l2", "1001", 2000), bridged("l2", "1001", 3000), legEnded("l2", "1001", 13_000), dialled("l3", "1002", 14_000), bridged("l3", "1002", 15_000), ended(20_000, "caller")],
    expect: {
      talkMs: 15_000,
      agents: [
        { extension: "1001", leg: "l2", bridgedOffsetMs: 3000, talkMs: 10_000 },
        { extension: "1002", leg: "l3", bridgedOffsetMs: 15_000, talkMs: 5000 },
      ],
    },
  },
  {
    title: "nobody there, then back in the menu and gone",
    steps: [started, answered, [2000, "call.queued", { queue: "operators", priority: 0 }], [2500, "call.dequeued", { queue: "operators", outcome: "nobody-there" }], ended(9000, "caller")],
    expect: { disposition: "answered", queues: [{ queue: "operators", enteredOffsetMs: 2000, waitMs: 500, outcome: "nobody-there" }] },
  },
  { title: "busy", steps: [started, ended(100, "server", { cause: "rejected", status: 486 })], expect: { disposition: "busy", status: 486, endedBy: "server" } },
  { title: "refused", steps: [started, ended(100, "server", { cause: "rejected", status: 480 })], expect: { disposition: "rejected", status: 480 } },
  {
    title: "a phone's call out: the second trunk took it, and its party is nobody's agent",
    steps: [
      [0, "call.started", { caller: "1001", called: "913900000001", origin: { kind: "phone", name: "1001" }, leg: "l1" }],
      [10, "call.dialled", { leg: "l2", extension: "13900000001", trunk: "a", offsetMs: 10 }],
      [500, "call.leg-ended", { leg: "l2", extension: "13900000001", trunk: "a", offsetMs: 500, by: "remote", cause: "rejected", status: 503 }],
      [510, "call.dialled", { leg: "l3", extension: "13900000001", trunk: "b", offsetMs: 510 }],
      [2000, "call.agent-answered", { leg: "l3", extension: "13900000001", trunk: "b", offsetMs: 2000 }],
      [2100, "call.answered", { offsetMs: 2100 }],
      [2100, "call.bridged", { leg: "l3", extension: "13900000001", trunk: "b", offsetMs: 2100 }],
      [2100, "call.recording-started", { recording: "r", leg: "l3", role: "outside", extension: "13900000001", offsetMs: 2100 }],
      [12_100, "call.leg-ended", { leg: "l3", extension: "13900000001", trunk: "b", offsetMs: 12_100, by: "remote", cause: "bye" }],
      ended(12_200, "server"),
    ],
    expect: {
      direction: "outgoing",
      trunk: "b",
      caller: "1001",
      called: "913900000001",
      disposition: "answered",
      talkMs: 10_000,
      agents: [],
      legs: [
        { leg: "l1", role: "caller", number: "1001", trunk: null, startOffsetMs: 0, answerOffsetMs: 2100, endOffsetMs: 12_200, endedBy: "local", cause: "bye", status: null },
        { leg: "l2", role: "outside", number: "13900000001", trunk: "a", startOffsetMs: 10, answerOffsetMs: null, endOffsetMs: 500, endedBy: "remote", cause: "rejected", status: 503 },
        { leg: "l3", role: "outside", number: "13900000001", trunk: "b", startOffsetMs: 510, answerOffsetMs: 2000, endOffsetMs: 12_100, endedBy: "remote", cause: "bye", status: null },
      ],
    },
  },
  { title: "a call out that no trunk took", steps: [[0, "call.started", { caller: "1001", called: "913900000001", origin: { kind: "phone", name: "1001" }, leg: "l1" }], ended(5000, "server", { cause: "rejected", status: 503 })], expect: { disposition: "failed", status: 503 } },
  { title: "a phone calls a phone", steps: [[0, "call.started", { caller: "1001", called: "1002", origin: { kind: "phone", name: "1001" }, leg: "l1" }], ended(5, "caller")], expect: { direction: "internal", trunk: null } },
  { title: "failed: the answer was never acknowledged", steps: [started, ended(32_000, "failure", { cause: "no-ack" })], expect: { disposition: "failed", cause: "no-ack" } },
  { title: "killed while it talked", steps: [started, answered, ended(11_000, "failure", { cause: "crash" })], expect: { disposition: "closed-after-crash", billableMs: 10_000, durationMs: 11_000 } },
];

for (const row of rows) {
  t.test(`Q17 ${row.title}`, async (t) => {
    const record = deriveCdr(entriesOf(row.steps));
    t.match(record, row.expect);
    t.strictSame(deriveCdr(entriesOf(row.steps)), record);
    if (row.expect.agents !== undefined) t.equal(record?.agents.length, row.expect.agents.length);
  });
}

t.test("a record of version 1 is lifted: no call went out then", async (t) => {
  const current = deriveCdr(entriesOf([started, answered, dialled("l2", "1001", 5100), ended(9000, "caller")]))!;
  const { direction: _direction, trunk: _trunk, ...rest } = current;
  const old = { ...rest, legs: rest.legs.map(({ trunk: _of, ...leg }) => leg) };
  t.same(cdrs.upgrade!(old, 1), current);
  t.match(cdrs.upgrade!({ ...old, from: { kind: "phone", name: "1001" } }, 1), { direction: "internal", trunk: null });
});

t.test("no record before the end, nor of what is no call or of a form that is not known", async (t) => {
  t.equal(deriveCdr([]), undefined);
  t.equal(deriveCdr(entriesOf([started, answered])), undefined);
  t.equal(deriveCdr(entriesOf([answered, ended(5, "caller")])), undefined);
  t.equal(deriveCdr(entriesOf([started, [5, "call.ended", { offsetMs: "5" } as never]])), undefined);
  t.match(deriveCdr(entriesOf([started, [1, "toString" as "call.mark", { offsetMs: 1 }], [2, "ivr.noted" as "call.mark", {} as never], ended(5, "caller")])), { durationMs: 5 });
});

const rig = (options: MemoryStoreOptions = {}, clock = new SimClock()): { store: MemoryStore; journal: Journal; keeper: CdrKeeper; clock: SimClock } => {
  const store = new MemoryStore(options);
  const journal = new Journal({ store, clock, node: "n1" });
  return { store, journal, keeper: new CdrKeeper({ store, journal, onFault: (error) => t.fail(String(error)) }), clock };
};
const append = (journal: Journal, call: string, step: Step): void => journal.append(newEntry(call, step[1], step[2]));

t.test("a record stands when the call has ended, and is completed by a recording that closes later", async (t) => {
  const { store, journal, keeper, clock } = rig({ aborts: { random: new SimRandom(3), share: 0.3 } });
  await keeper.start();
  append(journal, "c1", started);
  append(journal, "c1", answered);
  append(journal, "c1", [1000, "call.recording-started", { recording: "r1", leg: "l1", role: "caller", offsetMs: 1000 }]);
  await clock.runMs(5000);
  t.equal(await store.get(cdrs, "demo", ["c1"]), undefined);
  append(journal, "c1", ended(5000, "caller"));
  await clock.runMs(200);
  t.match(await store.get(cdrs, "demo", ["c1"]), { id: "c1", durationMs: 5000, recordings: [{ sha256: null }] });
  append(journal, "c1", [6000, "call.recording-closed", { recording: "r1", leg: "l1", durationMs: 4000, sha256: "aa" }]);
  await keeper.close();
  t.match(await store.range(cdrs, "demo", { index: "time" }), [{ id: "c1", recordings: [{ sha256: "aa" }] }]);
  t.equal(clock.pending, 0);
});

t.test("H04 calls that a kill left open are closed at the next start at their last sign of life, exactly once", async (t) => {
  const first = rig();
  await first.keeper.start();
  append(first.journal, "c1", started);
  append(first.journal, "c1", answered);
  append(first.journal, "c2", started);
  append(first.journal, "c2", ended(10, "caller"));
  append(first.journal, "c1", [6000, "call.mark", { offsetMs: 6000 }]);
  await first.clock.runMs(6000);
  append(first.journal, "c1", [11_000, "call.mark", { offsetMs: 11_000 }]);
  let image = first.store.crash();
  for (let start = 1; start <= 3; start++) {
    const again = rig({ image });
    await again.keeper.start();
    t.match(await again.store.get(cdrs, "demo", ["c1"]), { disposition: "closed-after-crash", durationMs: 6000, billableMs: 5000, endUtcMs: (await again.store.get(cdrs, "demo", ["c1"]))!.startUtcMs + 6000 });
    t.match(await again.store.get(cdrs, "demo", ["c2"]), { disposition: "abandoned" });
    const ends = (await again.journal.ofSubject("demo", { kind: "call", id: "c1" })).filter((entry) => entry.type === "call.ended");
    t.equal(ends.length, 1, `start ${start}`);
    image = again.store.crash();
  }
});

t.test("H04 killed at any boundary of any commit while calls end and start, each call has one record and one end", async (t) => {
  let kills = 0;
  for (let killAt = 1; killAt < 200; killAt++) {
    let boundary = 0;
    const first = rig({ onBoundary: () => { if (++boundary === killAt) throw new Error("kill"); } });
    void first.keeper.start();
    await first.clock.runMs(0);
    for (const call of ["c1", "c2", "c3"]) {
      append(first.journal, call, started);
      await first.clock.runMs(200);
      append(first.journal, call, answered);
      if (call !== "c2") append(first.journal, call, ended(2000, "caller"));
      await first.clock.runMs(200);
    }
    if (!first.store.dead) break;
    kills++;
    const known = new Set<string>();
    const second = rig({ image: first.store.crash() }, first.clock);
    for (const entry of await second.journal.read({ limit: 1000 })) known.add(entry.subject.id);
    await second.keeper.start();
    const records = await second.store.range(cdrs, "demo", {});
    t.strictSame(records.map((record) => record.id), [...known].sort(), `killed at boundary ${killAt}`);
    for (const call of known) {
      const ends = (await second.journal.ofSubject("demo", { kind: "call", id: call })).filter((entry) => entry.type === "call.ended");
      t.equal(ends.length, 1);
    }
  }
  t.ok(kills > 20, `${kills} kills`);
});
