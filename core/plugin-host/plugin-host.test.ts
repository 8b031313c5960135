import t from "tap";
import { z } from "zod";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { Journal } from "../journal/journal.js";
import { definePlugin, service, type AnyPlugin, type CollectionDefinition, type PluginContext, type PluginDefinition } from "../sdk/index.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import { PluginHost } from "./plugin-host.js";

interface Rig {
  readonly host: PluginHost;
  readonly clock: SimClock;
  readonly store: MemoryStore;
  readonly journal: Journal;
  readonly logged: unknown[];
}

const rig = (timeZone = "Asia/Shanghai", utcMs?: number): Rig => {
  const clock = new SimClock(utcMs);
  const store = new MemoryStore();
  const journal = new Journal({ store, clock, node: "n1" });
  const logged: unknown[] = [];
  const log = (fields: unknown, message: string): void => void logged.push([fields, message]);
  const host = new PluginHost({
    hospital: { id: "demo", timeZone, currency: "CNY" },
    clock,
    random: new SimRandom(1),
    node: "n1",
    store,
    journal,
    secrets: { hash: async (secret) => `hash of ${secret.length}`, verify: async () => false },
    log: { info: log, warn: log, error: log },
    phones: (extensions) => extensions,
  });
  return { host, clock, store, journal, logged };
};

const plugin = (name: string, more: Partial<PluginDefinition<never>> = {}): AnyPlugin => definePlugin({ name, sdk: 1, setup: () => undefined, ...more });

/** The context that a plugin is handed. */
const contextOf = async (world: Rig, definition: Partial<PluginDefinition<never>> = {}): Promise<PluginContext<never>> => {
  let context: PluginContext<never> | undefined;
  await world.host.start([plugin("probe", { ...definition, setup: (handed) => void (context = handed) })], {});
  return context!;
};

for (const { title, plugins, order } of [
  { title: "as given", plugins: [["a"], ["b"]], order: "a b" },
  { title: "behind what is needed", plugins: [["a", "b"], ["b", "c"], ["c"]], order: "c b a" },
  { title: "behind what is profited from", plugins: [["a", "", "b"], ["b"]], order: "b a" },
  { title: "what is merely profited from may be absent", plugins: [["a", "", "z"], ["b"]], order: "a b" },
  { title: "needed by two, started once", plugins: [["a", "c"], ["b", "c"], ["c"]], order: "c a b" },
] as { title: string; plugins: [string, string?, string?][]; order: string }[])
  t.test(`load order: ${title}`, async (t) => {
    const started: string[] = [];
    const { host } = rig();
    const list = plugins.map(([name, requires, optional]) =>
      plugin(name, { requires: requires ? [requires] : [], optional: optional ? [optional] : [], setup: async () => void (await Promise.resolve(), started.push(name)) }),
    );
    await host.start(list, {});
    t.equal(started.join(" "), order);
  });

for (const { title, plugins, sections, code, message } of [
  { title: "a missing need", plugins: [plugin("a", { requires: ["b"] })], code: "PLUGIN_REQUIRES", message: "plugin a: needs the plugin b, which is not installed" },
  { title: "a circle", plugins: [plugin("a", { requires: ["b"] }), plugin("b", { optional: ["a"] })], code: "PLUGIN_CYCLE", message: "plugin a: needs itself: a -> b -> a" },
  { title: "two of one name", plugins: [plugin("a"), plugin("a")], code: "PLUGIN_DUPLICATE" },
  { title: "another SDK", plugins: [plugin("a", { sdk: 2 as 1 })], code: "PLUGIN_SDK", message: /SDK 2/ },
  { title: "a setting that is none", plugins: [plugin("a", { config: z.object({ number: z.string() }) as never })], sections: { a: { number: "1", nubmer: "2" } }, code: "PLUGIN_CONFIG", message: /^plugin a: plugins\.a: .*nubmer/ },
  { title: "a setting of a plugin without any", plugins: [plugin("a")], sections: { a: { colour: "red" } }, code: "PLUGIN_CONFIG", message: /colour/ },
  { title: "wrong settings, each named with its path", plugins: [plugin("a", { config: z.object({ number: z.string(), ring: z.object({ ms: z.number() }) }) as never })], sections: { a: { number: 1, ring: { ms: "x" } } }, code: "PLUGIN_CONFIG", message: /plugins\.a\.number: .*; plugins\.a\.ring\.ms: / },
  { title: "a setup that throws", plugins: [plugin("a", { setup: () => Promise.reject(new TypeError("no such thing")) })], code: "PLUGIN_SETUP", message: /no such thing/ },
  { title: "a service that nobody published", plugins: [plugin("b"), plugin("a", { requires: ["b"], setup: ({ services }) => void services.use(service("b")) })], code: "PLUGIN_SERVICE_MISSING" },
  { title: "a service under another's name", plugins: [plugin("a", { setup: ({ services }) => services.publish(service("billing"), {}) })], code: "PLUGIN_NAME" },
  { title: "a number twice", plugins: [plugin("a", { setup: ({ calls }) => calls.onIncoming("95001", async () => undefined) }), plugin("b", { setup: ({ calls }) => calls.onIncoming(["95002", "95001"], async () => undefined) })], code: "PLUGIN_TAKEN", message: "plugin b: the number 95001 is already a's" },
  { title: "two operators", plugins: ["a", "b"].map((name) => plugin(name, { setup: ({ calls }) => calls.onOperator(async () => undefined) })), code: "PLUGIN_TAKEN" },
] as { title: string; plugins: AnyPlugin[]; sections?: Record<string, unknown>; code: string; message?: string | RegExp }[])
  t.test(`refused: ${title}`, async (t) => {
    const { host } = rig();
    await t.rejects(host.start(plugins, sections ?? {}), { code, plugin: plugins.at(-1)!.name === "b" && title !== "a circle" ? "b" : "a", ...(message === undefined ? {} : { message }) });
  });

t.test("settings are completed with their defaults and frozen", async (t) => {
  const { host } = rig();
  let config: { readonly number: string; readonly hours: { from: string } } | undefined;
  const schema = z.object({ number: z.string(), hours: z.object({ from: z.string().default("08:00") }).prefault({}) });
  await host.start([definePlugin({ name: "a", sdk: 1, config: schema, setup: (context) => void (config = context.config) })], { a: { number: "1" } });
  t.same(config, { number: "1", hours: { from: "08:00" } });
  t.throws(() => void (config!.hours.from = "09:00"), TypeError);
});

t.test("settings whose schema comes from another copy of the library are checked for unknown keys as well", async (t) => {
  const { host } = rig();
  const own = z.object({ number: z.string() });
  const foreign = { safeParse: (value: unknown) => own.safeParse(value), strict: () => own.strict() };
  await t.rejects(host.start([plugin("a", { config: foreign as never })], { a: { number: "1", nubmer: "2" } }), { code: "PLUGIN_CONFIG" });
});

t.test("a service is found by who declared its plugin, and by nobody else", async (t) => {
  const { host } = rig();
  const rates = service<{ fee: number }>("billing/rates");
  const found: unknown[] = [];
  await host.start(
    [
      plugin("billing", { setup: ({ services }) => services.publish(rates, { fee: 500 }) }),
      plugin("needs", { requires: ["billing"], setup: ({ services }) => void found.push(services.use(rates).fee, services.find(rates)?.fee) }),
      plugin("profits", { optional: ["billing"], setup: ({ services }) => void found.push(services.find(rates)?.fee) }),
      plugin("stranger", { setup: ({ services }) => void found.push(services.find(rates)) }),
    ],
    {},
  );
  t.strictSame(found, [500, 500, 500, undefined]);
  await t.rejects(host.start([plugin("late", { optional: ["billing"], setup: ({ services }) => void services.use(rates) })], {}), { code: "PLUGIN_SERVICE_MISSING" }, "what is optional is not used as if it were there");
});

t.test("what a plugin registered goes with it, newest first, and nothing else goes", async (t) => {
  const { host, logged } = rig();
  const closed: string[] = [];
  const route = { method: "GET", path: "/cards", summary: "Cards", reply: z.object({}), handle: async () => ({}) } as const;
  const full = plugin("full", {
    setup: ({ calls, services, http, onClose }) => {
      calls.onIncoming(["95001", "95002"], async () => undefined);
      calls.onOperator(async () => undefined);
      calls.provideQueue("operators", async () => "served");
      services.publish(service("full"), 1);
      http.route(route);
      onClose(() => void closed.push("first"));
      onClose(() => {
        throw new Error("broken on the way out");
      });
      onClose(() => void closed.push("last"));
    },
  });
  await host.start([full, plugin("other", { setup: ({ calls }) => calls.onIncoming("95003", async () => undefined) })], {});
  t.ok(host.registered.handlerOf("95001") && host.registered.operator() && host.registered.queue("operators"));
  t.match(host.registered.routes.values(), [{ plugin: "full", value: { path: "/cards" } }]);
  host.close("full");
  t.strictSame(closed, ["last", "first"], "one that fails is skipped");
  t.match(logged, [[{ plugin: "full", error: "broken on the way out" }, String]]);
  t.strictSame([host.registered.handlerOf("95001"), host.registered.operator(), host.registered.queue("operators"), host.registered.routes.values(), host.registered.numbers.names()], [undefined, undefined, undefined, [], ["95003"]]);
  await host.start([full], {});
  t.strictSame([...host.registered.numbers.names()].sort(), ["95001", "95002", "95003"], "it may come again");
  host.closeAll();
  t.strictSame(host.registered.numbers.names(), []);
});

t.test("a plugin comes back beside those that it needs and that kept running", async (t) => {
  const { host } = rig();
  const base = plugin("base", { setup: ({ services }) => services.publish(service("base"), 7) });
  const seen: unknown[] = [];
  const top = plugin("top", { requires: ["base"], setup: ({ services }) => void seen.push(services.use(service("base"))) });
  await host.start([base, top], {});
  host.close("top");
  await host.start([top], {});
  t.strictSame(seen, [7, 7]);
  await t.rejects(host.start([base], {}), { code: "PLUGIN_DUPLICATE" });
});

t.test("a setup that fails leaves nothing behind", async (t) => {
  const { host } = rig();
  const half = plugin("half", {
    setup: ({ calls }) => {
      calls.onIncoming("95001", async () => undefined);
      throw new Error("half way");
    },
  });
  await t.rejects(host.start([half], {}), { code: "PLUGIN_SETUP" });
  t.strictSame(host.registered.numbers.names(), []);
});

t.test("a setup that never ends is given up, and registers nothing afterwards", async (t) => {
  const { host, clock } = rig();
  let goOn = (): void => undefined;
  const late: unknown[] = [];
  const stuck = plugin("stuck", {
    setup: async ({ calls }) => {
      await new Promise<void>((resolve) => void (goOn = resolve));
      try {
        calls.onIncoming("95001", async () => undefined);
      } catch (error) {
        late.push(error);
      }
    },
  });
  const start = t.rejects(host.start([stuck], {}), { code: "PLUGIN_SETUP", message: /30000 ms/ });
  await clock.runMs(30_000);
  await start;
  goOn();
  await clock.runMs(0);
  t.match(late, [{ code: "PLUGIN_CLOSED" }]);
  t.strictSame([host.registered.numbers.names(), clock.pending], [[], 0]);
});

t.test("a closed plugin registers nothing more", async (t) => {
  const world = rig();
  const { calls, http } = await contextOf(world);
  world.host.close("probe");
  t.throws(() => calls.onIncoming("95001", async () => undefined), { code: "PLUGIN_CLOSED" });
  t.throws(() => http.route({ method: "GET", path: "/x", summary: "x", reply: z.object({}), handle: async () => ({}) }), { code: "PLUGIN_CLOSED" });
  t.strictSame([world.host.registered.numbers.names(), world.host.registered.routes.values()], [[], []]);
});

const notes: CollectionDefinition<{ readonly id: string }> = { name: "probe-notes", version: 1, schema: z.object({ id: z.string() }), key: (row) => [row.id], indexes: {} };

t.test("entries that an earlier release of a plugin wrote are read in today's shape; it lifts its own alone", async (t) => {
  const { host, journal } = rig();
  const wrote = { v: 1, hospital: "demo", subject: { kind: "probe", id: "1" }, actor: { kind: "system" as const }, data: { yuan: 2 } };
  journal.append({ ...wrote, type: "probe.paid" });
  await journal.flush();
  const lift = ({ yuan }: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ fen: Number(yuan) * 100 });
  await host.start([definePlugin({ name: "probe", sdk: 1, upcasters: [{ type: "probe.paid", from: 1, lift }], setup: () => undefined })], {});
  t.match(await journal.read(), [{ type: "probe.paid", v: 2, data: { fen: 200 } }]);
  await t.rejects(host.start([definePlugin({ name: "thief", sdk: 1, upcasters: [{ type: "call.ended", from: 1, lift }], setup: () => undefined })], {}), { code: "PLUGIN_NAME" });
  await t.rejects(host.start([definePlugin({ name: "gap", sdk: 1, upcasters: [{ type: "gap.noted", from: 2, lift }], setup: () => undefined })], {}), { code: "PLUGIN_SETUP" });
});

t.test("the store is the hospital's; the journal's entry stands or falls with the transaction", async (t) => {
  const world = rig();
  const { store } = await contextOf(world);
  const entry = (type: string) => ({ type, v: 1, subject: { kind: "note", id: "1" }, actor: { kind: "plugin" as const, id: "probe" }, data: {} });
  await store.transact(async (tx) => {
    tx.put(notes, { id: "1" });
    tx.journal(entry("probe.noted"));
  });
  await t.rejects(
    store.transact(async (tx) => {
      tx.put(notes, { id: "2" });
      tx.journal(entry("probe.noted"));
      throw new Error("no");
    }),
  );
  await t.rejects(store.transact(async (tx) => tx.journal(entry("call.ended"))), { code: "PLUGIN_NAME" });
  t.strictSame(await store.range(notes, {}), [{ id: "1" }]);
  t.strictSame(await world.store.get(notes, "demo", ["1"]), { id: "1" });
  t.equal(await world.store.get(notes, "elsewhere", ["1"]), undefined);
  t.match(await world.journal.read(), [{ type: "probe.noted", hospital: "demo" }]);
});

t.test("a seed fills once, is tried again where it failed, and is asked of nobody who has none", async (t) => {
  const world = rig();
  const seen: unknown[] = [];
  let fails = true;
  const seeded = plugin("seeded", {
    setup: ({ onSeed }) =>
      onSeed(async (part) => {
        if (fails) throw new Error("cards.3.pin is no PIN");
        seen.push(part);
      }),
  });
  await world.host.start([seeded, plugin("plain")], {});
  await world.host.seed({});
  t.strictSame(seen, []);
  await t.rejects(world.host.seed({ seeded: 1 }), { code: "PLUGIN_SEED", plugin: "seeded", message: /cards\.3\.pin/ });
  fails = false;
  await world.host.seed({ seeded: 2, plain: 3 });
  await world.host.seed({ seeded: 4 });
  t.strictSame(seen, [2]);
});

for (const { zone, utc, plusDays, today } of [
  { zone: "Asia/Shanghai", utc: "2026-01-05T15:59:59Z", plusDays: 0, today: "2026-01-05" },
  { zone: "Asia/Shanghai", utc: "2026-01-05T16:00:00Z", plusDays: 0, today: "2026-01-06" },
  { zone: "Asia/Shanghai", utc: "2026-02-28T12:00:00Z", plusDays: 1, today: "2026-03-01" },
  { zone: "Asia/Shanghai", utc: "2028-02-28T12:00:00Z", plusDays: 1, today: "2028-02-29" },
  { zone: "Asia/Shanghai", utc: "2026-12-31T16:00:00Z", plusDays: -1, today: "2026-12-31" },
  { zone: "Europe/Berlin", utc: "2026-03-28T23:30:00Z", plusDays: 1, today: "2026-03-30" }, // the day between has 23 hours
  { zone: "America/Los_Angeles", utc: "2026-01-05T07:59:59Z", plusDays: 0, today: "2026-01-04" },
])
  t.test(`the hospital's day: ${utc} ${plusDays} in ${zone} is ${today}`, async (t) => {
    const { clock } = await contextOf(rig(zone, Date.parse(utc)));
    t.equal(clock.today(plusDays), today);
    t.equal(clock.now(), Date.parse(utc));
  });

for (const { zone, utc, time } of [
  { zone: "Asia/Shanghai", utc: "2026-01-05T15:59:59Z", time: "23:59" },
  { zone: "Asia/Shanghai", utc: "2026-01-05T16:00:00Z", time: "00:00" },
  { zone: "Europe/Berlin", utc: "2026-07-01T06:05:00Z", time: "08:05" },
])
  t.test(`the hospital's time of day: ${utc} in ${zone} is ${time}`, async (t) => t.equal((await contextOf(rig(zone, Date.parse(utc)))).clock.timeOfDay(), time));

t.test("a plugin's job runs, fails by name, goes with it and comes back; its name is taken once", async (t) => {
  const world = rig();
  const runs: string[] = [];
  let fails = true;
  const daily = plugin("daily", {
    setup: ({ jobs }) =>
      jobs.daily("sweep", async ({ day }) => {
        runs.push(day);
        if (fails) throw new Error("broken");
      }),
  });
  await world.host.start([daily], {});
  await world.clock.runMs(1);
  t.match(world.logged, [[{ plugin: "daily", job: "daily/sweep" }, /tried again/]]);
  world.host.close("daily");
  t.equal(world.clock.pending, 0);
  fails = false;
  await world.host.start([daily], {});
  await world.clock.runMs(3_600_000);
  t.same(runs, ["2026-01-05", "2026-01-05"], "it had not run to its end");
  world.host.closeAll();
  t.equal(world.clock.pending, 0);
  const twice = plugin("twice", { setup: ({ jobs }) => ["a", "a"].forEach((name) => jobs.daily(name, async () => undefined)) });
  await t.rejects(world.host.start([twice], {}), { code: "PLUGIN_TAKEN" });
  t.equal(world.clock.pending, 0);
});

t.test("a plugin's sleep ends with its signal, and leaves no timer", async (t) => {
  const world = rig();
  const { clock } = await contextOf(world);
  const aborter = new AbortController();
  const ends: string[] = [];
  void clock.sleep(1000).then(() => ends.push(`slept ${world.clock.monoMs()}`));
  void clock.sleep(5000, aborter.signal).catch((error: Error) => ends.push(error.message));
  await world.clock.runMs(1500);
  aborter.abort(new Error("gone"));
  await world.clock.runMs(0);
  await clock.sleep(5000, aborter.signal).catch((error: Error) => ends.push(`${error.message} before`));
  t.strictSame(ends, ["slept 1000", "gone", "gone before"]);
  t.equal(world.clock.pending, 0);
});

t.test("log lines name their plugin, ids are tokens", async (t) => {
  const world = rig();
  const { log, newId } = await contextOf(world);
  log.warn({ card: "…01" }, "locked");
  t.strictSame(world.logged, [[{ plugin: "probe", card: "…01" }, "locked"]]);
  t.match(newId(), /^[a-z2-7]{16}$/);
  t.match(newId(4), /^[a-z2-7]{4}$/);
  t.not(newId(), newId());
});

t.test("callers whom plugins want admitted always: each replaces its own, and they go with it", async (t) => {
  const world = rig();
  const contexts: PluginContext<never>[] = [];
  await world.host.start([plugin("a", { setup: (context) => void contexts.push(context) }), plugin("b", { setup: (context) => void contexts.push(context) })], {});
  contexts[0]!.calls.admitAlways(["1", "2"]);
  contexts[1]!.calls.admitAlways(["2"]);
  t.same(["1", "2", "3"].map((number) => world.host.registered.isVip(number)), [true, true, false]);
  contexts[0]!.calls.admitAlways(["3"]);
  t.same(["1", "2", "3"].map((number) => world.host.registered.isVip(number)), [false, true, true]);
  world.host.close("b");
  t.same(["1", "2", "3"].map((number) => world.host.registered.isVip(number)), [false, false, true]);
  t.throws(() => contexts[0]!.calls.admitAlways(new Array<string>(100_001).fill("1")), { code: "PLUGIN_LIMIT" });
  t.throws(() => contexts[1]!.calls.admitAlways(["2"]), { code: "PLUGIN_CLOSED" });
});
