import t, { type Test } from "tap";
import { journalLog } from "../../core/journal/journal.js";
import { SETTING_ROWS } from "../../core/settings/setting-row.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import type { Server } from "./ports.js";
import { createServer } from "./server.js";
import { request, rig, SDP, stop, TEXT, toTag, type Rig } from "./server-rig.js";

const WITH_CARRIER = TEXT.replace(
  "trunks: [{name: carrier, sources: [127.0.0.1]}]",
  `trunks: [{name: carrier, address: "127.0.0.1:6000", account: {username: u, password: carrier-secret}, register: {expiresS: 600}, number: "95001"}, {name: spare, sources: [192.0.2.7]}]
outgoing: [{prefix: "9", strip: 1, trunks: [carrier]}]`,
);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** @param what method and path */
async function ask(server: Server, what: string, body?: unknown): Promise<Answer> {
  const [method, path] = what.split(" ") as ["GET" | "PUT" | "PATCH" | "DELETE", string];
  const answer = await server.http.inject({ method, url: `/api/v1/settings${path}`, headers: { authorization: `Bearer ${"t".repeat(32)}` }, ...(body === undefined ? {} : { payload: body as object }) });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
}

/** The carrier's registrar takes the last REGISTER of ours. */
async function grant(r: Rig, expires = 600): Promise<void> {
  const register = r.raw.findLast((text) => text.startsWith("REGISTER "))!;
  const header = (name: string): string => new RegExp(`^${name}: .*$`, "m").exec(register)![0];
  const contact = expires === 0 ? [] : [`${header("Contact").replace(/;expires=\d+/, "")};expires=${expires}`];
  await r.say(["SIP/2.0 200 OK", header("Via"), header("From"), `${header("To")};tag=r`, header("Call-ID"), header("CSeq"), ...contact, "Content-Length: 0", "", ""].join("\r\n"));
}

const expiresOf = (register: string): string => /^Expires: (\d+)|;expires=(\d+)/m.exec(register)!.slice(1).find((text) => text !== undefined)!;

async function talking(t: Test, changes: Parameters<typeof rig>[1] = {}): Promise<{ readonly r: Rig; readonly server: Server }> {
  const r = rig(
    async (call) => {
      await call.answer();
      await new Promise((resolve) => void call.signal.addEventListener("abort", resolve));
    },
    { text: WITH_CARRIER, ...changes },
  );
  const server = await createServer(r.options);
  await r.clock.runMs(10);
  await grant(r);
  await r.say(request("INVITE", "95001", { id: "one", body: SDP }));
  await r.say(request("ACK", "95001", { id: "one", toTag: toTag(r.raw) }));
  t.equal(server.load().calls, 1);
  return { r, server };
}

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
    ["PUT", "/phones/1002", { password: "another-one", colour: "red" }, 400, "HTTP_INVALID", /./],
    ["PUT", "/phones/1002", { password: "x".repeat(300) }, 400, "HTTP_INVALID", /./],
    ["PATCH", "/phones/1009", { nat: false }, 404, "SETTINGS_UNKNOWN", /1009/],
    ["PATCH", "/phones/1001", { nat: "no", version: 0 }, 422, "SETTINGS_INVALID", /nat/],
    ["DELETE", "/phones/1009", undefined, 404, "SETTINGS_UNKNOWN", /1009/],
    ["DELETE", "/phones/1001", undefined, 409, "SETTINGS_VERSION", /has version 0/],
    ["DELETE", "/trunks/carrier?version=0", undefined, 409, "SETTINGS_CONFLICT", /outgoing\.0\.trunks\.0: accepted: a trunk's name \(spare\)/],
    ["PATCH", "/routing", { outgoing: [{ prefix: "8", trunks: ["nobody"] }], version: 0 }, 409, "SETTINGS_CONFLICT", /carrier, spare/],
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
  await ask(first.server, "DELETE /phones/1001?version=0");
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
  const server = await createServer(second.options);
  t.match((await ask(server, "GET /phones")).body, { items: [{ extension: "1002", version: 1, origin: "api" }], next: null });
  t.match(await ask(server, "PUT /phones/1001", { password: "a-good-password" }), { body: { version: 2 } }, "a version is never used twice");
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
