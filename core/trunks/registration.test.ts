import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { Registration, type RegisterResult, type RegistrationObservation } from "./registration.js";

/** The registrar answers each REGISTER, in turn, `afterMs` later. */
function rig(answers: readonly RegisterResult[], options: { readonly expiresS?: number; readonly afterMs?: number; readonly seed?: number } = {}) {
  const clock = new SimClock();
  const sent: { atMs: number; expiresS: number }[] = [];
  const seen: RegistrationObservation[] = [];
  const queue = [...answers];
  const registration = new Registration({
    trunk: "carrier",
    clock,
    random: new SimRandom(options.seed ?? 1),
    expiresS: options.expiresS ?? 3600,
    send: (expiresS, done) => {
      sent.push({ atMs: clock.monoMs(), expiresS });
      const answer = queue.shift();
      if (answer !== undefined) clock.after(options.afterMs ?? 0, () => done(answer));
    },
    observe: (observation) => void seen.push(observation),
  });
  const times = (): number[] => sent.map(({ atMs }) => atMs);
  return { clock, sent, seen, registration, times };
}

const granted = (expiresS: number): RegisterResult => ({ kind: "granted", expiresS });
const refused = (status: number, retryAfterS?: number): RegisterResult => ({ kind: "refused", status, why: `says ${status}`, ...(retryAfterS === undefined ? {} : { retryAfterS }) });
const silent: RegisterResult = { kind: "silent" };

for (const [asked, given, renewedMs] of [
  [3600, 3600, 3_240_000],
  [3600, 120, 108_000],
  [3600, 7200, 6_480_000],
  [3600, 1, 900],
] as const)
  t.test(`RFC 3261 10.2.4: asked ${asked} s, granted ${given} s, renewed at 90 % of that`, async (t) => {
    const { clock, registration, times, seen } = rig([granted(given), granted(given), granted(given)], { expiresS: asked });
    registration.start();
    clock.advanceMs(0);
    t.equal(registration.state, "registered");
    clock.advanceMs(renewedMs - 1);
    t.same(times(), [0]);
    clock.advanceMs(1);
    t.same(times(), [0, renewedMs]);
    clock.advanceMs(renewedMs);
    t.equal(times().length, 3);
    t.same(seen, [{ type: "trunk.registered", trunk: "carrier", expiresS: given }], "a renewal is no news");
  });

t.test("a registrar that is silent is asked with pauses that double by chance to a bound, and told of once", async (t) => {
  const first: number[] = [];
  for (const seed of [1, 2, 3, 4, 5]) {
    const { clock, registration, times, seen } = rig(new Array<RegisterResult>(30).fill(silent), { seed });
    registration.start();
    clock.advanceMs(3_000_000);
    const pauses = times().slice(1).map((atMs, i) => atMs - times()[i]!);
    for (const [i, pauseMs] of pauses.entries()) {
      const wholeMs = Math.min(300_000, 4000 * 2 ** i);
      t.ok(pauseMs >= wholeMs / 2 && pauseMs <= wholeMs, `seed ${seed}, pause ${i}: ${pauseMs} of ${wholeMs}`);
    }
    first.push(pauses[0]!);
    t.equal(seen.length, 1);
    t.match(seen[0], { type: "trunk.unreachable" });
    t.equal(registration.state, "failing");
  }
  t.ok(new Set(first).size > 1, "several servers don't come back in step");
});

t.test("RFC 3261 20.33: Retry-After is waited for, up to an hour", async (t) => {
  for (const [retryAfterS, atLeastMs, atMostMs] of [
    [120, 120_000, 120_000],
    [1, 2000, 4000],
    [999_999, 3_600_000, 3_600_000],
  ] as const) {
    const { clock, registration, times } = rig([refused(503, retryAfterS), granted(60)]);
    registration.start();
    clock.advanceMs(atMostMs);
    t.equal(times().length, 2, `${retryAfterS} s`);
    t.ok(times()[1]! >= atLeastMs, `${retryAfterS} s: at ${times()[1]}`);
  }
});

t.test("a refused name or password is tried again seldom, so that the account is not locked", async (t) => {
  for (const status of [401, 403, 404, 407]) {
    const { clock, registration, times, seen } = rig([refused(status), granted(60)]);
    registration.start();
    clock.advanceMs(299_999);
    t.equal(times().length, 1);
    clock.advanceMs(1);
    t.same([times().length, registration.state, registration.failures], [2, "registered", 0], String(status));
    t.same(seen.map(({ type }) => type), ["trunk.refused", "trunk.registered"]);
    t.match(seen[0], { status, why: `says ${status}` });
  }
});

t.test("RFC 3261 10.2.8: a 423 is followed at once with its Min-Expires, and only so often", async (t) => {
  const once = rig([{ kind: "too-brief", minExpiresS: 1800 }, granted(1800)], { expiresS: 60 });
  once.registration.start();
  once.clock.advanceMs(0);
  t.same(once.sent, [{ atMs: 0, expiresS: 60 }, { atMs: 0, expiresS: 1800 }]);
  once.clock.advanceMs(1_620_000);
  t.match(once.sent.at(-1), { atMs: 1_620_000, expiresS: 1800 }, "remembered for the renewals");
  for (const minima of [[30, 30, 30, 30, 30], [100, 200, 300, 400, 500, 600], [90_000], [0]]) {
    const loop = rig(minima.map((minExpiresS) => ({ kind: "too-brief", minExpiresS })), { expiresS: 60 });
    loop.registration.start();
    loop.clock.advanceMs(0);
    t.ok(loop.sent.length <= 4, minima.join());
    t.equal(loop.registration.state, "failing");
    t.match(loop.seen, [{ type: "trunk.refused", status: 423 }]);
  }
});

t.test("a binding lives on while its renewal fails, runs out by the clock, and comes back", async (t) => {
  const { clock, registration, seen } = rig([granted(100), silent, silent, silent, granted(100)]);
  registration.start();
  clock.advanceMs(90_000);
  t.equal(registration.state, "registered", "the registrar still has it");
  clock.advanceMs(10_000);
  t.equal(registration.state, "failing");
  clock.advanceMs(60_000);
  t.equal(registration.state, "registered");
  t.same(seen.map(({ type }) => type), ["trunk.registered", "trunk.unreachable", "trunk.expired", "trunk.registered"]);
});

t.test("a renewal that succeeds in the second try is told, since its failure was", async (t) => {
  const { clock, registration, seen } = rig([granted(100), silent, granted(100)]);
  registration.start();
  clock.advanceMs(99_000);
  t.same(seen.map(({ type }) => type), ["trunk.registered", "trunk.unreachable", "trunk.registered"]);
});

t.test("RFC 3261 10.2.2: the binding is taken back at the end, and nothing is left", async (t) => {
  const { clock, registration, sent, seen } = rig([granted(3600), granted(0)], { afterMs: 20 });
  registration.start();
  clock.advanceMs(1000);
  const stopped = registration.stop(2000);
  clock.advanceMs(20);
  await stopped;
  t.same(sent.map(({ expiresS }) => expiresS), [3600, 0]);
  t.same([seen.at(-1), registration.state, clock.pending], [{ type: "trunk.unregistered", trunk: "carrier" }, "stopped", 0]);
  await registration.stop(2000);
});

t.test("RFC 3261 10.2: a REGISTER that is under way at the end is waited for before the binding is taken back", async (t) => {
  const { clock, registration, sent } = rig([granted(3600), granted(0)], { afterMs: 500 });
  registration.start();
  const stopped = registration.stop(2000);
  clock.advanceMs(499);
  t.equal(sent.length, 1);
  clock.advanceMs(600);
  await stopped;
  t.same(sent.map(({ atMs, expiresS }) => [atMs, expiresS]), [[0, 3600], [500, 0]]);
  t.equal(clock.pending, 0);
});

t.test("closed for another process to go on: the binding stays, and no timer", async (t) => {
  const { clock, registration, sent, seen } = rig([granted(3600)]);
  registration.start();
  clock.advanceMs(1000);
  registration.close();
  t.same([sent.length, clock.pending, registration.state], [1, 0, "stopped"]);
  await registration.stop(2000);
  t.same([sent.length, seen.length], [1, 1]);
});

for (const [title, answers, registers] of [
  ["a registrar that has gone silent", [granted(3600)], 2],
  ["one that never answered", [], 1],
  ["one that refused", [refused(403)], 1],
] as const)
  t.test(`the end waits for ${title} at most its time`, async (t) => {
    const { clock, registration, sent } = rig(answers);
    registration.start();
    clock.advanceMs(100);
    const stopped = registration.stop(2000);
    clock.advanceMs(2000);
    await stopped;
    t.equal(sent.length, registers);
    t.equal(clock.pending, 0);
  });
