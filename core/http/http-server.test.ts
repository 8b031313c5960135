import { Readable } from "node:stream";
import t from "tap";
import { z } from "zod";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { cdrs, type Cdr } from "../cdr/cdr.js";
import { SimCrypto } from "../crypto/sim-crypto.js";
import { Journal } from "../journal/journal.js";
import { HttpProblem } from "../sdk/plugin.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import { defineRoute, type AnyRoute, type StreamRoute } from "./api-route.js";
import { coreRoutes, type OpenCall } from "./core-routes.js";
import { HttpServer } from "./http-server.js";

const TOKEN = "correct-horse-battery-staple";
const AUTH = { authorization: `Bearer ${TOKEN}` };

interface Rig {
  readonly http: HttpServer;
  readonly store: MemoryStore;
  readonly journal: Journal;
  readonly clock: SimClock;
  readonly logged: string[];
}

function rig(extra: { readonly routes?: readonly AnyRoute[]; readonly streams?: readonly StreamRoute[]; readonly open?: readonly OpenCall[] } = {}): Rig {
  const [clock, store] = [new SimClock(), new MemoryStore()];
  const journal = new Journal({ store, clock, node: "n1" });
  const core = coreRoutes({
    hospital: "demo",
    store,
    openCalls: () => extra.open ?? [],
    recordings: { read: async (id) => (id === "r1" || id === "c1-message-2" ? { codec: "PCMA", bytes: new Uint8Array(800).fill(0xd5) } : undefined) },
  });
  const logged: string[] = [];
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const http = new HttpServer({
    token: TOKEN,
    hospital: "demo",
    version: "0.1.0",
    routes: [...core.routes, ...(extra.routes ?? [])],
    streams: [...core.streams, ...(extra.streams ?? [])],
    journal,
    metrics: async () => ({ contentType: "text/plain; version=0.0.4", text: "# HELP x y\n" }),
    clock,
    random: new SimRandom(1),
    crypto: new SimCrypto(),
    log: { info: write, warn: write, error: write },
  });
  return { http, store, journal, clock, logged };
}

const cdr = (id: string, startUtcMs: number, caller = "13800000002"): Cdr => ({
  id,
  caller,
  callerName: null,
  called: "95001",
  from: { kind: "trunk", name: "demo-carrier" },
  direction: "incoming",
  trunk: "demo-carrier",
  startUtcMs,
  answerUtcMs: null,
  endUtcMs: startUtcMs,
  durationMs: 0,
  billableMs: 0,
  talkMs: 0,
  disposition: "answered",
  endedBy: "caller",
  cause: "bye",
  status: null,
  agents: [],
  queues: [],
  legs: [],
  recordings: [{ recording: id === "c1" ? "r1" : "gone", leg: "l1", role: "caller", offsetMs: 0, durationMs: 100, sha256: "aa" }],
});

t.test("doors: who gets in without a token, who not", async (t) => {
  const { http } = rig();
  for (const row of [
    { url: "/healthz", expect: 200 },
    { url: "/metrics", expect: 200 },
    { url: "/metrics", from: "192.0.2.9", expect: 401 },
    { url: "/metrics", from: "192.0.2.9", headers: AUTH, expect: 200 },
    { url: "/api/v1/calls", expect: 401 },
    { url: "/api/v1/calls", headers: { authorization: "Bearer wrong" }, expect: 401 },
    { url: "/api/v1/calls", headers: { authorization: "Bearer " }, expect: 401 },
    { url: "/api/v1/calls", headers: { authorization: `Basic ${TOKEN}` }, expect: 401 },
    { url: `/api/v1/calls?token=${TOKEN}`, expect: 401 },
    { url: "/api/v1/calls", headers: AUTH, expect: 200 },
    { url: "/api/v1/openapi.json", expect: 401 },
    { url: "/api/v1/nothing", expect: 401 },
    { url: "/nothing", expect: 401 },
    { url: "/api/v1/nothing", headers: AUTH, expect: 404 },
    { url: "/healthz/../api/v1/calls", expect: 401 },
    { url: "//api/v1/calls", expect: 401 },
    { url: "/%61pi/v1/calls", expect: 401 },
  ]) {
    const reply = await http.inject({ url: row.url, headers: row.headers ?? {}, remoteAddress: row.from ?? "127.0.0.1" });
    t.equal(reply.statusCode, row.expect, `${row.url} ${JSON.stringify(row.headers ?? {})} ${row.from ?? ""}`);
    if (row.expect >= 400) {
      t.match(reply.headers["content-type"], /^application\/problem\+json(;|$)/);
      t.match(reply.json(), { type: "about:blank", status: row.expect, code: /^HTTP_/, detail: /./, instance: String(reply.headers["x-request-id"]) });
    }
    if (row.expect === 401) t.equal(reply.headers["www-authenticate"], "Bearer");
  }
});

t.test("Q17 records, newest first, page by page, each read written to the audit log", async (t) => {
  const { http, store, journal } = rig();
  await store.transact(async (tx) => {
    for (let i = 1; i <= 5; i++) tx.put(cdrs, "demo", cdr(`c${i}`, i < 4 ? 1000 : 2000, i === 2 ? "1001" : "13800000002"));
    tx.put(cdrs, "elsewhere", cdr("other", 1));
  });
  const seen: string[][] = [];
  let next: string | null = "";
  while (next !== null) {
    const page: { items: Cdr[]; next: string | null } = (await http.inject({ url: `/api/v1/cdrs?limit=2${next === "" ? "" : `&cursor=${next}`}`, headers: AUTH })).json();
    seen.push(page.items.map((item) => item.id));
    next = page.next;
  }
  t.strictSame(seen, [["c5", "c4"], ["c3", "c2"], ["c1"]]);
  const mine = (await http.inject({ url: "/api/v1/cdrs?caller=13800000002&limit=3", headers: AUTH })).json();
  t.strictSame(mine.items.map((item: Cdr) => item.id), ["c5", "c4", "c3"]);
  t.strictSame((await http.inject({ url: `/api/v1/cdrs?caller=13800000002&limit=3&cursor=${mine.next}`, headers: AUTH })).json().items.map((item: Cdr) => item.id), ["c1"]);
  t.match((await http.inject({ url: "/api/v1/cdrs/c2", headers: AUTH })).json(), { id: "c2", caller: "1001" });
  t.equal((await http.inject({ url: "/api/v1/cdrs/other", headers: AUTH })).statusCode, 404);
  const audit = await journal.read();
  t.equal(audit.length, 6, "a 404 told nothing of anybody");
  t.match(audit[5], { type: "audit.read", actor: { kind: "administrator", id: "api-token" }, data: { what: "GET /api/v1/cdrs/:call", params: { call: "c2" } } });
});

t.test("M02 a recording is a WAV, and who fetched it is written under the call", async (t) => {
  const { http, store, journal } = rig();
  await store.transact(async (tx) => {
    tx.put(cdrs, "demo", cdr("c1", 1));
    tx.put(cdrs, "demo", cdr("c2", 1));
  });
  const reply = await http.inject({ url: "/api/v1/recordings/c1", headers: AUTH });
  t.equal(reply.headers["content-type"], "audio/wav");
  t.equal(reply.rawPayload.length, 44 + 800 * 4);
  t.equal(reply.rawPayload.toString("latin1", 0, 4), "RIFF");
  for (const id of ["c2", "nobody"]) t.match((await http.inject({ url: `/api/v1/recordings/${id}`, headers: AUTH })).json(), { status: 404, code: "HTTP_NOT_FOUND" });
  t.equal((await http.inject({ url: "/api/v1/recordings/c1/messages/2", headers: AUTH })).rawPayload.length, 44 + 800 * 4, "a message that was left in it");
  for (const [url, status] of [["c1/messages/1", 404], ["nobody/messages/2", 404], ["c1/messages/2x", 400], ["c1/messages/..%2f2", 400]] as const) t.match((await http.inject({ url: `/api/v1/recordings/${url}`, headers: AUTH })).json(), { status });
  t.match(await journal.ofSubject("demo", { kind: "call", id: "c1" }), [{ type: "audit.read", data: { params: { call: "c1" } } }, { type: "audit.read", data: { params: { call: "c1", message: "2" } } }]);
});

t.test("open calls, page by page", async (t) => {
  const open = ["b", "a", "c"].map((id, i): OpenCall => ({ id, caller: "1", called: "95001", state: "answered", startedUtcMs: i < 2 ? 5 : 6, answeredUtcMs: 5, language: "en", agents: [] }));
  const { http } = rig({ open });
  const first = (await http.inject({ url: "/api/v1/calls?limit=2", headers: AUTH })).json();
  t.strictSame(first.items.map((call: OpenCall) => call.id), ["a", "b"]);
  const second = (await http.inject({ url: `/api/v1/calls?limit=2&cursor=${first.next}`, headers: AUTH })).json();
  t.match(second, { items: [{ id: "c" }], next: null });
  t.strictSame((await rig().http.inject({ url: "/api/v1/calls", headers: AUTH })).json(), { items: [], next: null });
});

t.test("what is not accepted is said by place, not by value", async (t) => {
  const { http } = rig();
  const wrongKind = Buffer.from('["x"]').toString("base64url");
  for (const row of [
    { url: "/api/v1/cdrs?limit=0", code: "HTTP_INVALID" },
    { url: "/api/v1/cdrs?limit=1001", code: "HTTP_INVALID" },
    { url: "/api/v1/cdrs?limit=secret-1234", code: "HTTP_INVALID" },
    { url: "/api/v1/cdrs?cursor=%00%ff", code: "HTTP_REQUEST" },
    { url: "/api/v1/cdrs?cursor=e30", code: "HTTP_CURSOR" },
    { url: `/api/v1/calls?cursor=${wrongKind}`, code: "HTTP_CURSOR", open: true },
    { url: "/api/v1/cdrs?limit=1&limit=2", code: "HTTP_INVALID" },
  ]) {
    const from = "open" in row ? rig({ open: [{ id: "a", caller: "1", called: "2", state: "setup", startedUtcMs: 1, answeredUtcMs: null, language: "en", agents: [] }] }).http : http;
    const reply = await from.inject({ url: row.url, headers: AUTH });
    if (row.code !== "HTTP_REQUEST") t.match(reply.json(), { status: 400, code: row.code }, row.url);
    else t.ok(reply.statusCode < 500, `${row.url}: ${reply.statusCode}`);
    t.notMatch(reply.payload, "1234");
  }
  const large = await http.inject({ method: "POST", url: "/api/v1/calls", headers: { ...AUTH, "content-type": "application/json" }, payload: "x".repeat(100_000) });
  t.ok([404, 413].includes(large.statusCode));
});

t.test("plugins' routes: parameters in, reply checked, problems and faults as problems, nothing personal in the log", async (t) => {
  const card = z.object({ card: z.string(), holder: z.string().meta({ personal: true }) });
  const routes = [
    defineRoute({ method: "GET", path: "/cards/:card", summary: "A card", params: z.object({ card: z.string().regex(/^\d{8}$/) }), reply: card, handle: async ({ params, actor }) => ({ card: params.card, holder: "Li", extra: actor.kind }) }),
    defineRoute({ method: "POST", path: "/refuse", summary: "No", reply: z.object({}), handle: async () => { throw new HttpProblem(409, "ACD_BUSY", "later"); } }),
    defineRoute({ method: "GET", path: "/broken", summary: "No", reply: z.object({ a: z.number() }), handle: async () => ({ a: "secret-1234" }) as never }),
    defineRoute({ method: "GET", path: "/throws", summary: "No", reply: z.object({}), handle: async () => { throw new Error("secret-1234"); } }),
    defineRoute({ method: "GET", path: "/hangs", summary: "No", reply: z.object({}), handle: () => new Promise<never>(() => undefined) }),
  ];
  const { http, journal, clock, logged } = rig({ routes });
  t.strictSame((await http.inject({ url: "/api/v1/cards/10000001", headers: AUTH })).json(), { card: "10000001", holder: "Li" }, "only what the schema names");
  t.match(await journal.read(), [{ type: "audit.read", data: { what: "GET /api/v1/cards/:card", params: { card: "10000001" } } }]);
  t.match((await http.inject({ url: "/api/v1/cards/abc", headers: AUTH })).json(), { status: 400, code: "HTTP_INVALID", errors: [{ path: "card" }] });
  t.match((await http.inject({ method: "POST", url: "/api/v1/refuse", headers: AUTH })).json(), { status: 409, title: "Conflict", code: "ACD_BUSY", detail: "later" });
  for (const path of ["broken", "throws"]) {
    const reply = await http.inject({ url: `/api/v1/${path}`, headers: AUTH });
    t.match(reply.json(), { status: 500, code: "HTTP_INTERNAL" });
    t.notMatch(reply.payload, "1234");
  }
  const hanging = http.inject({ url: "/api/v1/hangs", headers: AUTH });
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advanceMs(15_000);
  t.match((await hanging).json(), { status: 503, code: "HTTP_TIMEOUT" });
  t.equal(clock.pending, 0);
  t.equal(logged.length, 6 + 3);
  for (const line of logged) t.notMatch(line, /1234|10000001|horse/);
});

t.test("a stream that fails ends the answer, not the server", async (t) => {
  const failing: StreamRoute = {
    method: "GET",
    path: "/failing",
    summary: "No",
    params: z.object({}),
    contentType: "audio/wav",
    subject: () => ({ kind: "call", id: "c" }),
    handle: async () => Readable.from((function* () { yield Buffer.alloc(10); throw new Error("disk"); })()),
  };
  const { http } = rig({ streams: [failing] });
  const at = await http.listen({ address: "127.0.0.1", port: 0 });
  await t.rejects(fetch(`http://127.0.0.1:${at.port}/api/v1/failing`, { headers: AUTH }).then((reply) => reply.arrayBuffer()));
  t.equal((await fetch(`http://127.0.0.1:${at.port}/healthz`)).status, 200);
  const second = rig().http;
  await t.rejects(second.listen(at), { code: "HTTP_LISTEN" });
  await second.close();
  await http.close();
});

t.test("the API describes itself", async (t) => {
  const { http } = rig();
  const document = (await http.inject({ url: "/api/v1/openapi.json", headers: AUTH })).json();
  t.equal(document.openapi, "3.1.0");
  t.strictSame(Object.keys(document.paths).sort(), ["/calls", "/cdrs", "/cdrs/{call}", "/recordings/{call}", "/recordings/{call}/messages/{message}"]);
  t.match(document.paths["/cdrs"].get.parameters, [{ name: "limit", in: "query", required: false }, { name: "cursor" }, { name: "caller" }]);
  t.match(document.paths["/recordings/{call}"].get, { parameters: [{ name: "call", in: "path", required: true }], responses: { 200: { content: { "audio/wav": {} } }, default: {} } });
  t.match(document.paths["/cdrs/{call}"].get.responses[200].content["application/json"].schema.properties.caller, { type: "string", personal: true });
});

for (const { title, headers, payload, status, sent } of [
  { title: "no body under a type of JSON", headers: { "content-type": "application/json" }, payload: "", status: 200, sent: "undefined" },
  { title: "no body, no type", headers: {}, payload: undefined, status: 200, sent: "undefined" },
  { title: "JSON", headers: { "content-type": "application/json; charset=utf-8" }, payload: '{"a":1}', status: 200, sent: '{"a":1}' },
  { title: "no JSON", headers: { "content-type": "application/json" }, payload: "{a", status: 400, sent: /JSON/ },
  { title: "JSON that would poison prototypes", headers: { "content-type": "application/json" }, payload: '{"__proto__":{"x":1}}', status: 400, sent: /JSON/ },
  { title: "a form, as curl sends without a type", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: "a=1", status: 415, sent: /Content-Type: application\/json/ },
  { title: "too much", headers: { "content-type": "application/json" }, payload: JSON.stringify("x".repeat(70_000)), status: 413, sent: /65536 bytes/ },
] as const)
  t.test(`a body: ${title}`, async (t) => {
    const echo = defineRoute({ method: "PUT", path: "/echo", summary: "x", body: z.unknown(), reply: z.object({ sent: z.string() }), handle: async ({ body }) => ({ sent: JSON.stringify(body) ?? "undefined" }) });
    const { http } = rig({ routes: [echo] });
    const answer = await http.inject({ method: "PUT", url: "/api/v1/echo", headers: { ...AUTH, ...headers }, ...(payload === undefined ? {} : { payload }) });
    t.equal(answer.statusCode, status);
    const { sent: told, detail } = answer.json() as { readonly sent?: string; readonly detail?: string };
    t.match(told ?? detail, sent);
  });
