import t from "tap";
import { z } from "zod";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SimCrypto } from "../crypto/sim-crypto.js";
import { Journal } from "../journal/journal.js";
import { routeOf } from "../plugin-host/action.js";
import { pluginStore } from "../plugin-host/plugin-store.js";
import { HttpProblem } from "../sdk/plugin.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import type { CollectionDefinition } from "../store/store.js";
import { HttpServer } from "./http-server.js";

const TOKEN = "correct-horse-battery-staple";

interface Account {
  readonly id: string;
  readonly fen: number;
}
const accounts: CollectionDefinition<Account> = { name: "test-account", version: 1, schema: z.object({ id: z.string(), fen: z.int() }), key: (row) => [row.id], indexes: {} };

function rig(store = new MemoryStore(), clock = new SimClock()) {
  const journal = new Journal({ store, clock, node: "n1" });
  const kept = pluginStore("test", { store, journal, hospital: "demo" });
  const pay = routeOf(
    {
      method: "POST",
      path: "/accounts/:id/pay",
      summary: "Pay",
      params: z.object({ id: z.string() }),
      body: z.strictObject({ fen: z.int().min(1) }),
      reply: z.object({ fen: z.int() }),
      act: async (tx, { params, body }) => {
        const before = (await tx.get(accounts, [params.id]))?.fen ?? 0;
        if (before + body.fen > 1000) throw new HttpProblem(409, "TEST_FULL", "no more");
        tx.put(accounts, { id: params.id, fen: before + body.fen });
        return { fen: before + body.fen, inside: "secret" };
      },
    },
    kept,
    clock,
  );
  const silent = (): void => undefined;
  const http = new HttpServer({
    ...{ token: TOKEN, hospital: "demo", version: "0", routes: [pay], streams: [], journal, clock, random: new SimRandom(1), crypto: new SimCrypto() },
    metrics: async () => ({ contentType: "text/plain", text: "" }),
    log: { info: silent, warn: silent, error: silent },
  });
  const send = async (key: string | undefined, fen: unknown, id = "a") => {
    const reply = await http.inject({ method: "POST", url: `/api/v1/accounts/${id}/pay`, headers: { authorization: `Bearer ${TOKEN}`, ...(key === undefined ? {} : { "idempotency-key": key }) }, payload: { fen } as object });
    const body = reply.json() as { fen?: number; code?: string };
    return `${reply.statusCode} ${body.fen ?? body.code}`;
  };
  const balance = async (id = "a") => (await kept.get(accounts, [id]))?.fen ?? 0;
  return { store, clock, http, send, balance };
}

t.test("an Idempotency-Key: sent again, a request gets its first answer and does nothing", async (t) => {
  const { send, balance } = rig();
  for (const { key, fen, id = "a", expect, title } of [
    { key: "k1", fen: 100, expect: "200 100", title: "the first" },
    { key: "k1", fen: 100, expect: "200 100", title: "sent again" },
    { key: "k2", fen: 100, expect: "200 200", title: "another one that asks the same" },
    { key: "k1", fen: 100, expect: "200 100", title: "the first, again later" },
    { key: "k1", fen: 101, expect: "422 HTTP_KEY_REUSED", title: "its key with another body" },
    { key: "k1", fen: 100, id: "b", expect: "422 HTTP_KEY_REUSED", title: "its key at another place" },
    { key: "k3", fen: 0, expect: "400 HTTP_INVALID", title: "a body that is not accepted" },
    { key: undefined, fen: 100, expect: "400 HTTP_KEY", title: "no key" },
    { key: "", fen: 100, expect: "400 HTTP_KEY", title: "an empty key" },
    { key: "k".repeat(129), fen: 100, expect: "400 HTTP_KEY", title: "a long key" },
    { key: "a b", fen: 100, expect: "400 HTTP_KEY", title: "a key with a space" },
    { key: "k3", fen: 900, expect: "409 TEST_FULL", title: "a refusal" },
    { key: "k3", fen: 800, expect: "200 1000", title: "what was refused has not used up its key" },
  ])
    t.equal(await send(key, fen, id), expect, title);
  t.equal(await balance(), 1000);
  t.equal(await balance("b"), 0);
});

t.test("one key twice in the same instant is one request", async (t) => {
  const { send, balance } = rig();
  t.same(await Promise.all(["k", "k", "k"].map((key) => send(key, 100))), ["200 100", "200 100", "200 100"]);
  t.equal(await balance(), 100);
});

t.test("a key is remembered over a kill, and for 7 days", async (t) => {
  const first = rig();
  t.equal(await first.send("k", 100), "200 100");
  const second = rig(new MemoryStore({ image: first.store.crash() }), first.clock);
  t.equal(await second.send("k", 100), "200 100");
  second.clock.advanceMs(7 * 24 * 3_600_000 + 1);
  t.equal(await second.send("other", 1), "200 101", "what is old is forgotten when something new comes");
  t.equal(await second.send("k", 100), "200 201");
});

t.test("the API describes the body and the key", async (t) => {
  const { http } = rig();
  const document = (await http.inject({ url: "/api/v1/openapi.json", headers: { authorization: `Bearer ${TOKEN}` } })).json();
  t.match(document.paths["/accounts/{id}/pay"].post, {
    parameters: [{ name: "id", in: "path" }, { name: "Idempotency-Key", in: "header", required: true }],
    requestBody: { content: { "application/json": { schema: { properties: { fen: { type: "integer" } } } } } },
  });
});
