import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { CallAdmission, type ArrivingCall } from "./admission.js";
import { Trunks } from "./trunk.js";

const rig = (maxCalls = 100, clock = new SimClock()): CallAdmission =>
  new CallAdmission({
    clock,
    trunks: new Trunks([{ name: "small", sources: ["192.0.2.1"], maxCalls: 1 }, { name: "big", sources: ["192.0.2.2"], maxCalls: 50 }]),
    maxCalls,
    emergencyNumbers: ["120"],
    isVip: (number) => number === "13800000002",
    outsideNumber: (dialled) => (dialled.startsWith("9") ? dialled.slice(1) : undefined),
  });
const call = (more: Partial<ArrivingCall> & { readonly trunk?: string } = {}): ArrivingCall => ({ origin: { kind: "trunk", name: more.trunk ?? "small" }, called: "95001", caller: "13900000001", ...more });

t.test("RFC 3326, RFC 3261 20.33: a full trunk says no circuit, a full server says when to come back", async (t) => {
  const admission = rig(2);
  t.ok(admission.admit(call()).release);
  t.same(admission.admit(call()).refusal, { q850Cause: 34 });
  t.ok(admission.admit(call({ trunk: "big" })).release, "the other trunk has room");
  t.same(admission.admit(call({ trunk: "big" })).refusal, { retryAfterS: 10 });
  t.same(admission.admit(call({ origin: { kind: "phone", name: "1001" } })).refusal, { retryAfterS: 10 }, "phones too");
  t.same(admission.counters, { calls: 2, overloaded: 2, beyond: 0 });
});

t.test("emergencies and VIPs come in beyond both limits, and their places are given back", async (t) => {
  const admission = rig(1);
  const places = [admission.admit(call()), admission.admit(call({ called: "120" })), admission.admit(call({ caller: "13800000002" })), admission.admit(call({ origin: { kind: "phone", name: "1001" }, called: "120" }))];
  t.ok(places.every(({ release }) => release !== undefined));
  t.same(admission.admit(call({ called: "9120" })).refusal, { retryAfterS: 10 }, "no carrier's caller dials out");
  const dialledOut = admission.admit(call({ origin: { kind: "phone", name: "1001" }, called: "9120" }));
  t.ok(dialledOut.release, "a phone that dials for an outside line first");
  dialledOut.release!();
  t.same(admission.admit(call({ origin: { kind: "phone", name: "13800000002" }, caller: "13800000002" })).refusal, { retryAfterS: 10 }, "a phone is no VIP caller");
  t.same(admission.counters, { calls: 4, overloaded: 2, beyond: 4 });
  for (const { release } of places) {
    release!();
    release!();
  }
  t.equal(admission.counters.calls, 0);
  t.ok(admission.admit(call()).release);
});

t.test("a call of ours to an emergency number finds room on a full trunk", async (t) => {
  const admission = rig();
  t.ok(admission.occupy("small", "13900000001"));
  t.equal(admission.occupy("small", "13900000001"), undefined);
  t.ok(admission.occupy("small", "120"));
  t.equal(admission.occupy("nobody", "120"), undefined);
});

t.test("RFC 3261 21.5.4: a carrier that says when to come back is left alone until then, but for emergencies, and not for ever", async (t) => {
  const clock = new SimClock();
  const admission = rig(100, clock);
  for (const [retryAfterS, restMs] of [
    [30, 30_000],
    [86_400, 300_000],
  ] as const) {
    admission.rest("big", retryAfterS);
    admission.rest("nobody", retryAfterS);
    clock.advanceMs(restMs - 1);
    t.equal(admission.occupy("big", "13900000001"), undefined);
    t.ok(admission.occupy("big", "120"));
    t.ok(admission.admit(call({ trunk: "big" })).release, "its own calls come in");
    clock.advanceMs(1);
    t.ok(admission.occupy("big", "13900000001"));
  }
});
