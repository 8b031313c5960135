import t from "tap";
import { SimRandom } from "../base/sim-random.js";
import { tsAdd32 } from "../base/sequence.js";
import { createTelephoneEvent, eventOfKey, keyOfEvent, readTelephoneEvent, writeTelephoneEvent, type TelephoneEvent } from "./telephone-event.js";
import { TelephoneEventReceiver } from "./telephone-event-receiver.js";
import { createTelephoneEventPacket, TelephoneEventSender } from "./telephone-event-sender.js";

interface Sent extends TelephoneEvent {
  rtpTime: number;
  marker: boolean;
  /** Interval in which it was sent. */
  tick: number;
}

/** Runs the sender over `ticks` intervals of 160 units, from `rtpTime` on. */
function run(sender: TelephoneEventSender, ticks: number, from = 0): Sent[] {
  const packet = createTelephoneEventPacket();
  const sent: Sent[] = [];
  for (let tick = 0; tick < ticks; tick++) if (sender.next(packet, tsAdd32(from, tick * 160))) sent.push({ ...packet.payload, rtpTime: packet.rtpTime, marker: packet.marker, tick });
  return sent;
}

const keysOf = (receiver: TelephoneEventReceiver, packets: readonly Sent[]): string => packets.map((p) => receiver.push(p, p.rtpTime, p.marker) ?? "").join("");

t.test("RFC 4733 2.3: payload", async (t) => {
  const out = new Uint8Array(6);
  t.equal(writeTelephoneEvent(out, 1, { event: 11, end: true, volume: 10, duration: 0x1234 }), 5);
  t.same([...out], [0, 11, 0x8a, 0x12, 0x34, 0]);
  const event = createTelephoneEvent();
  t.equal(readTelephoneEvent(event, out, 1, 5), undefined);
  t.same(event, { event: 11, end: true, volume: 10, duration: 0x1234 });
  t.equal(readTelephoneEvent(event, out, 1, 4), "dtmf.short");
  for (const key of "0123456789*#ABCD") t.equal(keyOfEvent(eventOfKey(key)!), key);
  t.equal(eventOfKey("d"), 15);
  for (const key of ["", "12", "E", "x", "\u7532"]) t.equal(eventOfKey(key), undefined);
  t.equal(keyOfEvent(16), undefined, "a flash is no key");
});

t.test("RFC 4733 2.5.1: one key is updates and three ends, all with one timestamp", async (t) => {
  const sender = new TelephoneEventSender();
  t.ok(sender.send("5", 100));
  const sent = run(sender, 20, 0xffffff00);
  t.same(sent.map((p) => p.duration), [160, 320, 480, 640, 800, 800, 800]);
  t.same(sent.map((p) => p.end), [false, false, false, false, true, true, true]);
  t.same(sent.map((p) => p.marker), [true, false, false, false, false, false, false]);
  t.ok(sent.every((p) => p.rtpTime === 0xffffff00 && p.event === 5 && p.volume === 10));
  t.notOk(sender.busy);
});

t.test("RFC 4733 2.5.1: keys follow each other after a pause, and are received once each", async (t) => {
  const sender = new TelephoneEventSender();
  t.ok(sender.send("1123#", 60));
  const sent = run(sender, 100, 0xfffffc00);
  t.equal(keysOf(new TelephoneEventReceiver(), sent), "1123#");
  const starts = sent.filter((p) => p.marker).map((p) => p.tick);
  t.same(starts, [0, 8, 16, 24, 32], "60 ms down, 100 ms up");
});

t.test("RFC 4733 2.5.1.3: a key held for half a minute is one key in segments", async (t) => {
  const sender = new TelephoneEventSender();
  t.ok(sender.send("9", 30_000));
  const sent = run(sender, 1600, 4_294_900_000);
  t.same([...new Set(sent.map((p) => p.rtpTime))], [0, 1, 2, 3].map((n) => tsAdd32(4_294_900_000, n * 0xffff)));
  t.ok(sent.every((p) => p.duration <= 0xffff));
  t.equal(sent.filter((p) => p.marker).length, 1);
  t.equal(sent.filter((p) => p.end).length, 3);
  t.equal(240_000, 3 * 0xffff + sent.at(-1)!.duration, "the whole duration is told");
  const receiver = new TelephoneEventReceiver();
  t.equal(keysOf(receiver, sent), "9");
  t.equal(receiver.held, undefined);
});

t.test("RFC 4733 2.5.2: the receiver", async (t) => {
  const packet = (rtpTime: number, more: Partial<Sent> = {}): Sent => ({ event: 1, end: false, volume: 10, duration: 160, marker: false, tick: 0, rtpTime, ...more });
  for (const [what, packets, keys] of [
    ["lost start", [packet(800, { duration: 480 }), packet(800, { end: true })], "1"],
    ["only one end arrives", [packet(800, { end: true })], "1"],
    ["duplicates", [packet(800), packet(800), packet(800, { end: true }), packet(800, { end: true })], "1"],
    ["an update overtaken by the end", [packet(800), packet(800, { end: true }), packet(800)], "1"],
    ["two keys", [packet(800), packet(800, { end: true }), packet(2400), packet(2400, { end: true })], "11"],
    ["the first key's end is lost", [packet(800, { marker: true }), packet(2400, { marker: true })], "11"],
    ["an end that comes after the next key's start", [packet(800), packet(2400, { event: 2 }), packet(800, { end: true })], "12"],
    ["timestamp 0", [packet(0), packet(0, { end: true })], "1"],
    ["around the wrap", [packet(0xffffff00, { end: true }), packet(0x100)], "11"],
    ["a sender that starts its timestamps anew", [packet(900_000, { end: true }), packet(800, { marker: true })], "11"],
    ["one timestamp for two keys", [packet(800, { end: true }), packet(800, { event: 2 })], "12"],
    ["a segment whose marker says it is new", [packet(800), packet(800 + 0xffff, { marker: true })], "11"],
    ["flash", [packet(800, { event: 16 })], ""],
  ] as const)
    t.equal(keysOf(new TelephoneEventReceiver(), packets), keys, what);
  const receiver = new TelephoneEventReceiver();
  receiver.push(packet(800), 800, true);
  t.equal(receiver.held, "1");
  receiver.reset();
  t.equal(receiver.held, undefined);
  t.equal(receiver.push(packet(800), 800, false), "1", "after a new offer/answer the same timestamp is another key");
});

t.test("RFC 4733 2.5.1: refused and stopped", async (t) => {
  const sender = new TelephoneEventSender();
  t.notOk(sender.send("12x", 100));
  t.notOk(sender.send("1".repeat(65), 100));
  t.notOk(sender.send("1", Infinity));
  t.notOk(sender.busy, "nothing of it was queued");
  sender.send("12", 1000);
  run(sender, 3);
  sender.stop();
  const rest = run(sender, 10, 480);
  t.same(rest.map((p) => [p.event, p.end]), [[1, true], [1, true], [1, true]]);
  t.notOk(sender.busy);
});

t.test("RFC 4733 2.5: every key arrives once over a network that loses, repeats and swaps", async (t) => {
  const random = new SimRandom(4733);
  const failed: string[] = [];
  for (let round = 0; round < 200; round++) {
    const keys = Array.from({ length: 8 }, () => "0123456789*#"[Math.floor(random.next() * 12)]!).join("");
    const sender = new TelephoneEventSender();
    sender.send(keys, 80);
    const arrived: Sent[] = [];
    let lost = 0;
    for (const packet of run(sender, 400)) {
      // At most two losses in a row, so that one packet of each key always arrives.
      if (lost < 2 && random.next() < 0.3) lost += 1;
      else {
        lost = 0;
        arrived.push(packet);
        if (random.next() < 0.2) arrived.push(packet);
      }
      const n = arrived.length;
      if (n > 1 && random.next() < 0.1) [arrived[n - 2], arrived[n - 1]] = [arrived[n - 1]!, arrived[n - 2]!];
    }
    const got = keysOf(new TelephoneEventReceiver(), arrived);
    if (got !== keys) failed.push(`round ${round}: ${keys} became ${got}`);
  }
  t.same(failed, [], `seed ${random.seed}`);
});
