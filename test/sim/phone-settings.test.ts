// A phone whose settings change while it talks, as the phone and who talks with it notice it.
import t from "tap";
import type { Config } from "../../core/config/schema.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import { REGISTRAR_BINDINGS } from "../../core/registrar/binding-store.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SimNetwork } from "../harness/sim-network.js";
import { config, HOSPITAL, loadPrompts, plugins, SERVER, seedData } from "./hospital.js";
import { SimDeskPhone } from "./sim-desk-phone.js";
import { SimProcess } from "./sim-process.js";

const TALK_MS = 20_000;

async function world() {
  const [clock, random] = [new SimClock(), new SimRandom(7)];
  const network = new SimNetwork({ clock, random, delayMs: 5 });
  const packets: string[] = [];
  network.onPacket = ({ from, to, bytes }) => void packets.push(`${from.address}>${to.address} ${new TextDecoder().decode(bytes)}`);
  const boot = (hospital: Config, image?: ReturnType<SimProcess["store"]["crash"]>): SimProcess =>
    new SimProcess({ clock, random, network, config: hospital, plugins: plugins(), seed: seedData, prompts, killPoint: undefined, abortShare: 0, image, onKilled: () => undefined });
  const prompts = await loadPrompts();
  let process = boot(config);
  const begin = async (): Promise<void> => {
    void process.start();
    await clock.runMs(100);
  };
  await begin();
  const phone = async (extension: string, calls?: { readonly extension: string; readonly atMs: number }): Promise<SimDeskPhone> => {
    const made = new SimDeskPhone({ clock, random, network, crypto: new SimCrypto(), server: SERVER, local: { address: `203.0.113.${extension.slice(3)}`, port: 5060 }, extension, password: `secret-${extension}`, liftMs: 500, talkMs: TALK_MS, ...(calls === undefined ? {} : { calls: { ...calls, patienceMs: 5000 } }) });
    await made.start();
    return made;
  };
  /** @param what method and path */
  const ask = async (what: string, body?: object): Promise<number> => {
    const [method, path] = what.split(" ") as ["PUT" | "PATCH" | "DELETE", string];
    let status: number | undefined;
    void process.server!.http.inject({ method, url: `/api/v1/settings/${path}`, headers: { authorization: `Bearer ${"t".repeat(32)}` }, ...(body === undefined ? {} : { payload: body }) }).then((answer) => (status = answer.statusCode));
    while (status === undefined) await clock.runMs(5);
    return status;
  };
  const bound = async (): Promise<readonly string[]> => (await process.store.range(REGISTRAR_BINDINGS, HOSPITAL, {})).map(({ extension }) => extension);
  const restart = async (hospital = config): Promise<void> => {
    process.boundaries.kill();
    process = boot(hospital, process.store.crash());
    await begin();
  };
  const faults = (): readonly string[] => process.faults;
  return { clock, packets, phone, ask, bound, restart, faults, server: () => process.server! };
}

t.test("a phone that is taken away: its contacts go, its call goes on to its end, and nobody reaches it any more", async (t) => {
  const { clock, packets, phone, ask, bound, restart, faults, server } = await world();
  const callee = await phone("1001");
  const caller = await phone("1004", { extension: "1001", atMs: 500 });
  await clock.runMs(4000);
  t.same([callee.answered, caller.talked, server().load().calls], [1, 1, 1]);
  t.equal(await ask("DELETE phones/1001?version=0"), 200);
  t.same(await bound(), ["1004"]);
  callee.stop();
  await clock.runMs(10_000);
  t.same([callee.sessions, caller.sessions, server().load().calls], [1, 1, 1], "they talk on");
  t.notOk(packets.some((packet) => / BYE sip/.test(packet)));
  // No rule takes what is no extension any more out to a carrier.
  t.equal(await ask("PATCH routing", { outgoing: [], version: 0 }), 200);
  const from = packets.length;
  const late = await phone("1003", { extension: "1001", atMs: 200 });
  await clock.runMs(2000);
  t.ok(packets.slice(from).some((packet) => /203\.0\.113\.3 SIP\/2\.0 404[^]*INVITE/.test(packet)), "who calls it hears that there is none");
  await clock.runMs(TALK_MS);
  t.same([callee.sessions, caller.sessions, server().load().calls], [0, 0, 0], "until one of them hangs up");
  callee.resume();
  await clock.runMs(2000);
  t.notOk((await bound()).includes("1001"), "and it can't register");
  for (const one of [callee, caller, late]) one.stop();
  await restart();
  t.notOk((await bound()).includes("1001"), "nor after a restart");
  t.same(faults(), []);
});

t.test("a changed password: the old one is refused at once, the registration stands until it runs out, and its call goes on", async (t) => {
  const { clock, packets, phone, ask, bound } = await world();
  const callee = await phone("1001");
  const caller = await phone("1004", { extension: "1001", atMs: 500 });
  await clock.runMs(4000);
  t.equal(await ask("PATCH phones/1004", { password: "another-one", version: 0 }), 200);
  let from = packets.length;
  await clock.runMs(13_000);
  t.ok(packets.slice(from).some((packet) => /203\.0\.113\.4 SIP\/2\.0 403[^]*REGISTER/.test(packet)), "its next refresh is refused");
  t.same([await bound(), caller.sessions, callee.sessions], [["1001", "1004"], 1, 1], "it can be rung, and talks on");
  await clock.runMs(60_000);
  from = packets.length;
  const late = await phone("1003", { extension: "1004", atMs: 200 });
  await clock.runMs(2000);
  t.notOk(packets.slice(from).some((packet) => /192\.0\.2\.1>203\.0\.113\.4 INVITE/.test(packet)), "not when that has run out");
  for (const one of [callee, caller, late]) one.stop();
});

t.test("a changed password with signOut: the phone is nowhere from now on, and its call goes on", async (t) => {
  const { clock, phone, ask, bound, server } = await world();
  const callee = await phone("1001");
  const caller = await phone("1004", { extension: "1001", atMs: 500 });
  await clock.runMs(4000);
  t.equal(await ask("PATCH phones/1004", { password: "another-one", signOut: true, version: 0 }), 200);
  t.same(await bound(), ["1001"]);
  await clock.runMs(10_000);
  t.same([caller.sessions, callee.sessions, server().load().calls, await bound()], [1, 1, 1, ["1001"]]);
  t.equal(await ask("PATCH phones/1004", { password: "another-one", signOut: true, version: 0 }), 200, "asked again, for an answer that was lost");
  for (const one of [callee, caller]) one.stop();
});

t.test("what was kept of a phone that went while the server was down is forgotten at its start", async (t) => {
  const { clock, phone, bound, restart } = await world();
  const gone = await phone("1001");
  await clock.runMs(1000);
  gone.stop();
  t.same(await bound(), ["1001"]);
  await restart({ ...config, phones: config.phones.filter(({ extension }) => extension !== "1001") });
  t.same(await bound(), []);
});
