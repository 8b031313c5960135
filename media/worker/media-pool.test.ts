import t, { type Test } from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { strongestTone } from "../dsp/goertzel.js";
import type { BridgeId, LegId, MediaEvent, MediaSettings, PlayId, RecordingId } from "../engine/command.js";
import { SimPhone } from "../engine/testing/sim-phone.js";
import { MemoryMediaNet } from "../net/memory-media-net.js";
import { MemoryRecordingStore } from "../recorder/memory-recording-store.js";
import { MediaPool } from "./media-pool.js";
import type { Placement } from "./placement.js";
import { createSystemSha256 } from "./system-sha256.js";
import { InlineHosts } from "./testing/inline-host.js";

const leg = (name: string): LegId => name as LegId;
const bridge = "b1" as BridgeId;

interface RigOptions {
  readonly workers?: number;
  readonly way?: "libc" | "dgram";
  readonly placement?: Placement;
  readonly portMax?: number;
}

class Rig {
  readonly clock = new SimClock();
  readonly net = new MemoryMediaNet({ clock: this.clock });
  readonly recordings = new MemoryRecordingStore();
  readonly events: MediaEvent[] = [];
  readonly faults: string[] = [];
  readonly engineFaults: unknown[] = [];
  readonly hosts: InlineHosts;
  readonly pool: MediaPool;
  readonly #phones: SimPhone[] = [];

  constructor({ workers = 2, way = "libc", placement = "apart", portMax = 20_039 }: RigOptions = {}) {
    const { clock, net, recordings } = this;
    this.hosts = new InlineHosts({ workers, way, clock, net, recordings, random: new SimRandom(1), createSha256: createSystemSha256, address: "10.0.0.1", portMin: 20_000, portMax, onFault: (error) => this.engineFaults.push(error) });
    this.pool = new MediaPool({ clock, workers, placement, ports: { portMin: 20_000, portMax }, start: this.hosts.start, discard: this.hosts.discard, onFault: (message) => this.faults.push(message) });
    this.pool.onEvent((event) => this.events.push(event));
  }

  of<Type extends MediaEvent["type"]>(type: Type, name?: string): Extract<MediaEvent, { readonly type: Type }>[] {
    return this.events.filter((event): event is Extract<MediaEvent, { readonly type: Type }> => event.type === type && (name === undefined || event.leg === name));
  }

  /** A leg with a phone that sings. */
  async call(name: string, frequencyHz: number): Promise<SimPhone> {
    const phone = await SimPhone.open({ clock: this.clock, net: this.net, local: { address: `10.0.1.${this.#phones.length + 1}`, port: 4000 } });
    this.#phones.push(phone);
    this.pool.send({ type: "leg.open", leg: leg(name) });
    await this.clock.runMs(10);
    const { address, port } = this.of("leg.opened", name)[0]!;
    const settings: MediaSettings = { remote: phone.local, expectAddress: phone.local.address, codec: "PCMA", payloadType: 8, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 };
    this.pool.send({ type: "leg.media", leg: leg(name), settings });
    phone.sing(frequencyHz);
    phone.talk({ address, port });
    return phone;
  }

  /** The tone that a phone has heard in the last second. */
  hears(t: Test, phone: SimPhone, frequencyHz: number, what: string): void {
    const { frequencyHz: heard } = strongestTone(phone.sound(this.clock.monoMs() - 1000), 8000);
    t.ok(Math.abs(heard - frequencyHz) <= 2, `${what}: ${heard.toFixed(0)} Hz for ${frequencyHz}`);
  }

  /** Closes all; nothing may be left. */
  async end(t: Test): Promise<void> {
    const names = [...new Set(this.events.map((event) => event.leg))];
    for (const name of names) this.pool.send({ type: "leg.close", leg: name });
    await this.clock.runMs(3000);
    const snapshots = await this.pool.snapshots();
    for (const snapshot of snapshots) t.match(snapshot, { legs: 0, bridges: 0, faults: 0, ports: { used: 0, draining: 0 } }, "no leg or port is left over");
    t.equal(this.hosts.openSockets, 0);
    t.same(this.pool.counters.legs.filter((count) => count !== 0), []);
    t.same(this.engineFaults, []);
    for (const phone of this.#phones) phone.close();
    const closing = this.pool.close();
    await this.clock.runMs(100);
    await closing;
    t.equal(this.clock.pending, 0, "no timer is left");
  }
}

t.test("legs go to the worker with the fewest, or each to another one; both count", async (t) => {
  for (const [placement, names, legs] of [
    ["least-loaded", ["a", "b", "c"], [2, 1]],
    ["apart", ["a", "b", "c", "d"], [2, 2]],
  ] as const) {
    const rig = new Rig({ placement });
    for (const name of names) rig.pool.send({ type: "leg.open", leg: leg(name) });
    await rig.clock.runMs(10);
    t.same([rig.pool.counters.legs, rig.pool.counters.placed], [legs, legs], placement);
    t.equal(new Set(rig.of("leg.opened").map((event) => event.port)).size, names.length);
    rig.pool.send({ type: "leg.close", leg: leg("a") });
    await rig.clock.runMs(10);
    rig.pool.send({ type: "leg.open", leg: leg("e") });
    await rig.clock.runMs(10);
    t.equal(rig.pool.counters.legs.reduce((sum, count) => sum + count), names.length);
    await rig.end(t);
  }
});

t.test("a worker without a port left passes the leg on; none anywhere is told", async (t) => {
  const rig = new Rig({ portMax: 20_007 });
  for (const name of ["a", "b", "c", "d"]) rig.pool.send({ type: "leg.open", leg: leg(name) });
  await rig.clock.runMs(10);
  rig.pool.send({ type: "leg.close", leg: leg("a") });
  // Its port drains, so this one finds the first worker full and the second too.
  rig.pool.send({ type: "leg.open", leg: leg("e") });
  await rig.clock.runMs(20);
  t.same(rig.of("leg.failed").map((event) => [event.leg, event.reason]), [["e", "no-port"]]);
  await rig.clock.runMs(2000);
  for (const name of ["b", "f", "g"]) rig.pool.send({ type: name === "b" ? "leg.close" : "leg.open", leg: leg(name) });
  await rig.clock.runMs(20);
  t.same(rig.of("leg.opened", "f").length, 1);
  await rig.end(t);
});

for (const way of ["libc", "dgram"] as const) {
  t.test(`${way}: legs that start apart hear each other when they are bridged, again and again, with others`, async (t) => {
    const rig = new Rig({ way, workers: 3 });
    const phones = { a: await rig.call("a", 400), b: await rig.call("b", 500), c: await rig.call("c", 600), d: await rig.call("d", 700) };
    rig.pool.send({ type: "record.start", leg: leg("a"), recording: "ra" as RecordingId });
    for (const [one, other] of [["a", "b"], ["c", "d"], ["a", "c"], ["b", "d"], ["d", "a"]] as const) {
      rig.pool.send({ type: "bridge", bridge, legs: [leg(one), leg(other)] });
      rig.pool.send({ type: "bridge", bridge: `${one}${other}` as BridgeId, legs: [leg(one), leg(other)] });
      await rig.clock.runMs(1300);
      const tones = { a: 400, b: 500, c: 600, d: 700 };
      rig.hears(t, phones[one], tones[other], `${one} hears ${other}`);
      rig.hears(t, phones[other], tones[one], `${other} hears ${one}`);
      t.equal(rig.pool.counters.legs.reduce((sum, count) => sum + count), 4);
    }
    rig.pool.send({ type: "unbridge", bridge: "da" as BridgeId });
    await rig.clock.runMs(1300);
    t.ok(strongestTone(phones.a.sound(rig.clock.monoMs() - 1000), 8000).levelDbm0 < -50, "apart again: silence");
    t.ok(rig.pool.counters.moved >= 3, `${rig.pool.counters.moved} moves`);
    for (const phone of Object.values(phones)) {
      t.equal(new Set(phone.heard.map((packet) => packet.ssrc)).size, 1);
      t.equal(new Set(phone.heard.map((packet) => packet.from.port)).size, 1, "from one port");
    }
    const parts = rig.of("record.continued", "a");
    t.ok(parts.every((part) => part.afterMs !== undefined));
    rig.pool.send({ type: "record.stop", leg: leg("a"), recording: "ra" as RecordingId });
    await rig.clock.runMs(10);
    t.same(rig.of("record.closed").map((event) => event.recording), ["ra", ...parts.map((part) => part.next)], "stopped by the name that it was begun with");
    t.same(rig.of("leg.closed"), []);
    t.same(rig.faults, []);
    await rig.end(t);
  });

  t.test(`${way}: what is asked of a leg while it is on its way waits, and a leg that is closed there is closed`, async (t) => {
    const rig = new Rig({ way });
    const [a] = [await rig.call("a", 400), await rig.call("b", 500), await rig.call("c", 600)];
    rig.pool.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
    rig.pool.send({ type: "play", leg: leg("b"), play: "p1" as PlayId, items: [{ kind: "tone", frequenciesHz: [800], levelDbm0: -10, durationMs: 200 }], bargeIn: false, repeat: false });
    rig.pool.send({ type: "dtmf.send", leg: leg("b"), digits: "12", durationMs: 60 });
    await rig.clock.runMs(1000);
    t.same(rig.of("play.ended").map((event) => event.outcome), ["finished"]);
    rig.pool.send({ type: "bridge", bridge: "b2" as BridgeId, legs: [leg("c"), leg("a")] });
    rig.pool.send({ type: "unbridge", bridge: "b2" as BridgeId });
    await rig.clock.runMs(1300);
    t.ok(strongestTone(a.sound(rig.clock.monoMs() - 1000), 8000).levelDbm0 < -50, "unbridged before it arrived: silence");
    rig.pool.send({ type: "bridge", bridge, legs: [leg("a"), leg("c")] });
    rig.pool.send({ type: "leg.close", leg: leg("a") });
    rig.pool.send({ type: "leg.close", leg: leg("c") });
    await rig.clock.runMs(100);
    t.same(rig.of("leg.closed").map((event) => [event.leg, event.lost]).sort(), [["a", undefined], ["c", undefined]]);
    await rig.end(t);
  });
}

t.test("a leg that another process had comes back on its port, whichever worker that belongs to, and can be suspended again", async (t) => {
  const rig = new Rig({ placement: "least-loaded" });
  await rig.call("a", 400);
  const phone = await rig.call("b", 500);
  rig.pool.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await rig.clock.runMs(500);
  for (const name of ["a", "b"]) rig.pool.send({ type: "leg.suspend", leg: leg(name) });
  await rig.clock.runMs(2500);
  // Looking settles what has drained; another process begins with all ports free.
  await rig.pool.snapshots();
  const media = rig.of("leg.suspended").map((event) => event.media!);
  t.same(media.map(({ port }) => port), rig.of("leg.opened").map(({ port }) => port));
  media.forEach((from, i) => rig.pool.send({ type: "leg.open", leg: leg(`again-${i}`), from }));
  rig.pool.send({ type: "leg.open", leg: leg("twice"), from: media[0]! });
  await rig.clock.runMs(10);
  t.same(rig.of("leg.opened").map(({ port }) => port), [...media, ...media].map(({ port }) => port));
  t.match(rig.of("leg.failed"), [{ leg: "twice", reason: "no-port" }]);
  t.ok(phone.heard.length > 0);
  await rig.end(t);
});

for (const way of ["libc", "dgram"] as const)
  for (const how of ["kill", "crash", "hang"] as const)
    t.test(`${way}: a worker that ${how === "kill" ? "is killed" : `${how}${how === "crash" ? "es" : "s"}`} in mid-call: its legs come back, the talk goes on, the recording in another track`, async (t) => {
      const rig = new Rig({ way });
      const phones = [await rig.call("a", 400), await rig.call("b", 500)] as const;
      const lonely = await rig.call("c", 600);
      const before = rig.of("leg.opened").map((event) => event.port);
      rig.pool.send({ type: "play", leg: leg("c"), play: "music" as PlayId, items: [{ kind: "tone", frequenciesHz: [900], levelDbm0: -10, durationMs: 400 }], bargeIn: false, repeat: true });
      rig.pool.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      await rig.clock.runMs(100);
      for (const name of ["a", "b"]) rig.pool.send({ type: "record.start", leg: leg(name), recording: `r${name}` as RecordingId });
      await rig.clock.runMs(3500);
      rig.hears(t, phones[0], 500, "before");
      const victim = rig.pool.counters.legs[0] === 3 ? 0 : rig.pool.counters.legs[1]! > rig.pool.counters.legs[0]! ? 1 : 0;
      if (how === "kill") rig.pool.kill(victim);
      else rig.hosts.hosts[victim]![how]();
      await rig.clock.runMs(how === "hang" ? 3200 : 200);
      // What signalling does where the port is another one.
      const moved = rig.of("leg.moved");
      for (const event of moved) ({ a: phones[0], b: phones[1], c: lonely })[event.leg as string]!.talk({ address: event.address, port: event.port });
      await rig.clock.runMs(1500);
      rig.hears(t, phones[0], 500, "after");
      rig.hears(t, phones[1], 400, "after");
      rig.hears(t, lonely, 900, "what was played is played again");
      if (way === "libc") t.same([moved, [...new Set(phones.flatMap((phone) => phone.heard.map((packet) => packet.from.port)))].sort()], [[], before.slice(0, 2).sort()], "on the same ports");
      else t.ok(moved.length >= 2 && moved.every((event) => !before.includes(event.port)), "on other ports");
      t.same(rig.of("leg.closed"), []);
      const { restarts, hangs, revived, lost, workers } = rig.pool.counters;
      t.same([restarts, hangs, lost, workers], [1, how === "hang" ? 1 : 0, 0, 2]);
      t.ok(revived >= 2);
      t.match(rig.faults.join("\n"), how === "hang" ? /gave no sign of life for 2000 ms and is ended/ : /another one starts in 100 ms/);

      for (const name of ["a", "b"]) {
        const [part] = rig.of("record.continued", name);
        t.match(part, { recording: `r${name}`, next: `r${name}-2`, afterMs: undefined });
        const closed = rig.of("record.closed", name).find((event) => event.recording === `r${name}`)!;
        const track = (await rig.recordings.read(`r${name}` as RecordingId))!;
        const sha256 = createSystemSha256();
        sha256.update(track.bytes);
        t.same([closed.durationMs, closed.sha256], [track.bytes.length / 8, sha256.hexDigest()], `r${name}: ${closed.durationMs} ms are kept and vouched for`);
        t.ok(closed.durationMs >= 2500, "up to the last second");
        rig.pool.send({ type: "record.stop", leg: leg(name), recording: `r${name}` as RecordingId });
      }
      await rig.clock.runMs(10);
      t.same(rig.of("record.closed").map((event) => event.recording).sort(), ["ra", "ra-2", "rb", "rb-2"]);
      await rig.end(t);
    });

for (const way of ["libc", "dgram"] as const) t.test(`${way}: a key that is down when its worker dies counts once`, async (t) => {
  const rig = new Rig({ way });
  const phone = await rig.call("a", 400);
  await rig.clock.runMs(500);
  phone.press("5", 400);
  await rig.clock.runMs(200);
  rig.pool.kill(0);
  await rig.clock.runMs(10);
  for (const { address, port } of rig.of("leg.moved")) phone.talk({ address, port });
  await rig.clock.runMs(1000);
  phone.press("6");
  await rig.clock.runMs(500);
  t.same(rig.of("dtmf").map((event) => event.digit), ["5", "6"]);
  await rig.end(t);
});

for (const how of ["moves", "dies"] as const)
  t.test(`who picked up is told once, where the leg's ${how === "moves" ? "place is another worker" : "worker dies, from its beginning"}`, async (t) => {
    const rig = new Rig();
    const [caller, phone] = [await rig.call("a", 440), await rig.call("b", 400)];
    // A person's word and then nothing: over soft noise, since a voice stands out of something.
    let at = 0;
    phone.tone = {
      fill: (out, from, to) => {
        for (let i = from; i < to; i++, at++) {
          let voice = 0;
          for (let h = 1; h <= 8; h++) voice += Math.sin((2 * Math.PI * 140 * h * at) / 8000 + h) / h;
          out[i] = at >= 4000 && at < 8000 ? 2500 * voice : ((at * 7919) % 21) - 10;
        }
      },
    };
    rig.pool.send({ type: "detect", leg: leg("b"), detectors: { progress: { country: "cn", answered: true } } });
    await rig.clock.runMs(1200);
    t.same(rig.of("detected"), []);
    if (how === "moves") rig.pool.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
    else rig.pool.kill(1);
    await rig.clock.runMs(2500);
    const who = how === "moves" ? { state: "answered", by: "human", why: "pause" } : { state: "answered", by: "unknown", why: "silence" };
    if (how === "dies") await rig.clock.runMs(3000);
    t.match(rig.of("detected"), [{ leg: "b", detected: { kind: "progress", progress: who } }]);
    if (how === "moves") {
      t.same(rig.pool.counters.legs.filter((count) => count > 0), [2], "on one worker");
      t.ok(Math.abs(rig.of("detected")[0]!.afterMs - 1860) <= 100, `${rig.of("detected")[0]!.afterMs} ms`);
    }
    t.ok(caller.heard.length > 50);
    await rig.end(t);
  });

t.test("nobody lives: legs wait for the next worker, new ones too; one whose worker dies each time is given up", async (t) => {
  const rig = new Rig({ workers: 1, placement: "least-loaded" });
  const phone = await rig.call("a", 400);
  rig.pool.send({ type: "record.start", leg: leg("a"), recording: "ra" as RecordingId });
  await rig.clock.runMs(1500);
  rig.pool.kill(0);
  await rig.clock.runMs(50);
  rig.pool.send({ type: "leg.open", leg: leg("b") });
  rig.pool.send({ type: "play", leg: leg("a"), play: "p" as PlayId, items: [{ kind: "tone", frequenciesHz: [700], levelDbm0: -10, durationMs: 5000 }], bargeIn: false, repeat: false });
  await rig.clock.runMs(1500);
  t.same([rig.of("leg.failed"), rig.of("leg.opened", "b").length], [[], 1]);
  rig.hears(t, phone, 700, "asked for while there was no worker");
  for (let i = 0; i < 3; i++) {
    rig.pool.kill(0);
    await rig.clock.runMs(1500);
  }
  t.same(rig.of("leg.closed").map((event) => [event.leg, event.lost]), [["a", "worker"]]);
  t.match(rig.pool.counters, { revived: 6, lost: 1, restarts: 4 });
  t.same(rig.of("record.closed").map((event) => event.recording), ["ra", "ra-2", "ra-3", "ra-4"], "all its tracks are closed");
  await rig.end(t);
});

t.test("a worker that dies at once is started again later and later; legs that wait longer than 5 s are released", async (t) => {
  const rig = new Rig({ workers: 1, placement: "least-loaded" });
  await rig.call("a", 400);
  rig.pool.kill(0);
  rig.pool.send({ type: "leg.open", leg: leg("b") });
  for (let i = 0; i < 250; i++) {
    await rig.clock.runMs(60);
    rig.hosts.hosts[0]!.crash();
  }
  t.same(rig.of("leg.closed").map((event) => [event.leg, event.lost]).sort(), [["a", "worker"], ["b", "worker"]]);
  // Now the next one is far away.
  rig.pool.send({ type: "leg.open", leg: leg("c") });
  rig.pool.send({ type: "leg.open", leg: leg("d") });
  rig.pool.send({ type: "leg.close", leg: leg("d") });
  await rig.clock.runMs(5100);
  t.same(rig.of("leg.failed").map((event) => [event.leg, event.reason]), [["d", "worker"], ["c", "worker"]], "closed, or refused after 5 s");
  const delays = rig.faults.map((fault) => Number(/starts in (\d+) ms/.exec(fault)?.[1]));
  t.ok(delays.every((delay, i) => i === 0 || delay >= delays[i - 1]!) && Math.max(...delays) >= 3200, delays.join(" "));
  await rig.clock.runMs(20_000);
  await rig.end(t);
});

t.test("a message that is being left goes along to the worker where its leg meets another, and fails at once where its worker dies", async (t) => {
  const rig = new Rig();
  const caller = await rig.call("a", 440);
  await rig.call("b", 1000);
  t.same(rig.pool.counters.legs, [1, 1]);
  const message = (recording: string): void => rig.pool.send({ type: "message.start", leg: leg("a"), recording: recording as RecordingId, beginMs: 60_000, silenceMs: 1500, lengthMs: 60_000 });
  // Loud and moving: a voice, as far as its detector knows.
  const talk = (): void => {
    let n = 0;
    caller.tone = { fill: (out, from, to) => { for (let i = from; i < to; i++, n++) out[i] = 6000 * Math.sin((2 * Math.PI * 300 * n) / 8000) * Math.max(0, Math.sin((2 * Math.PI * 3 * n) / 8000)); } };
  };
  message("m1");
  talk();
  await rig.clock.runMs(2000);
  rig.pool.send({ type: "bridge", bridge, legs: [leg("b"), leg("a")] });
  await rig.clock.runMs(2000);
  t.same(rig.pool.counters.legs.filter((count) => count > 0), [2], "one moved to the other");
  rig.pool.send({ type: "unbridge", bridge });
  caller.tone = undefined;
  await rig.clock.runMs(3000);
  const [ended] = rig.of("message.ended", "a");
  t.match(ended, { recording: "m1", why: "silence" });
  t.ok(ended!.durationMs > 3800 && ended!.durationMs < 4500, `${ended?.durationMs} ms`);
  t.equal((await rig.recordings.read("m1" as RecordingId))!.bytes.length, ended!.durationMs * 8);
  message("m2");
  talk();
  await rig.clock.runMs(1000);
  for (const worker of rig.pool.counters.legs.keys()) rig.pool.kill(worker);
  await rig.clock.runMs(500);
  t.same(rig.of("record.failed", "a").map(({ recording, reason }) => [recording, reason]), [["m2", "worker"]]);
  await rig.clock.runMs(3000);
  await rig.end(t);
});
