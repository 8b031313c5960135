import t from "tap";
import { z } from "zod";
import { cdrs } from "../../core/cdr/cdr.js";
import { journalLog } from "../../core/journal/journal.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";
import { definePlugin, type Call } from "../../core/sdk/index.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import { createServer } from "./server.js";
import { request, rig, SDP, stop, TEXT, toTag } from "./server-rig.js";

t.test("a call reaches its plugin, is answered and hung up, and leaves a record and nothing else", async (t) => {
  const heardNumbers: string[] = [];
  const r = rig(async (call) => {
    heardNumbers.push(`${call.caller.number} ${call.called} ${call.language}`);
    await call.answer();
    await call.play("greeter/hello");
    await call.hangup();
  });
  const server = await createServer(r.options);
  t.same(server.sip, { address: "127.0.0.1", port: 5060 });
  t.equal(r.media.commands[0]?.type, "prompt.load");
  await r.say(request("INVITE", "95001", { id: "one", body: SDP }));
  t.match(r.heard, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
  t.equal(server.load().calls, 1);
  await r.say(request("ACK", "95001", { id: "one", toTag: toTag(r.raw) }));
  t.same(heardNumbers, ["13800000001 95001 zh-CN"]);
  t.ok(r.media.commands.some((command) => command.type === "play" && command.items.some((item) => item.kind === "prompt" && item.prompt === "zh-CN/greeter/hello")));
  t.match(r.heard.at(-1), /^BYE sip:carrier@127\.0\.0\.1:6000 /);
  const bye = r.raw.at(-1)!;
  await r.say(["SIP/2.0 200 OK", ...bye.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line)), "Content-Length: 0", "", ""].join("\r\n"));
  await r.clock.runMs(40_000);
  t.match(server.load(), { calls: 0, legs: 0, transactions: 0, sessions: 0 });
  t.match(await r.store.range(cdrs, "demo", {}), [{ caller: "13800000001", called: "95001" }]);
  const token = { authorization: `Bearer ${"t".repeat(32)}` };
  t.match(await server.http.inject({ url: "/healthz" }), { statusCode: 200 });
  t.match(await server.http.inject({ url: "/api/v1/cdrs" }), { statusCode: 401 });
  t.match((await server.http.inject({ url: "/api/v1/cdrs", headers: token })).json(), { items: [{ called: "95001" }], next: null });
  t.match((await server.http.inject({ url: "/metrics" })).body, /^ringward_calls_ended_total 1$[^]*^ringward_sip_incoming_total 1$/m);
  await stop(server, r);
  t.equal(r.clock.pending, 0, "no timer is left");
});

t.test("RFC 3261 20.33: a full server asks callers to come back later, and lets emergencies and a plugin's VIPs in; outside numbers are nothing to a carrier's caller", async (t) => {
  const text = `${TEXT.replace("{number: \"95002\", language: en}", "{number: \"95002\", language: en}, {number: \"120\", language: en}")}maxCalls: 1\nemergencyNumbers: ["120"]\noutgoing: [{trunks: [carrier]}]\n`.replace("name: carrier, sources: [127.0.0.1]", 'name: carrier, address: "127.0.0.1:6000", sources: [127.0.0.1]');
  const handler = async (call: Call): Promise<void> => {
    await call.answer();
    await call.sleep(60_000);
  };
  const r = rig(handler, {
    text,
    plugin: {
      setup: ({ calls }) => {
        calls.onIncoming(["95001", "120"], handler);
        calls.admitAlways(["13800000009"]);
      },
    },
  });
  const server = await createServer(r.options);
  const finals = (): readonly string[] => r.heard.filter((line) => line.startsWith("SIP/2.0 ") && !line.startsWith("SIP/2.0 1"));
  await r.say(request("INVITE", "95001", { id: "first", body: SDP }));
  await r.say(request("INVITE", "95001", { id: "second", body: SDP }));
  t.same(finals(), ["SIP/2.0 200 OK", "SIP/2.0 503 Service Unavailable"]);
  t.match(r.raw.at(-1), /^Retry-After: \d+\r$/m);
  t.notMatch(r.raw.at(-1), /^Reason:/m);
  await r.say(request("INVITE", "120", { id: "third", body: SDP }));
  t.equal(finals().at(-1), "SIP/2.0 200 OK", "an emergency");
  await r.say(request("INVITE", "95001", { id: "fourth", body: SDP }).replace("sip:13800000001@", "sip:13800000009@"));
  t.equal(finals().at(-1), "SIP/2.0 200 OK", "a VIP");
  t.match((await server.http.inject({ url: "/metrics" })).body, /^ringward_admission_overloaded_total 1$[^]*^ringward_admission_beyond_total 2$/m);
  await r.say(request("INVITE", "13900000001", { id: "fifth", body: SDP }).replace("sip:13800000001@", "sip:13800000009@"));
  t.equal(finals().at(-1), "SIP/2.0 404 Not Found", "from one trunk to another");
  t.equal(r.heard.filter((line) => line.startsWith("INVITE ")).length, 0);
  await stop(server, r, 0);
});

t.test("a plugin is reloaded through the API while its call runs, its route with it; what fails leaves what ran", async (t) => {
  const greeter = (version: string): AnyPlugin =>
    definePlugin({
      name: "greeter",
      sdk: 1,
      setup: ({ calls, http }) => {
        if (version === "broken") throw new Error("no such luck");
        calls.onIncoming("95001", async (call) => {
          await call.answer();
          await call.sleep(5000);
          call.note("greeter.done", { version });
          await call.hangup();
        });
        const path = (name: string) => ({ method: "GET", path: name, summary: "Version", reply: z.object({ version: z.string() }), handle: async () => ({ version }) }) as const;
        http.route(path("/greeter"));
        if (version === "third") http.route(path("/greeter/more"));
      },
    });
  const r = rig(async () => undefined, { plugin: greeter("first") });
  let next = greeter("second");
  const server = await createServer({ ...r.options, loadPlugin: async () => next });
  const headers = { authorization: `Bearer ${"t".repeat(32)}` };
  const version = async () => (await server.http.inject({ url: "/api/v1/greeter", headers })).json().version;
  const reload = (name: string) => server.http.inject({ method: "POST", url: `/api/v1/plugins/${name}/reload`, headers });
  await r.say(request("INVITE", "95001", { id: "one", body: SDP }));
  await r.say(request("ACK", "95001", { id: "one", toTag: toTag(r.raw) }));
  t.equal(await version(), "first");
  t.same((await reload("greeter")).json(), { reloaded: ["greeter"], afterRestart: [] });
  t.same([await version(), server.load().calls], ["second", 1], "the call that it handled goes on");
  next = greeter("broken");
  t.match((await reload("greeter")).json(), { status: 409, code: "PLUGIN_SETUP", detail: /no such luck/ });
  t.equal(await version(), "second");
  next = greeter("third");
  for (const _again of [1, 2]) t.same((await reload("greeter")).json(), { reloaded: ["greeter"], afterRestart: ["GET /greeter/more"] });
  t.match((await reload("stranger")).json(), { status: 404, code: "PLUGIN_UNKNOWN" });
  t.equal((await server.http.inject({ method: "POST", url: "/api/v1/plugins/greeter/reload" })).statusCode, 401);
  next = definePlugin({ name: "greeter", sdk: 1, setup: () => undefined });
  t.equal((await reload("greeter")).statusCode, 200);
  t.match((await server.http.inject({ url: "/api/v1/greeter", headers })).json(), { status: 404 }, "a route that the plugin has no more");
  await r.clock.runMs(6000);
  t.match(r.heard.at(-1), /^BYE /);
  const journal = (await r.store.readLog(journalLog, { limit: 1000 })).map((row) => row.value);
  t.same(journal.filter((entry) => entry.type === "greeter.done").map((entry) => entry.data["version"]), ["first"]);
  t.match(journal.find((entry) => entry.type === "plugin.reloaded"), { subject: { kind: "plugin", id: "greeter" }, actor: { kind: "administrator" } });
  await stop(server, r, 0);
  t.equal(r.clock.pending, 0);
});

t.test("a plugin is unloaded through the API while its call runs to the end, and loaded again; one that another needs stays", async (t) => {
  const greeter = (version: string): AnyPlugin =>
    definePlugin({
      name: "greeter",
      sdk: 1,
      setup: ({ calls, http }) => {
        calls.onIncoming("95001", async (call) => {
          await call.answer();
          await call.sleep(5000);
          call.note("greeter.done", { version });
          await call.hangup();
        });
        http.route({ method: "GET", path: "/greeter", summary: "Version", reply: z.object({ version: z.string() }), handle: async () => ({ version }) });
      },
    });
  const r = rig(async () => undefined, { plugin: greeter("first") });
  const setUp: string[] = [];
  const guest = definePlugin({ name: "guest", sdk: 1, optional: ["greeter"], setup: () => void setUp.push("guest") });
  const needy = definePlugin({ name: "needy", sdk: 1, requires: ["guest"], setup: () => void setUp.push("needy") });
  let next = greeter("second");
  const server = await createServer({ ...r.options, plugins: [...r.options.plugins, guest, needy], loadPlugin: async () => next });
  const headers = { authorization: `Bearer ${"t".repeat(32)}` };
  const ask = async (name: string, verb: string) => (await server.http.inject({ method: "POST", url: `/api/v1/plugins/${name}/${verb}`, headers })).json();
  const version = async () => (await server.http.inject({ url: "/api/v1/greeter", headers })).json();
  const invite = async (id: string) => {
    await r.say(request("INVITE", "95001", { id, body: SDP }));
    return r.raw;
  };
  await invite("one");
  await r.say(request("ACK", "95001", { id: "one", toTag: toTag(r.raw) }));
  t.match(await ask("guest", "unload"), { status: 409, code: "PLUGIN_NEEDED" });
  t.match(await ask("greeter", "load"), { status: 404, code: "PLUGIN_UNKNOWN" }, "it runs");
  t.same(await ask("greeter", "unload"), { reloaded: ["guest", "needy"], afterRestart: [] });
  t.same(setUp, ["guest", "needy", "guest", "needy"], "who profits from it is set up without it");
  t.match(await version(), { status: 404 });
  t.match(await ask("greeter", "unload"), { status: 404, code: "PLUGIN_UNKNOWN" });
  t.match(await ask("greeter", "reload"), { status: 404, code: "PLUGIN_UNKNOWN" });
  t.equal(server.load().calls, 1, "its call goes on");
  await invite("two");
  t.match(r.heard.at(-1), /^SIP\/2\.0 404 /, "a new one finds nobody");
  next = definePlugin({ ...greeter("broken"), setup: () => Promise.reject(new Error("no such luck")) });
  t.match(await ask("greeter", "load"), { status: 409, code: "PLUGIN_SETUP" });
  t.match(await version(), { status: 404 });
  next = greeter("third");
  t.same(await ask("greeter", "load"), { reloaded: ["greeter", "guest", "needy"], afterRestart: [] });
  t.same(await version(), { version: "third" });
  await r.clock.runMs(6000);
  const journal = (await r.store.readLog(journalLog, { limit: 1000 })).map((row) => row.value);
  t.same(journal.filter((entry) => entry.type === "greeter.done").map((entry) => entry.data["version"]), ["first"], "as it began");
  t.same(journal.filter((entry) => entry.type.startsWith("plugin.")).map((entry) => entry.type), ["plugin.unloaded", "plugin.loaded"]);
  await stop(server, r, 0);
});

t.test("numbers: 404 for one that is not there, one that nobody serves, and an extension from outside", async (t) => {
  const r = rig(async (call) => call.answer());
  const server = await createServer(r.options);
  for (const number of ["95009", "95002", "1001"]) {
    r.heard.length = 0;
    await r.say(request("INVITE", number, { id: `to${number}`, body: SDP }));
    t.match(r.heard.at(-1), "SIP/2.0 404", number);
    await r.say(request("ACK", number, { id: `to${number}` }).replace(/1a;rport/, "1;rport"));
  }
  await stop(server, r);
  t.equal(r.clock.pending, 0);
});

t.test("stopping: no new call, the running one may end by itself, else it is hung up", async (t) => {
  const r = rig(async (call) => {
    await call.answer();
    await call.sleep(3_600_000);
  });
  const server = await createServer(r.options);
  await r.say(request("INVITE", "95001", { id: "long", body: SDP }));
  await r.say(request("ACK", "95001", { id: "long", toTag: toTag(r.raw) }));
  let stopped = false;
  const done = server.stop().then(() => void (stopped = true));
  await r.say(request("INVITE", "95001", { id: "late", body: SDP }));
  t.match(r.heard.at(-1), "SIP/2.0 503");
  await r.clock.runMs(29_000);
  t.notOk(r.heard.some((line) => line.startsWith("BYE")), "within drainMs the caller talks on");
  t.notOk(stopped);
  await r.clock.runMs(2000);
  t.ok(r.heard.some((line) => line.startsWith("BYE")), "then a BYE");
  for (let i = 0; i < 200 && !stopped; i++) await r.clock.runMs(1000);
  await done;
  t.equal(r.clock.pending, 0);
});

t.test("a second stop hurries the first", async (t) => {
  const r = rig(async (call) => {
    await call.answer();
    await call.sleep(3_600_000);
  });
  const server = await createServer(r.options);
  await r.say(request("INVITE", "95001", { id: "hurry", body: SDP }));
  await r.say(request("ACK", "95001", { id: "hurry", toTag: toTag(r.raw) }));
  const first = server.stop();
  await r.clock.runMs(1000);
  t.notOk(r.heard.some((line) => line.startsWith("BYE")));
  const second = server.stop(0);
  await r.clock.runMs(100);
  t.ok(r.heard.some((line) => line.startsWith("BYE")));
  let both = false;
  void Promise.all([first, second]).then(() => (both = true));
  for (let i = 0; i < 200 && !both; i++) await r.clock.runMs(1000);
  t.ok(both);
});

t.test("what keeps it from starting is said with its setting, and nothing is left running", async (t) => {
  const taken = rig(async () => undefined);
  const ports = { ...taken.options.ports, transports: { openUdp: () => Promise.reject(new Error("bind EADDRINUSE 127.0.0.1:5060")) } };
  await t.rejects(createServer({ ...taken.options, ports }), { code: "SERVER_ADDRESS", message: /sip\.listen: UDP 127\.0\.0\.1:5060 can't be bound \(bind EADDRINUSE/ });
  t.equal(taken.clock.pending, 0);
  const strange = rig(async () => undefined, { plugin: { setup: ({ calls }) => calls.onIncoming("12345", async () => undefined) } });
  await t.rejects(createServer(strange.options), { code: "SERVER_NUMBER", message: /12345.*95001, 95002/ });
  t.equal(strange.clock.pending, 0);
  const failing = rig(async () => undefined, { plugin: { setup: () => Promise.reject(new Error("no")) } });
  await t.rejects(createServer(failing.options), { code: "PLUGIN_SETUP" });
  t.equal(failing.clock.pending, 0);
});

t.test("an empty store is seeded once", async (t) => {
  class KeptStore extends MemoryStore {
    override close(): Promise<void> {
      return Promise.resolve();
    }
  }
  const store = new KeptStore();
  const fills: unknown[] = [];
  for (const seed of [{ greeter: { cards: 1 } }, { greeter: { cards: 2 } }]) {
    const r = rig(async () => undefined, { store, seed, plugin: { setup: ({ onSeed }) => onSeed(async (part) => void fills.push(part)) } });
    const server = await createServer(r.options);
    await stop(server, r);
  }
  t.same(fills, [{ cards: 1 }]);
});

t.test("RFC 3261 20.33: without a port for its sound a call hears 503: when to come back where all are taken, and no such word where it is a fault", async (t) => {
  const r = rig(async (call) => call.answer());
  const server = await createServer(r.options);
  for (const [refuses, retryAfter] of [["no-port", /^Retry-After: 10\r$/m], ["bind", undefined]] as const) {
    r.media.refuses = refuses;
    await r.say(request("INVITE", "95001", { id: refuses, body: SDP }));
    t.match(r.raw.at(-1), /^SIP\/2.0 503 /, refuses);
    if (retryAfter === undefined) t.notMatch(r.raw.at(-1), /Retry-After/);
    else t.match(r.raw.at(-1), retryAfter);
    await r.say(request("ACK", "95001", { id: refuses }));
  }
  t.equal(server.load().calls, 0);
  await stop(server, r, 0);
});
