import { once } from "node:events";
import { readFile } from "node:fs/promises";
import t from "tap";
import { WebSocket } from "ws";
import { journalLog } from "../../core/journal/journal.js";
import { SecretSeal } from "../../core/crypto/secret-seal.js";
import { SETTING_ROWS } from "../../core/settings/setting-row.js";
import { SettingsBook } from "../../core/settings/settings-book.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import { createServer } from "./server.js";
import { ask, expiresOf, grant, talking, WITH_CARRIER, type Answer } from "./settings-rig.js";
import { request, rig, SDP, stop, toTag } from "./server-rig.js";

t.test("a changed setting is applied to what it touches: nobody else hears a message, and the call goes on", async (t) => {
  const { r, server } = await talking(t);
  const quiet = async (change: Promise<Answer>): Promise<Answer> => {
    const before = r.raw.length;
    const answer = await change;
    await r.clock.runMs(3000);
    t.same(r.raw.slice(before), [], `${answer.status}: not a packet`);
    return answer;
  };
  t.match(await quiet(ask(server, "PUT /phones/1002", { password: "a-good-password", displayName: "Ward 2" })), { status: 200, body: { extension: "1002", displayName: "Ward 2", nat: true, version: 1, origin: "api" } });
  t.match(await quiet(ask(server, "PATCH /routing", { emergencyNumbers: ["120"], version: 0 })), { status: 200, body: { emergencyNumbers: ["120"], outgoing: [{ prefix: "9" }], version: 1 } });
  t.match(await quiet(ask(server, "PATCH /trunks/spare", { maxCalls: 3, version: 0 })), { status: 200, body: { name: "spare", sources: ["192.0.2.7"], maxCalls: 3, version: 1 } });
  t.match(await quiet(ask(server, "PATCH /trunks/carrier", { maxCalls: 1, version: 0 })), { status: 200, body: { address: "127.0.0.1:6000", account: { username: "u" }, version: 1 } });

  await r.say(request("INVITE", "95001", { id: "two", body: SDP }));
  t.match(r.heard.at(-1), /^SIP\/2.0 503/, "the lowered limit holds for the next call");
  t.match(r.raw.at(-1), /Reason: Q\.850;cause=34/);
  await r.say(request("ACK", "95001", { id: "two" }));
  await ask(server, "PATCH /trunks/carrier", { maxCalls: 2, version: 1 });
  await r.say(request("INVITE", "95001", { id: "three", body: SDP }));
  t.match(r.heard.at(-1), "SIP/2.0 200 OK", "and the raised one");
  await r.say(request("ACK", "95001", { id: "three", toTag: toTag(r.raw) }));
  t.equal(server.load().calls, 2);

  const before = r.raw.length;
  await ask(server, "PATCH /trunks/carrier", { register: { expiresS: 1200 }, version: 2 });
  await r.clock.runMs(10);
  t.same(r.raw.slice(before).map(expiresOf), ["0"], "its own registration is taken back");
  await grant(r, 0);
  await r.clock.runMs(10);
  t.same(r.raw.slice(before).map(expiresOf), ["0", "1200"], "and made anew behind that");
  await grant(r, 1200);
  t.equal(server.load().calls, 2, "which no call notices");
  await stop(server, r, 0);
});

t.test("what can't be is refused, says what would be accepted, and changes nothing", async (t) => {
  const { r, server } = await talking(t);
  for (const [method, path, body, status, code, detail] of [
    ["PUT", "/phones/1001", { password: "another-one" }, 409, "SETTINGS_VERSION", /has version 0/],
    ["PUT", "/phones/1001", { password: "another-one", version: 7 }, 409, "SETTINGS_VERSION", /has version 0/],
    ["PUT", "/phones/1002", { password: "another-one", version: 1 }, 409, "SETTINGS_VERSION", /no version/],
    ["PUT", "/phones/1002", {}, 422, "SETTINGS_INVALID", /password/],
    ["PUT", "/phones/1002", { password: "1002" }, 422, "SETTINGS_INVALID", /not the extension/],
    ["PUT", "/phones/1002", { password: "demo-1" }, 422, "SETTINGS_INVALID", /demo/],
    ["PUT", "/phones/12-34", { password: "another-one" }, 422, "SETTINGS_INVALID", /extension: accepted/],
    ["PUT", "/phones/95001", { password: "another-one" }, 409, "SETTINGS_CONFLICT", /hospital's numbers/],
    ["PUT", "/phones/1002", { password: "another-one", colour: "red" }, 422, "SETTINGS_INVALID", /^colour: not known here$/],
    ["PUT", "/phones/1002", { password: "x".repeat(300) }, 422, "SETTINGS_INVALID", /^password: accepted/],
    ["PATCH", "/phones/1009", { nat: false }, 404, "SETTINGS_UNKNOWN", /1009/],
    ["PATCH", "/phones/1001", { nat: "no", version: 0 }, 422, "SETTINGS_INVALID", /^nat: accepted: true or false$/],
    ["PATCH", "/phones/1001", { extension: "1005", version: 0 }, 422, "SETTINGS_INVALID", /^extension: not known here$/],
    ["PATCH", "/phones/1001", { nat: false, version: "0" }, 422, "SETTINGS_INVALID", /^version: accepted: a/],
    ["DELETE", "/phones/1009", undefined, 404, "SETTINGS_UNKNOWN", /1009/],
    ["DELETE", "/phones/1001", undefined, 409, "SETTINGS_VERSION", /has version 0/],
    ["DELETE", "/trunks/carrier?version=0", undefined, 409, "SETTINGS_CONFLICT", /outgoing\.0\.trunks\.0: accepted: a trunk's name \(spare\)/],
    ["PATCH", "/routing", { outgoing: [{ prefix: "8", trunks: ["nobody"] }], version: 0 }, 409, "SETTINGS_CONFLICT", /carrier, spare/],
    ["PUT", "/phones/95002", { password: "another-one" }, 409, "SETTINGS_CONFLICT", /^phones\/95002\.extension: accepted: another/],
    ["PATCH", "/trunks/carrier", { number: "95009", version: 0 }, 409, "SETTINGS_CONFLICT", /^trunks\/carrier\.number: accepted: one of hospital\.numbers/],
    ["PUT", "/numbers/1001", { language: "en" }, 409, "SETTINGS_CONFLICT", /^phones\/1001\.extension/],
    ["PUT", "/numbers/95003", { language: "fr" }, 422, "SETTINGS_INVALID", /^language: accepted: zh-CN, en$/],
    ["PUT", "/numbers/95003", {}, 422, "SETTINGS_INVALID", /^language: accepted/],
    ["PUT", "/numbers/95003", { language: "en", plugin: "nobody" }, 409, "SETTINGS_CONFLICT", /^numbers\/95003\.plugin: accepted: a plugin of the settings \(greeter\)/],
    ["PUT", "/numbers/x", { language: "en" }, 422, "SETTINGS_INVALID", /^number: accepted/],
    ["DELETE", "/numbers/95001?version=0", undefined, 409, "SETTINGS_CONFLICT", /^trunks\/carrier\.number/],
    ["PUT", "/vips/95001", {}, 409, "SETTINGS_CONFLICT", /^vips\/95001\.number: accepted: a caller's number/],
    ["PUT", "/vips/who", {}, 422, "SETTINGS_INVALID", /^number: accepted/],
    ["PUT", "/vips/13800000001", { displayName: "" }, 422, "SETTINGS_INVALID", /^displayName: accepted/],
    ["DELETE", "/vips/13800000001", undefined, 404, "SETTINGS_UNKNOWN", /13800000001/],
    ["PATCH", "/routing", { maxCalls: 0, version: 0 }, 422, "SETTINGS_INVALID", /maxCalls/],
    ["PUT", "/trunks/new", { sources: ["192.0.2.7"] }, 409, "SETTINGS_CONFLICT", /same source/],
    ["PUT", "/trunks/new", { sources: ["nowhere"] }, 422, "SETTINGS_INVALID", /sources\.0: accepted/],
    ["PUT", "/trunks/new", { address: "192.0.2.9:5060", register: {} }, 422, "SETTINGS_INVALID", /account/],
    ["PUT", "/trunks/new", { address: "192.0.2.9:5060", account: { username: "u" } }, 422, "SETTINGS_INVALID", /account\.password/],
    ["GET", "/trunks/new", undefined, 404, "SETTINGS_UNKNOWN", /new/],
  ] as const) {
    const answer = await ask(server, `${method} ${path}`, body);
    t.match(answer, { status, body: { code, detail } }, `${method} ${path} ${JSON.stringify(body)}`);
    t.notMatch(JSON.stringify(answer.body), /another-one|xxxx/, "no password comes back");
  }
  t.match(await ask(server, "GET /phones"), { body: { items: [{ extension: "1001", version: 0, origin: "file" }], next: null } });
  t.equal((await ask(server, "GET /routing")).body["version"], 0);
  await stop(server, r, 0);
});

t.test("changes outlive the process, secrets stay in, and the same change again is none", async (t) => {
  const store = new MemoryStore();
  const first = await talking(t, { store });
  const put = () => ask(first.server, "PUT /phones/1002", { password: "a-good-password" });
  t.same([(await put()).body["version"], (await put()).body["version"]], [1, 1], "sent twice, done once");
  const remove = () => ask(first.server, "DELETE /phones/1001?version=0");
  t.same([await remove(), await remove(), await ask(first.server, "DELETE /phones/1001")], Array.from({ length: 3 }, () => ({ status: 200, body: { removed: true } })), "taken away, and again: it is as was asked for");
  await ask(first.server, "PATCH /trunks/carrier", { account: { password: "another-secret" }, version: 0 });
  t.match(await ask(first.server, "GET /phones?limit=1"), { body: { items: [{ extension: "1002" }], next: null } });
  const kept = JSON.stringify([await store.range(SETTING_ROWS, "demo", {}), await store.readLog(journalLog, { limit: 1000 })]);
  t.notMatch(kept, /a-good-password|another-secret|carrier-secret/);
  const told = (await store.readLog(journalLog, { limit: 1000 })).map(({ value }) => value).filter(({ type }) => type === "setting.changed");
  t.match(told, [
    { subject: { kind: "setting", id: "phone/1002" }, actor: { kind: "administrator" }, data: { version: 1, before: null, after: { extension: "1002" }, secretChanged: true } },
    { subject: { id: "phone/1001" }, data: { after: null } },
    { subject: { id: "trunk/carrier" }, data: { secretChanged: true } },
  ]);
  t.equal(told.length, 3);
  // The next one goes on with the same store, which `stop` would close.
  const second = rig(async () => undefined, { store, text: WITH_CARRIER });
  const logged: unknown[] = [];
  const { log } = second.options.ports;
  const server = await createServer({ ...second.options, ports: { ...second.options.ports, log: { ...log, info: (fields) => void logged.push(fields) } } });
  t.same(logged.filter((fields) => typeof fields === "object" && fields !== null && "settings" in fields), [{ settings: ["phone/1001 (taken away)", "trunk/carrier"], count: 2 }], "one line of the log names what the file says in vain");
  t.match((await ask(server, "GET /phones")).body, { items: [{ extension: "1002", version: 1, origin: "api" }], next: null });
  t.match(await ask(server, "DELETE /phones/1001?version=0"), { status: 200 }, "also after a restart");
  t.match(await ask(server, "PUT /phones/1001", { password: "a-good-password" }), { body: { version: 2 } }, "a version is never used twice");
  t.match(await ask(server, "DELETE /phones/1001?version=0"), { status: 409, body: { code: "SETTINGS_VERSION" } }, "but not what came in its place");
  await second.clock.runMs(10);
  const register = (): string => second.raw.findLast((text) => text.startsWith("REGISTER "))!;
  const header = (name: string): string => new RegExp(`^${name}: .*$`, "m").exec(register())![0];
  await second.say(["SIP/2.0 401 Unauthorized", header("Via"), header("From"), `${header("To")};tag=r`, header("Call-ID"), header("CSeq"), 'WWW-Authenticate: Digest realm="c", nonce="n"', "Content-Length: 0", "", ""].join("\r\n"));
  const { crypto } = second.options.ports;
  const md5 = (text: string): string => Buffer.from(crypto.digest("md5", Buffer.from(text))).toString("hex");
  const uri = /uri="([^"]+)"/.exec(register())![1]!;
  t.match(register(), `response="${md5(`${md5("u:c:another-secret")}:n:${md5(`REGISTER:${uri}`)}`)}"`, "the carrier is answered with the new password");
  await stop(server, second, 0);
});

t.test("a second carrier is registered with while the first one's registration stays quiet", async (t) => {
  const { r, server } = await talking(t);
  const before = r.raw.length;
  const second = { address: "127.0.0.1:6001", account: { username: "v", password: "second-secret" }, register: { expiresS: 300 }, number: "95002" };
  t.match(await ask(server, "PUT /trunks/second", second), { status: 200, body: { name: "second", version: 1 } });
  await r.clock.runMs(10);
  t.same(r.raw.slice(before).map((text) => [text.slice(0, text.indexOf("\r\n")), expiresOf(text)]), [["REGISTER sip:127.0.0.1:6001 SIP/2.0", "300"]], "one REGISTER, to the new one");
  await grant(r, 300);
  await r.clock.runMs(200_000);
  t.same(r.raw.slice(before + 1).filter((text) => text.startsWith("REGISTER sip:127.0.0.1:6000")), [], "the first one is renewed in its own time");
  await ask(server, "DELETE /trunks/second?version=1");
  await r.clock.runMs(10);
  t.match(r.raw.findLast((text) => text.startsWith("REGISTER "))!, /^REGISTER sip:127\.0\.0\.1:6001 [^]*expires=0|^REGISTER sip:127\.0\.0\.1:6001 [^]*Expires: 0/, "and taken back, alone");
  t.equal(server.load().calls, 1);
  await stop(server, r, 0);
});

t.test("clients of the event stream hear a change, without what is secret", async (t) => {
  const { r, server } = await talking(t);
  const { port } = await server.http.listen({ address: "127.0.0.1", port: 0 });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/events?types=setting.*`, { headers: { authorization: `Bearer ${"t".repeat(32)}` } });
  const heard: string[] = [];
  let wake = (): void => undefined;
  socket.on("message", (data: Buffer) => {
    heard.push(data.toString());
    wake();
  });
  const until = async (count: number): Promise<void> => {
    while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  await until(1);
  await ask(server, "PUT /phones/1002", { password: "a-good-password", displayName: "Ward 2" });
  await ask(server, "PATCH /trunks/carrier", { account: { password: "another-secret" }, version: 0 });
  await ask(server, "PATCH /phones/1002", { password: "a-better-password", version: 1 });
  await until(4);
  t.match(heard.map((text) => JSON.parse(text) as object), [
    { kind: "live" },
    { kind: "entry", entry: { type: "setting.changed", subject: { kind: "setting", id: "phone/1002" }, actor: { kind: "administrator" }, data: { before: null, after: { extension: "1002", displayName: "Ward 2" }, secretChanged: true } } },
    { entry: { subject: { id: "trunk/carrier" }, data: { before: { account: { username: "u" } }, after: { account: { username: "u" } }, secretChanged: true } } },
    { entry: { subject: { id: "phone/1002" }, data: { version: 2, secretChanged: true } } },
  ]);
  t.notMatch(heard.join(""), /good-password|better-password|carrier-secret|another-secret|[0-9a-f]{32}/, "no password and no digest of one");
  socket.close();
  await once(socket, "close");
  await stop(server, r, 0);
});

t.test("changes wait in a line of bounded length; one that finds it full is told to come again", async (t) => {
  const held: (() => void)[] = [];
  let slow = false;
  const store = new MemoryStore({ scheduleSync: (sync) => void (slow ? held.push(sync) : queueMicrotask(sync)) });
  const { r, server } = await talking(t, { store });
  slow = true;
  let answered = 0;
  const asked = Array.from({ length: 130 }, (_, i) => ask(server, `PUT /vips/1380000${1000 + i}`, {}).finally(() => (answered += 1)));
  while (answered < 30) await new Promise((resolve) => void setImmediate(resolve));
  slow = false;
  held.forEach((sync) => sync());
  const answers = await Promise.all(asked);
  const busy = answers.filter(({ status }) => status === 503);
  t.equal(busy.length, 30, "a hundred wait for the disk");
  t.match(busy[0], { body: { code: "SETTINGS_BUSY" } });
  t.equal(answers.filter(({ status }) => status === 200).length, 100);
  t.equal((await ask(server, "PUT /vips/13800009999", {})).status, 200, "and served in a moment");
  await stop(server, r, 0);
});

t.test("the API's description says exactly what a setting takes and gives", async (t) => {
  const { r, server } = await talking(t);
  interface Schema {
    readonly type?: string;
    readonly properties: Readonly<Record<string, Schema & { readonly anyOf?: readonly Schema[] }>>;
    readonly required?: readonly string[];
    readonly additionalProperties?: unknown;
  }
  const { paths } = (await server.http.inject({ method: "GET", url: "/api/v1/openapi.json", headers: { authorization: `Bearer ${"t".repeat(32)}` } })).json() as { paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: Schema }> }; responses: Record<string, { content: Record<string, { schema: Schema }> }> }>> };
  for (const [path, fields, required] of [
    ["/settings/phones/{extension}", ["password", "displayName", "nat", "codecs", "signOut", "version"], []],
    ["/settings/trunks/{trunk}", ["sources", "address", "domain", "account", "register", "number", "showNumberIn", "callerFrom", "tcp", "silenceMs", "nat", "codecs", "maxCalls", "version"], []],
    ["/settings/routing", ["maxCalls", "outgoing", "emergencyNumbers", "version"], []],
    ["/settings/numbers/{number}", ["language", "plugin", "version"], ["language"]],
    ["/settings/vips/{number}", ["displayName", "version"], []],
  ] as const) {
    const { put, patch, get } = paths[path]!;
    const body = put!.requestBody.content["application/json"]!.schema;
    t.same([body.type, Object.keys(body.properties).sort(), body.required ?? [], body.additionalProperties], ["object", [...fields].sort(), required, false], `PUT ${path}`);
    const parts = patch!.requestBody.content["application/json"]!.schema;
    t.same([Object.keys(parts.properties).sort(), parts.required, parts.additionalProperties], [[...fields].sort(), undefined, false], `PATCH ${path}`);
    t.ok(Object.entries(parts.properties).every(([name, { anyOf }]) => name === "version" || anyOf?.some(({ type }) => type === "null")), "null takes a field away");
    const reply = get!.responses["200"]!.content["application/json"]!.schema;
    t.ok(["version", "origin"].every((name) => reply.required!.includes(name)));
    t.notMatch(JSON.stringify(reply), /"password"|ha1/, "what goes in only is not promised to come out");
  }
  await stop(server, r, 0);
});

t.test("a listener that throws is counted and said; the change holds and the other listeners are told", async (t) => {
  const store = new MemoryStore();
  const { r, server } = await talking(t, { store });
  const errors: unknown[] = [];
  const { crypto, random } = r.options.ports;
  const book = await SettingsBook.open({ config: r.options.config, store, journal: { appendIn: () => undefined }, crypto, seal: new SecretSeal({ random, pepper: new Uint8Array(32) }), realm: "r", onListenerFault: (error) => errors.push(error) });
  const told: string[] = [];
  book.onChange(() => {
    throw new Error("a fault of the program");
  });
  book.onChange((after) => void told.push([...after.vip.keys()].join()));
  await book.change({ kind: "vip", name: "13800000001", version: undefined, actor: { kind: "system" }, make: () => ({ number: "13800000001" }) });
  t.match([told, errors, book.counters], [["13800000001"], [{ message: "a fault of the program" }], { changes: 1, listenerFailures: 1, waiting: 0 }]);
  await stop(server, r, 0);
});

t.test("a change of a carrier's password that is refused does not make it register anew at the next change", async (t) => {
  const { r, server } = await talking(t);
  const before = r.raw.length;
  t.match(await ask(server, "PATCH /trunks/carrier", { account: { password: "another-secret" }, sources: ["192.0.2.7"], version: 0 }), { status: 409, body: { detail: /same source/ } });
  t.match(await ask(server, "PATCH /trunks/spare", { maxCalls: 2, version: 0 }), { status: 200 });
  await r.clock.runMs(3000);
  t.same(r.raw.slice(before), []);
  await stop(server, r, 0);
});

t.test("a file that was edited against what the API changed: a line of the log says so, and everything else can still be changed", async (t) => {
  const store = new MemoryStore();
  const first = await talking(t, { store });
  t.match(await ask(first.server, "PATCH /routing", { outgoing: [{ prefix: "8", trunks: ["spare"] }], version: 0 }), { status: 200 });
  const second = rig(async () => undefined, { store, text: WITH_CARRIER.replace(", {name: spare, sources: [192.0.2.7]}", "") });
  const warned: string[] = [];
  const { log } = second.options.ports;
  const server = await createServer({ ...second.options, ports: { ...second.options.ports, log: { ...log, warn: (_fields, message) => void warned.push(message) } } });
  t.match(warned, [/does not fit the settings' file any more: outgoing\.0\.trunks\.0: accepted: a trunk's name \(carrier\)/]);
  t.match(await ask(server, "PUT /phones/1002", { password: "a-good-password" }), { status: 200 });
  t.match(await ask(server, "PUT /numbers/1002", { language: "en" }), { status: 409 }, "a new contradiction is refused");
  t.match(await ask(server, "PATCH /routing", { outgoing: [], version: 1 }), { status: 200 });
  await stop(server, second, 0);
});

t.test("docs/settings.md: its commands do what it says", async (t) => {
  const page = await readFile(new URL("../../../docs/settings.md", import.meta.url), "utf8");
  const commands = [...page.matchAll(/^ {4}settings (\w+) '?([^' ]+)'?(?: '(.*)')?$/gm)];
  t.ok(commands.length >= 6, `${commands.length} commands`);
  const { r, server } = await talking(t, { text: WITH_CARRIER.replace("greeter", "ivr"), plugin: { name: "ivr" } });
  for (const [line, method, path, body] of commands) t.match(await ask(server, `${method} /${path}`, body === undefined ? undefined : JSON.parse(body)), { status: 200 }, line.trim());
  t.match(await ask(server, "GET /phones/2001"), { status: 404 }, "added, and taken away at the end");
  await stop(server, r, 0);
});
