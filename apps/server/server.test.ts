import t from "tap";
import { z } from "zod";
import { parseConfig } from "../../core/config/config.js";
import { cdrs } from "../../core/cdr/cdr.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import { journalLog } from "../../core/journal/journal.js";
import { PromptLibrary } from "../../core/prompts/prompt-library.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";
import { definePlugin, type Call } from "../../core/sdk/index.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import type { MediaCommand, MediaEvent, MediaPort } from "../../media/engine/command.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { Server, ServerOptions } from "./ports.js";
import { createServer } from "./server.js";

const CARRIER: Endpoint = { address: "127.0.0.1", port: 6000 };
const TEXT = `
sip: {listen: "127.0.0.1:5060"}
hospital: {id: demo, name: Demo, timeZone: Asia/Shanghai, currency: CNY, numbers: [{number: "95001", language: zh-CN}, {number: "95002", language: en}]}
trunks: [{name: carrier, sources: [127.0.0.1]}]
phones: [{extension: "1001", password: x}]
plugins: {greeter: {}}
`;

/** Opens and closes legs and says so; sound is somebody else's test. */
class PromptMedia implements MediaPort {
  readonly commands: MediaCommand[] = [];
  #listener: (event: MediaEvent) => void = () => undefined;
  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }
  send(command: MediaCommand): void {
    this.commands.push(command);
    const counters = { received: 0, sent: 0, lost: 0, late: 0, duplicate: 0, overflow: 0, malformed: 0, foreign: 0, unexpectedType: 0, jitterMs: 0 };
    const tell = (event: MediaEvent): void => queueMicrotask(() => this.#listener(event));
    if (command.type === "leg.open") tell({ type: "leg.opened", leg: command.leg, address: "127.0.0.1", port: 20_000 });
    if (command.type === "leg.close") tell({ type: "leg.closed", leg: command.leg, counters });
    if (command.type === "play") tell({ type: "play.ended", leg: command.leg, play: command.play, outcome: "finished" });
  }
}

const SDP = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 7000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", ""].join("\r\n");

function request(method: string, to: string, options: { id: string; cseq?: number; toTag?: string; body?: string }): string {
  const { id, cseq = 1, toTag, body = "" } = options;
  return [
    `${method} sip:${to}@127.0.0.1:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bK${id}${cseq}${method === "ACK" ? "a" : ""};rport`,
    "Max-Forwards: 70",
    "From: <sip:13800000001@127.0.0.1>;tag=f",
    `To: <sip:${to}@127.0.0.1>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq} ${method}`,
    "Contact: <sip:carrier@127.0.0.1:6000>",
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

interface Rig {
  readonly clock: SimClock;
  readonly media: PromptMedia;
  readonly store: MemoryStore;
  /** What the carrier received, start lines only. */
  readonly heard: string[];
  readonly raw: string[];
  readonly options: ServerOptions;
  say(text: string): Promise<void>;
}

function rig(handler: (call: Call) => Promise<void>, changes: { readonly store?: MemoryStore; readonly plugin?: Partial<AnyPlugin>; readonly seed?: Record<string, unknown>; readonly text?: string } = {}): Rig {
  const clock = new SimClock();
  const media = new PromptMedia();
  const store = changes.store ?? new MemoryStore();
  const heard: string[] = [];
  const raw: string[] = [];
  let receive: (bytes: Uint8Array, from: Endpoint) => void = () => undefined;
  const plugin = { ...definePlugin({ name: "greeter", sdk: 1, setup: ({ calls }) => calls.onIncoming("95001", handler) }), ...changes.plugin } as AnyPlugin;
  const silent = (): void => undefined;
  const options: ServerOptions = {
    config: parseConfig({ file: "test.yaml", text: changes.text ?? TEXT, environment: {} }),
    plugins: [plugin],
    apiToken: "t".repeat(32),
    version: "0.0.0",
    pepper: new Uint8Array(32).fill(7),
    ...(changes.seed === undefined ? {} : { seed: changes.seed }),
    ports: {
      clock,
      random: new SimRandom(11),
      crypto: new SimCrypto(),
      store,
      media,
      prompts: new PromptLibrary({ recordings: new Map([["zh-CN/greeter/hello", new Int16Array(80)]]), expected: new Set() }),
      recordings: { create: () => ({ append: silent, close: async () => undefined }), read: async () => undefined },
      log: { info: silent, warn: silent, error: silent },
      transports: {
        openUdp: async (local, listener) => {
          receive = listener;
          return {
            protocol: "UDP",
            local,
            send: (bytes) => {
              const text = new TextDecoder().decode(bytes);
              raw.push(text);
              heard.push(text.slice(0, text.indexOf("\r\n")));
            },
            close: () => void (receive = silent),
          };
        },
      },
    },
  };
  const say = async (text: string): Promise<void> => {
    receive(new TextEncoder().encode(text), CARRIER);
    await clock.runMs(10);
  };
  return { clock, media, store, heard, raw, options, say };
}

/** As `server.stop`, with time running. */
async function stop(server: Server, { clock }: Rig, drainMs?: number): Promise<void> {
  let stopped = false;
  const done = server.stop(drainMs).then(() => void (stopped = true));
  for (let i = 0; i < 1000 && !stopped; i++) await clock.runMs(100);
  await done;
}

const toTag = (raw: readonly string[]): string => /^To:.*;tag=([^;\r]+)/m.exec(raw.findLast((text) => text.startsWith("SIP/2.0 200"))!)![1]!;

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
