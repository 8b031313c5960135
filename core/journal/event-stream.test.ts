import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import type { NewEntry } from "./entry.js";
import { readEventCursor } from "./event-cursor.js";
import { EventStream, type EventMessage, type EventSink, type EventStreamOptions } from "./event-stream.js";
import { Journal } from "./journal.js";

const note = (id: string, type = "call.noted"): NewEntry => ({ type, v: 1, hospital: "demo", subject: { kind: "call", id }, actor: { kind: "system" }, data: {} });

const rig = () => {
  const clock = new SimClock();
  const store = new MemoryStore();
  const journal = new Journal({ store, clock, node: "n1" });
  return { clock, store, journal };
};

class Listener implements EventSink {
  heldBytes = 0;
  readonly messages: EventMessage[] = [];
  readonly failures: unknown[] = [];
  /** Adds up what it is sent instead of taking it. */
  holds = false;

  send(message: EventMessage): void {
    this.messages.push(message);
    if (this.holds) this.heldBytes += JSON.stringify(message).length;
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }

  get brief(): string[] {
    return this.messages.map((message) => (message.kind === "entry" ? `${message.entry.nodeSeq} ${message.entry.type}` : message.kind === "gap" ? `gap ${message.why} ${message.from}-${message.to}` : message.kind));
  }
}

const open = async (journal: Journal, clock: SimClock, more: Partial<EventStreamOptions> = {}): Promise<{ stream: EventStream; sink: Listener }> => {
  const sink = new Listener();
  const stream = new EventStream({ journal, clock, sink, ...more });
  await stream.start();
  return { stream, sink };
};

t.test("from a cursor on without a hole, then live, then nothing after its end", async (t) => {
  const { clock, journal } = rig();
  for (let i = 0; i < 450; i++) journal.append(note("a"));
  await journal.flush();
  const { stream, sink } = await open(journal, clock, { cursor: { node: "n1", nodeSeq: 3 } });
  journal.append(note("b"));
  await clock.runMs(300);
  const expected = [...Array.from({ length: 447 }, (_, i) => `${i + 4} call.noted`), "live", "451 call.noted"];
  t.strictSame(sink.brief, expected);
  t.equal(sink.messages.at(-1)!.cursor, "n1:451");
  stream.close();
  journal.append(note("c"));
  await journal.flush();
  t.equal(sink.messages.length, expected.length);
  t.equal(clock.pending, 0);
});

t.test("coming back with the last cursor, over every place of a break, hears each entry once", async (t) => {
  const { clock, journal } = rig();
  const heard: number[] = [];
  let cursor = readEventCursor("n1:0");
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < round % 7; i++) journal.append(note("a"));
    if (round % 3 === 0) await clock.runMs(250);
    const { stream, sink } = await open(journal, clock, { cursor });
    for (let i = 0; i < round % 5; i++) journal.append(note("b"));
    await clock.runMs((round % 4) * 100);
    stream.close();
    for (const message of sink.messages) {
      if (message.kind === "entry") heard.push(message.entry.nodeSeq);
      cursor = readEventCursor(message.cursor);
    }
  }
  await journal.flush();
  const { stream, sink } = await open(journal, clock, { cursor });
  stream.close();
  for (const message of sink.messages) if (message.kind === "entry") heard.push(message.entry.nodeSeq);
  t.strictSame(heard, Array.from({ length: await journal.head() }, (_, i) => i + 1));
});

t.test("without a cursor only what happens from now on", async (t) => {
  const { clock, journal } = rig();
  journal.append(note("a"));
  await journal.flush();
  const { stream, sink } = await open(journal, clock);
  journal.append(note("b"));
  await clock.runMs(250);
  t.strictSame(sink.brief, ["live", "2 call.noted"]);
  stream.close();
});

t.test("what happens while the stream finds its place is told once, and nothing before the cursor", async (t) => {
  const { clock, journal } = rig();
  for (let i = 0; i < 5; i++) journal.append(note("a"));
  await journal.flush();
  const sink = new Listener();
  const stream = new EventStream({ journal, clock, sink, cursor: { node: "n1", nodeSeq: 4 } });
  const started = stream.start();
  journal.append(note("b"));
  await Promise.all([journal.flush(), started]);
  await clock.runMs(0);
  t.strictSame(sink.brief.filter((line) => line !== "live"), ["5 call.noted", "6 call.noted"]);
  stream.close();
});

for (const { title, cursor } of [
  { title: "of another node", cursor: { node: "n2", nodeSeq: 1 } },
  { title: "ahead of this journal", cursor: { node: "n1", nodeSeq: 99 } },
])
  t.test(`a cursor ${title} is a gap, and the stream begins live`, async (t) => {
    const { clock, journal } = rig();
    journal.append(note("a"));
    await journal.flush();
    const { stream, sink } = await open(journal, clock, { cursor });
    t.strictSame(sink.brief, ["gap unknown 1-1", "live"]);
    stream.close();
  });

t.test("a client that takes nothing is given no more than it can hold; far behind, it is told the gap and goes on", async (t) => {
  const { clock, journal } = rig();
  const { stream, sink } = await open(journal, clock, { lagMax: 3000 });
  sink.holds = true;
  for (let i = 0; i < 6000; i++) {
    journal.append(note("a"));
    if (i % 400 === 0) await journal.flush();
  }
  await journal.flush();
  await clock.runMs(1000);
  const given = sink.messages.length;
  t.ok(given < 3000, `${given} given`);
  t.ok(sink.heldBytes < 256 * 1024 + 200 * 400, "one page above the bound at most");
  sink.holds = false;
  sink.heldBytes = 0;
  await clock.runMs(100);
  t.strictSame(sink.brief.slice(given), [`gap slow ${given}-6000`, "live"], "the first message was `live`");
  journal.append(note("b"));
  await clock.runMs(250);
  t.strictSame(sink.brief.slice(given + 2), ["6001 call.noted"]);
  stream.close();
  t.equal(clock.pending, 0);
});

t.test("a client that is behind from the start is told everything, however much", async (t) => {
  const { clock, journal } = rig();
  for (let i = 0; i < 500; i++) journal.append(note("a"));
  await journal.flush();
  const { stream, sink } = await open(journal, clock, { lagMax: 100, cursor: { node: "n1", nodeSeq: 0 } });
  t.equal(sink.messages.filter(({ kind }) => kind === "entry").length, 500);
  stream.close();
});

for (const { title, filter, expected } of [
  { title: "whole types", filter: { types: ["call.ended"] }, expected: ["2 call.ended"] },
  { title: "a family of types", filter: { types: ["call.*"] }, expected: ["1 call.noted", "2 call.ended"] },
  { title: "a type that begins alike", filter: { types: ["cal.*", "call.end"] }, expected: [] },
  { title: "a subject", filter: { subject: { kind: "call", id: "b" } }, expected: ["2 call.ended"] },
  { title: "both", filter: { types: ["billing.*"], subject: { kind: "call", id: "b" } }, expected: [] },
])
  t.test(`only what was asked for: ${title}; the cursor goes on with all`, async (t) => {
    const { clock, journal } = rig();
    for (const entry of [note("a"), note("b", "call.ended"), note("c", "caller.noted"), note("d", "billing.charged")]) journal.append(entry);
    await journal.flush();
    const { stream, sink } = await open(journal, clock, { filter, cursor: { node: "n1", nodeSeq: 0 } });
    t.strictSame(sink.brief, [...expected, "live"]);
    t.equal(sink.messages.at(-1)!.cursor, "n1:4");
    await clock.runMs(40_000);
    t.strictSame(sink.brief.slice(expected.length + 1), ["beat", "beat"]);
    stream.close();
  });

t.test("a store that fails ends the stream and says so", async (t) => {
  const { clock, journal, store } = rig();
  const { sink } = await open(journal, clock);
  store.readLog = () => Promise.reject(new Error("disk"));
  journal.append(note("a"));
  await clock.runMs(250);
  t.match(sink.failures, [{ message: "disk" }]);
  t.equal(clock.pending, 0);
});

for (const text of ["", "n1", "n1:", "n1:-1", "N1:1", "n1:1:2", `n1:${"9".repeat(16)}`]) t.test(`${JSON.stringify(text)} is no cursor`, async (t) => t.equal(readEventCursor(text), undefined));
