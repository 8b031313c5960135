import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { CollectionStore } from "../store/collection-store.js";
import { MemoryBackend } from "../store/memory/memory-backend.js";
import type { Binding, ContactUpdate, RegisterRequest } from "./binding.js";
import { BindingStore } from "./binding-store.js";
import { Registrar, type BindingKeeper, type RegistrarObservation } from "./registrar.js";
import { sameContactUri } from "./register-door.js";

const source = { address: "192.0.2.10", port: 5070 };
const contact = (uri: string, expiresS = 600, qMilli = 1000): ContactUpdate => ({ uri, qMilli, expiresS });
const request = (more: Partial<RegisterRequest>): RegisterRequest => ({ extension: "1001", contacts: [], callId: "a", cseq: 1, source, ...more });

function rig(keeper?: BindingKeeper): { clock: SimClock; registrar: Registrar; seen: RegistrarObservation[] } {
  const clock = new SimClock();
  const seen: RegistrarObservation[] = [];
  const nothing: BindingKeeper = { load: async () => new Map(), save: async () => {} };
  return { clock, seen, registrar: new Registrar({ clock, keeper: keeper ?? nothing, sameUri: sameContactUri, observe: (o) => void seen.push(o) }) };
}

t.test("RFC 3261 10.3 step 8: 200 lists what is bound with the seconds left, preferred first", async (t) => {
  const { clock, registrar } = rig();
  await registrar.register(request({ contacts: [contact("sip:1001@192.0.2.10:5070", 600, 500)] }));
  clock.advanceMs(100_500);
  const outcome = await registrar.register(request({ contacts: [contact("sip:1001@192.0.2.11", 120)], cseq: 2 }));
  t.same(outcome, {
    status: 200,
    contacts: [
      { uri: "sip:1001@192.0.2.11", qMilli: 1000, expiresS: 120 },
      { uri: "sip:1001@192.0.2.10:5070", qMilli: 500, expiresS: 500 },
    ],
  });
  t.equal(registrar.findBySource(source), "1001");
  t.equal(registrar.findBySource({ ...source, port: 5071 }), undefined);
  registrar.close();
  t.equal(clock.pending, 0);
});

t.test("RFC 3261 10.3: a binding ends by the clock, and is told once", async (t) => {
  const { clock, registrar, seen } = rig();
  await registrar.register(request({ contacts: [contact("sip:a", 60), contact("sip:b", 120)] }));
  clock.advanceMs(60_000);
  t.same(registrar.contacts("1001").map((b) => b.uri), ["sip:b"]);
  await registrar.register(request({ contacts: [contact("sip:b", 120)], cseq: 2 }));
  clock.advanceMs(119_999);
  t.equal(registrar.size, 1);
  clock.advanceMs(1);
  t.equal(registrar.size, 0);
  t.equal(registrar.findBySource(source), undefined);
  t.equal(clock.pending, 0);
  t.same(
    seen.map((o) => [o.type, "contacts" in o && o.contacts]),
    [
      ["phone.registered", 2],
      ["phone.expired", 1],
      ["phone.expired", 0],
    ],
  );
});

t.test("a phone is told only what is kept, and what fails to be kept changes nothing", async (t) => {
  let works = true;
  const { registrar, clock } = rig({
    load: async () => new Map(),
    save: async () => {
      if (!works) throw new Error("disk full");
    },
  });
  await registrar.register(request({ contacts: [contact("sip:a")] }));
  works = false;
  t.match(await registrar.register(request({ contacts: [contact("sip:b")], cseq: 2 })), { status: 500 });
  t.same(registrar.contacts("1001").map((b) => b.uri), ["sip:a"]);
  works = true;
  t.match(await registrar.register(request({ contacts: [contact("sip:b")], cseq: 3 })), { status: 200 });
  t.equal(registrar.contacts("1001").length, 2);
  registrar.close();
  t.equal(clock.pending, 0);
});

t.test("REGISTERs of one extension follow each other, and too many at once are refused", async (t) => {
  const waiting: (() => void)[] = [];
  const saved: (readonly Binding[])[] = [];
  const { registrar } = rig({
    load: async () => new Map(),
    save: async (_extension, bindings) => {
      saved.push(bindings);
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
  });
  const all = Array.from({ length: 20 }, (_, i) => registrar.register(request({ contacts: [contact(`sip:${i % 4}`)], cseq: i + 1 })));
  const other = registrar.register(request({ extension: "1002", contacts: [contact("sip:x")] }));
  for (let i = 0; i < 200; i++) {
    await Promise.resolve();
    waiting.shift()?.();
  }
  const statuses = (await Promise.all(all)).map((outcome) => outcome.status);
  t.same(statuses, [...new Array<number>(16).fill(200), ...new Array<number>(4).fill(503)]);
  t.equal((await other).status, 200);
  t.equal(registrar.contacts("1001").length, 4);
  t.equal(saved.length, 17);
  registrar.close();
});

t.test("a phone is reachable after the server was killed and started again", async (t) => {
  const backend = new MemoryBackend();
  const store = new CollectionStore(backend);
  const before = new SimClock();
  const first = new Registrar({ clock: before, keeper: new BindingStore({ store, clock: before, hospital: "demo" }), sameUri: sameContactUri });
  await first.register(request({ contacts: [contact("sip:a", 600), contact("sip:b", 60)] }));
  await first.register(request({ extension: "1002", contacts: [contact("sip:c", 60)] }));
  await first.register(request({ extension: "1003", contacts: [contact("sip:d", 600)] }));
  await first.register(request({ extension: "1003", contacts: "all", cseq: 2 }));
  first.close();

  // Another process: its monotonic clock starts at 0, the calendar has gone on for 100 s.
  const after = new SimClock(before.utcMs() + 100_000);
  const second = new Registrar({ clock: after, keeper: new BindingStore({ store, clock: after, hospital: "demo" }), sameUri: sameContactUri });
  await second.restore(() => true);
  t.same(second.contacts("1001").map((b) => [b.uri, b.source, b.expiresMonoMs]), [["sip:a", source, 500_000]]);
  t.same(second.contacts("1002"), [], "what has expired meanwhile stays away");
  t.same(second.contacts("1003"), [], "what was taken away stays away");
  t.equal(second.findBySource(source), "1001");
  t.match(await second.register(request({ contacts: [contact("sip:a")], cseq: 1 })), { status: 500 }, "the order of CSeq outlives the restart");
  after.advanceMs(500_000);
  t.equal(second.size, 0);
  t.equal(after.pending, 0);
});

t.test("RFC 5626 5.3: a contact whose connection is lost is nowhere at once, also after a restart, until it registers again", async (t) => {
  const store = new CollectionStore(new MemoryBackend());
  const clock = new SimClock();
  const seen: RegistrarObservation[] = [];
  const keeper = new BindingStore({ store, clock, hospital: "demo" });
  const registrar = new Registrar({ clock, keeper, sameUri: sameContactUri, observe: (o) => void seen.push(o) });
  const tcp = { ...source, protocol: "TCP" as const };
  await registrar.register(request({ contacts: [contact("sip:a;transport=tcp")], source: tcp }));
  await registrar.register(request({ contacts: [contact("sip:b")], callId: "b", source: { ...source, port: 5080 } }));
  registrar.lost("1001", { uri: "sip:a;transport=tcp", source: { ...tcp, port: 1 } });
  registrar.lost("1009", { uri: "sip:a;transport=tcp", source: tcp });
  t.equal(registrar.contacts("1001").length, 2, "another connection than the one that was lost");
  registrar.lost("1001", { uri: "sip:a;transport=tcp", source: tcp });
  registrar.lost("1001", { uri: "sip:a;transport=tcp", source: tcp });
  t.same(registrar.contacts("1001").map((b) => b.uri), ["sip:b"]);
  t.equal(registrar.findBySource(tcp), undefined);
  t.same(seen.at(-1), { type: "phone.lost", extension: "1001", contacts: 1 });
  await registrar.register(request({ callId: "c" }));
  t.same([...(await keeper.load()).values()].map((bindings) => bindings.map(({ uri }) => uri)), [["sip:b"]]);
  t.match(await registrar.register(request({ contacts: [contact("sip:a;transport=tcp")], source: tcp, cseq: 2 })), { status: 200, contacts: { length: 2 } });
  registrar.close();
  t.equal(clock.pending, 0);
});

t.test("a lost contact that can't be taken out of the store is told of, and is nowhere all the same", async (t) => {
  let works = true;
  const { registrar, seen } = rig({
    load: async () => new Map(),
    save: async () => {
      if (!works) throw new Error("disk full");
    },
  });
  await registrar.register(request({ contacts: [contact("sip:a")] }));
  works = false;
  registrar.lost("1001", { uri: "sip:a", source });
  await registrar.register(request({}));
  t.same(registrar.contacts("1001"), []);
  t.same(seen.map(({ type }) => type), ["phone.registered", "phone.lost", "phone.unsaved"]);
  registrar.close();
});
