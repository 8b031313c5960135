import t from "tap";
import { definePlugin, type Call } from "../../core/sdk/index.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import { createServer } from "./server.js";
import { ask, talking, WITH_CARRIER } from "./settings-rig.js";
import { request, rig, SDP, stop, toTag, type Rig } from "./server-rig.js";

const TWO = WITH_CARRIER.replace("plugins: {greeter: {}}", "plugins: {greeter: {}, night: {}}");

const untilEnd = async (call: Call): Promise<void> => {
  await call.answer();
  await new Promise((resolve) => void call.signal.addEventListener("abort", resolve));
};

/** `number language`, of each call to the plugin. */
function night(answered: string[]) {
  return definePlugin({
    name: "night",
    sdk: 1,
    setup: ({ calls }) =>
      calls.onIncoming("95002", async (call) => {
        answered.push(`${call.called} ${call.language}`);
        await untilEnd(call);
      }),
  });
}

let calls = 0;
/** What a caller from outside hears of it; one that is answered is acknowledged and goes on. */
async function dial(r: Rig, number: string): Promise<string> {
  const id = `dial-${++calls}`;
  await r.say(request("INVITE", number, { id, body: SDP }));
  const status = /^SIP\/2.0 (\d+)/.exec(r.heard.at(-1)!)![1]!;
  await r.say(request("ACK", number, { id, ...(status === "200" ? { toTag: toTag(r.raw) } : {}) }));
  return status;
}

t.test("numbers that the hospital answers are added, given to another plugin and taken away while calls run", async (t) => {
  const store = new MemoryStore();
  const answered: string[] = [];
  const r = rig(untilEnd, { text: TWO, store });
  const options = { ...r.options, plugins: [...r.options.plugins, night(answered)] };
  const server = await createServer(options);
  const before = r.raw.length;
  t.equal(await dial(r, "95003"), "404", "nobody's number");
  t.match(await ask(server, "PUT /numbers/95003", { language: "en", plugin: "night" }), { status: 200, body: { number: "95003", language: "en", plugin: "night", version: 1, origin: "api" } });
  t.equal(await dial(r, "95003"), "200");
  t.match(await ask(server, "PATCH /numbers/95003", { language: "zh-CN", version: 1 }), { status: 200 });
  t.equal(await dial(r, "95003"), "200");
  t.match(await ask(server, "PUT /numbers/95001", { language: "en", plugin: "night", version: 0 }), { status: 200 });
  t.equal(await dial(r, "95001"), "200");
  t.same(answered, ["95003 en", "95003 zh-CN", "95001 en"], "each as its number was set when it came");
  t.match(await ask(server, "PATCH /numbers/95001", { plugin: null, version: 1 }), { status: 200, body: { version: 2 } });
  t.equal(await dial(r, "95001"), "200");
  t.equal(answered.length, 3, "the greeter's again");
  t.match(await ask(server, "PUT /numbers/95004", { language: "en" }), { status: 200 }, "a number may wait for its plugin");
  t.equal(await dial(r, "95004"), "404");
  t.equal(server.load().calls, 4);
  t.match(await ask(server, "DELETE /numbers/95003?version=2"), { status: 200 });
  t.equal(await dial(r, "95003"), "404", "not for the next call");
  t.equal(server.load().calls, 4, "those that talk go on");
  t.match(await ask(server, "DELETE /numbers/95002?version=0"), { status: 200 });
  t.same(r.raw.slice(before).filter((text) => /^(REGISTER|BYE|INVITE)/.test(text)), [], "no carrier and no caller noticed any of it");

  const again = rig(untilEnd, { text: TWO, store: new MemoryStore({ image: store.crash() }) });
  const next = await createServer({ ...again.options, plugins: options.plugins });
  t.match((await ask(next, "GET /numbers")).body["items"], [{ number: "95001", language: "en", version: 2 }, { number: "95004", origin: "api" }]);
  t.equal(await dial(again, "95002"), "404", "what its plugin's section still says is no number any more");
  t.match(await ask(next, "DELETE /numbers/95004?version=1"), { status: 200 });
  t.match(await ask(next, "DELETE /numbers/95001?version=2"), { status: 409, body: { detail: "hospital.numbers: accepted: at least one" } });
  await stop(next, again, 0);
});

t.test("a number is given to a plugin that takes calls, or not at all", async (t) => {
  const { r, server } = await talking(t, { text: TWO.replace("plugins: {greeter: {}, night: {}}", "plugins: {greeter: {}, mute: {}}") });
  t.match(await ask(server, "PUT /numbers/95003", { language: "en", plugin: "mute" }), { status: 409, body: { detail: "numbers/95003.plugin: accepted: a plugin that takes calls (greeter)" } });
  await stop(server, r, 0);
  const file = rig(untilEnd, { text: WITH_CARRIER.replace('{number: "95002", language: en}', '{number: "95002", language: en, plugin: mute}').replace("plugins: {greeter: {}}", "plugins: {greeter: {}, mute: {}}") });
  const mute = definePlugin({ name: "mute", sdk: 1, setup: () => undefined });
  await t.rejects(createServer({ ...file.options, plugins: [...file.options.plugins, mute] }), { code: "SERVER_NUMBER" }, "nor by the file");
});

t.test("trunks without a number of their own show the first one that there is", async (t) => {
  const text = TWO.replace(', number: "95001"}', "}");
  const r = rig(untilEnd, { text });
  const server = await createServer({ ...r.options, plugins: [...r.options.plugins, night([])] });
  await r.clock.runMs(10);
  t.match(r.raw.findLast((sent) => sent.startsWith("REGISTER "))!, /^Contact: <sip:95001@/m);
  t.match(await ask(server, "DELETE /numbers/95001?version=0"), { status: 200 });
  await r.clock.runMs(5000);
  t.match(r.raw.findLast((sent) => sent.startsWith("REGISTER "))!, /^Contact: <sip:95002@/m, "calls by the registration lead to a number that is answered");
  await stop(server, r, 0);
});

t.test("VIPs are added and taken away one by one, and are let in beyond the limit from the next call on", async (t) => {
  const { r, server } = await talking(t);
  await ask(server, "PATCH /trunks/carrier", { maxCalls: 1, version: 0 });
  t.equal(await dial(r, "95001"), "503");
  t.match(await ask(server, "PUT /vips/13800000001", { displayName: "The mayor" }), { status: 200, body: { number: "13800000001", displayName: "The mayor", version: 1 } });
  t.equal(await dial(r, "95001"), "200");
  t.match(await ask(server, "GET /vips"), { body: { items: [{ number: "13800000001", origin: "api" }], next: null } });
  t.match(await ask(server, "DELETE /vips/13800000001?version=1"), { status: 200 });
  t.equal(await dial(r, "95001"), "503");
  t.equal(server.load().calls, 2, "the one that was let in talks on");
  await stop(server, r, 0);

  const file = rig(untilEnd, { text: `${WITH_CARRIER}maxCalls: 1\nvips: [{number: "13800000001"}]\n` });
  const next = await createServer(file.options);
  t.same([await dial(file, "95001"), await dial(file, "95001")], ["200", "200"], "by the file as well");
  t.match(await ask(next, "DELETE /vips/13800000001?version=0"), { status: 200 });
  t.equal(await dial(file, "95001"), "503");
  await stop(next, file, 0);
});
