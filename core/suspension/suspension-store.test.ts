import t from "tap";
import { MemoryStore } from "../store/memory/memory-store.js";
import type { LegId } from "../../media/engine/command.js";
import type { ServerState } from "./server-state.js";
import { saveState, takeState } from "./suspension-store.js";

const SOON = { nowUtcMs: 5000, ageMsMax: 60_000 };
const call = { id: "c1", hospital: "h", called: "95001", language: "en", caller: "l1" as LegId, startedUtcMs: 1, offsetMs: 2, answeredUtcMs: null, restarts: 0, stage: "handler", others: [] } as const;
const leg = {
  id: "l1" as LegId,
  callId: "c1",
  direction: "incoming",
  origin: { kind: "trunk", name: "carrier" },
  remote: { number: "139" },
  nat: false,
  state: "ringing",
  session: { callId: "sip", localTag: "t" },
  sessionId: "1",
  answerWanted: false,
  answerSent: false,
  awaitsAnswer: false,
  tellsPort: false,
} as const;
const state: ServerState = { utcMs: 1000, calls: [call], legs: [leg], signaling: { sessions: [], transactions: [] }, trace: [{ sipCallId: "sip", direction: "incoming", party: "139", call: "c1", omitted: 0, messages: [{ utcMs: 1, direction: "received", remote: "192.0.2.1:5060", text: "INVITE" }] }] };

t.test("what was written down is read back once", async (t) => {
  const store = new MemoryStore({});
  await saveState(store, state);
  t.strictSame(await takeState(store, SOON), { state });
  t.strictSame(await takeState(store, SOON), { state: undefined });
});

t.test("more of it than one page, and instead of what was there before", async (t) => {
  const store = new MemoryStore({});
  const legs = Array.from({ length: 1500 }, (_, i) => ({ ...leg, id: `l${i}` as LegId }));
  await saveState(store, { ...state, legs });
  await saveState(store, { ...state, legs: legs.slice(0, 1200) });
  t.equal((await takeState(store, SOON)).state?.legs.length, 1200);
});

t.test("what is too old, and a call whose leg is missing, are closed and not gone on with", async (t) => {
  const store = new MemoryStore({});
  await saveState(store, state);
  t.match(await takeState(store, { nowUtcMs: 62_000, ageMsMax: 60_000 }), { state: undefined, refused: "it is 61 s old" });
  t.same(await takeState(store, SOON), { state: undefined }, "and not asked for again");
  await saveState(store, { ...state, legs: [] });
  t.same((await takeState(store, SOON)).state?.calls, []);
});

t.test("what has another shape is refused in words, without what stands in it", async (t) => {
  const store = new MemoryStore({});
  await saveState(store, { ...state, calls: [{ ...call, stage: "nowhere" as "handler" }] });
  t.strictSame(await takeState(store, SOON), { state: undefined, refused: "it can't be read: calls.0.stage" });
});
