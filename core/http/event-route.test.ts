import { once } from "node:events";
import t from "tap";
import { WebSocket } from "ws";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SimCrypto } from "../crypto/sim-crypto.js";
import type { NewEntry } from "../journal/entry.js";
import type { EventMessage } from "../journal/event-stream.js";
import { Journal } from "../journal/journal.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import { eventRoute } from "./event-route.js";
import { HttpServer } from "./http-server.js";

const TOKEN = "correct-horse-battery-staple";
const AUTH = { authorization: `Bearer ${TOKEN}` };

const note = (id: string, type = "call.noted"): NewEntry => ({ type, v: 1, hospital: "demo", subject: { kind: "call", id }, actor: { kind: "system" }, data: {} });

async function rig(t: Tap) {
  const [clock, store] = [new SimClock(), new MemoryStore()];
  const journal = new Journal({ store, clock, node: "n1" });
  const quiet = (): void => undefined;
  const http = new HttpServer({
    ...{ token: TOKEN, hospital: "demo", version: "0.1.0", routes: [], streams: [], sockets: [eventRoute({ journal, clock })], journal, clock },
    metrics: async () => ({ contentType: "text/plain", text: "" }),
    random: new SimRandom(1),
    crypto: new SimCrypto(),
    log: { info: quiet, warn: quiet, error: quiet },
  });
  const { port } = await http.listen({ address: "127.0.0.1", port: 0 });
  t.teardown(() => http.close());
  return { clock, journal, http, url: `ws://127.0.0.1:${port}/api/v1/events` };
}
type Tap = { teardown(fn: () => unknown): void };

/** A client that collects what it is told; `next` waits for so many. */
function listen(url: string, headers: Readonly<Record<string, string>> = AUTH) {
  const socket = new WebSocket(url, { headers });
  const messages: EventMessage[] = [];
  let wake = (): void => undefined;
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as EventMessage);
    wake();
  });
  const until = async (count: number): Promise<EventMessage[]> => {
    while (messages.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return messages;
  };
  return { socket, messages, until };
}

t.test("events by WebSocket: from the cursor, then live; each connection is in the audit log", async (t) => {
  const { journal, url } = await rig(t);
  journal.append(note("a"));
  journal.append(note("b", "billing.charged"));
  await journal.flush();
  const { socket, until } = listen(`${url}?after=n1:0&types=call.*`);
  t.match(await until(2), [{ kind: "entry", cursor: "n1:1", entry: { type: "call.noted", subject: { id: "a" } } }, { kind: "live" }]);
  journal.append(note("c"));
  await journal.flush();
  t.match((await until(3))[2], { kind: "entry", entry: { subject: { id: "c" } } });
  socket.close();
  await once(socket, "close");
  t.match(
    (await journal.read()).filter(({ type }) => type === "audit.read").map(({ data }) => data),
    [{ what: "GET /api/v1/events" }],
  );
});

t.test("a server that closes ends its streams", async (t) => {
  const { http, url } = await rig(t);
  const { socket, until } = listen(url);
  await until(1);
  const closed = once(socket, "close");
  await http.close();
  t.ok(await closed);
});

t.test("whoever sends something, or answers no ping, is let go", async (t) => {
  const { clock, url } = await rig(t);
  const talker = listen(url);
  await talker.until(1);
  talker.socket.send("hello");
  t.equal((await once(talker.socket, "close"))[0], 1008);

  const deaf = listen(url);
  await deaf.until(1);
  deaf.socket.pong = () => undefined;
  const closed = once(deaf.socket, "close");
  clock.advanceMs(40_001);
  t.equal((await closed)[0], 1006);
});

for (const { title, query, headers, status } of [
  { title: "no token", query: "", headers: {}, status: 401 },
  { title: "a cursor that is none", query: "?after=yesterday", headers: AUTH, status: 400 },
  { title: "a type that is none", query: "?types=Call", headers: AUTH, status: 400 },
  { title: "a subject that is none", query: "?subject=call", headers: AUTH, status: 400 },
])
  t.test(`no upgrade with ${title}`, async (t) => {
    const { url } = await rig(t);
    const socket = new WebSocket(url + query, { headers });
    t.match(await once(socket, "error"), [{ message: `Unexpected server response: ${status}` }]);
  });

t.test("the hundred and first client is refused, and finds a place when one has left", async (t) => {
  const { url } = await rig(t);
  const clients = Array.from({ length: 100 }, () => listen(url));
  await Promise.all(clients.map((client) => client.until(1)));
  const refused = new WebSocket(url, { headers: AUTH });
  t.match(await once(refused, "error"), [{ message: "Unexpected server response: 503" }]);
  clients[0]!.socket.close();
  await once(clients[0]!.socket, "close");
  for (let tries = 0; ; tries++) {
    const again = new WebSocket(url, { headers: AUTH });
    const came = await Promise.race([once(again, "open").then(() => true), once(again, "error").then(() => false)]);
    if (came) break;
    // The server hears of the close by its own socket, a turn later.
    t.ok(tries < 50);
  }
});

t.test("the same as a list, page by page", async (t) => {
  const { journal, http } = await rig(t);
  for (let i = 0; i < 7; i++) journal.append(note(`c${i}`, i % 2 === 0 ? "call.noted" : "call.ended"));
  await journal.flush();
  const get = async (query: string) => (await http.inject({ method: "GET", url: `/api/v1/events${query}`, headers: AUTH })).json() as { items: { nodeSeq: number }[]; next: string | null };
  const seen: number[] = [];
  let page = await get("?types=call.noted&limit=3");
  t.equal(page.next, "n1:5");
  while (page.next !== null) {
    seen.push(...page.items.map(({ nodeSeq }) => nodeSeq));
    page = await get(`?types=call.noted&limit=3&after=${page.next}`);
  }
  seen.push(...page.items.map(({ nodeSeq }) => nodeSeq));
  t.strictSame(seen, [1, 3, 5, 7]);
  t.match(await get("?subject=call/c3"), { items: [{ nodeSeq: 4 }] });
  const other = await http.inject({ method: "GET", url: "/api/v1/events?after=n2:1", headers: AUTH });
  t.match(other.json(), { status: 400, code: "HTTP_CURSOR" });
});
