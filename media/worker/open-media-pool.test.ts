import t from "tap";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSocket } from "node:dgram";
import type { BridgeId, LegId, MediaEvent, PlayId, RecordingId } from "../engine/command.js";
import { SimPhone } from "../engine/testing/sim-phone.js";
import { strongestTone } from "../dsp/goertzel.js";
import { DgramMediaNet } from "../net/dgram-media-net.js";
import { loadLibc } from "../net/libc/libc.js";
import { FileRecordingStore } from "../recorder/file-recording-store.js";
import { openMediaPool, type OpenMediaPoolOptions } from "./open-media-pool.js";
import { SystemClock } from "./system-clock.js";

const leg = (name: string): LegId => name as LegId;
type Type = MediaEvent["type"];

/** A port range that was free a moment ago. */
async function freePorts(): Promise<{ portMin: number; portMax: number }> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => void socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  const portMin = Math.min(port + (port & 1), 65_000);
  return { portMin, portMax: portMin + 39 };
}

async function rig(t: { teardown: (fn: () => Promise<void>) => void }, options: Partial<OpenMediaPoolOptions> = {}) {
  const recordingsDir = await mkdtemp(join(tmpdir(), "ringward-media-"));
  const faults: string[] = [];
  const clock = new SystemClock();
  const media = await openMediaPool({ address: "127.0.0.1", ...(await freePorts()), recordingsDir, jitterMs: 60, net: "auto", workers: 1, clock, onFault: (message) => faults.push(message), ...options });
  const events: MediaEvent[] = [];
  let waiting: (() => void)[] = [];
  media.onEvent((event) => {
    events.push(event);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  const phones: SimPhone[] = [];
  t.teardown(async () => {
    for (const phone of phones) phone.close();
    await media.close();
    await rm(recordingsDir, { recursive: true });
  });
  /** The next event of this type and leg that was not asked for before. */
  const next = async <T extends Type>(type: T, name: string): Promise<Extract<MediaEvent, { type: T }>> => {
    for (;;) {
      const at = events.findIndex((event) => event.type === type && event.leg === name);
      if (at >= 0) return events.splice(at, 1)[0] as Extract<MediaEvent, { type: T }>;
      await new Promise<void>((resolve) => void waiting.push(resolve));
    }
  };
  /** A leg with a phone that sings. */
  const call = async (name: string, frequencyHz: number): Promise<SimPhone> => {
    const phone = await SimPhone.open({ clock, net: new DgramMediaNet(), local: { address: "127.0.0.1", port: 0 } });
    phones.push(phone);
    media.send({ type: "leg.open", leg: leg(name) });
    const at = await next("leg.opened", name);
    media.send({ type: "leg.media", leg: leg(name), settings: { remote: phone.local, expectAddress: "127.0.0.1", codec: "PCMA", payloadType: 8, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 } });
    phone.sing(frequencyHz);
    phone.talk(at);
    await next("media.started", name);
    return phone;
  };
  return { media, next, call, recordingsDir, faults, events, clock };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const toneSince = (phone: SimPhone, sinceMs: number): number => strongestTone(phone.sound(sinceMs), 8000).frequencyHz;
/** Sockets of this process, as the kernel has them. */
const openDescriptors = async (): Promise<number> => (await readdir("/proc/self/fd")).length;

t.test("over real sockets and a worker thread: heard, recorded, keyed, closed", { timeout: 20_000 }, async (t) => {
  const { media, next, recordingsDir, faults } = await rig(t);
  const phone = await SimPhone.open({ clock: new SystemClock(), net: new DgramMediaNet(), local: { address: "127.0.0.1", port: 0 } });
  t.teardown(() => phone.close());
  media.send({ type: "leg.open", leg: leg("a") });
  const { address, port } = await next("leg.opened", "a");
  media.send({ type: "leg.media", leg: leg("a"), settings: { remote: phone.local, expectAddress: "127.0.0.1", codec: "PCMA", payloadType: 8, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 } });
  media.send({ type: "record.start", leg: leg("a"), recording: "recording-1" as RecordingId });
  phone.sing(440);
  phone.talk({ address, port });
  t.equal((await next("media.started", "a")).from.port, phone.local.port);
  media.send({ type: "play", leg: leg("a"), play: "p1" as PlayId, items: [{ kind: "tone", frequenciesHz: [1000], levelDbm0: -10, durationMs: 600 }], bargeIn: false, repeat: false });
  t.equal((await next("play.ended", "a")).outcome, "finished");
  phone.press("5");
  t.equal((await next("dtmf", "a")).digit, "5");
  t.equal((await media.snapshots())[0]!.legs, 1);
  media.send({ type: "leg.close", leg: leg("a") });
  const closed = await next("record.closed", "a");
  const { counters } = await next("leg.closed", "a");
  t.ok(counters.received > 20 && counters.sent > 20 && counters.foreign === 0, JSON.stringify(counters));

  // A loaded machine delays packets: the strongest tone of the whole is what was sent all the same.
  t.ok(Math.abs(strongestTone(phone.sound(), 8000).frequencyHz - 1000) <= 2);
  const track = (await new FileRecordingStore(recordingsDir).read(closed.recording))!;
  t.same([track.codec, track.bytes.length], ["PCMA", closed.durationMs * 8]);
  t.equal(createHash("sha256").update(track.bytes).digest("hex"), closed.sha256);
  t.same(JSON.parse(await readFile(join(recordingsDir, "re", "recording-1.json"), "utf8")), { recording: "recording-1", codec: "PCMA", rateHz: 8000, bytes: track.bytes.length });
  t.same(faults, []);
});

t.test("a worker that dies while it starts: legs that were asked for find the next one, with the prompts", { timeout: 20_000 }, async (t) => {
  const { media, next, faults } = await rig(t);
  const samples = new Int16Array(new SharedArrayBuffer(320));
  media.send({ type: "prompt.load", prompt: "test/short", samples });
  media.send({ type: "leg.open", leg: leg("a") });
  await next("leg.opened", "a");
  media.send({ type: "leg.open", leg: leg("b") });
  media.kill(0);
  t.match(await Promise.race([next("leg.failed", "b"), next("leg.opened", "b"), next("leg.moved", "b")]), { leg: "b" });
  while (media.counters.restarts === 0) await pause(20);
  media.send({ type: "leg.open", leg: leg("d") });
  await next("leg.opened", "d");
  t.equal((await media.snapshots())[0]!.prompts, 1);
  t.match(faults.join("\n"), /media worker 0 ended with code 1; another one starts in 100 ms/);
  await media.close();
  media.send({ type: "leg.open", leg: leg("e") });
  t.equal((await next("leg.failed", "e")).reason, "worker");
});

const loaded = await loadLibc();
const noLibc = "libc" in loaded || process.env["CI"] === "true" ? false : loaded.unavailable;

for (const net of ["libc", "dgram"] as const) {
  const skip = net === "libc" && noLibc;

  t.test(`${net}: two legs on two threads meet, part, and meet others; each keeps its port and its stream`, { timeout: 60_000, skip }, async (t) => {
    const { media, next, call, recordingsDir, faults, clock } = await rig(t, { net, workers: 2, placement: "apart" });
    const phones = { a: await call("a", 440), b: await call("b", 620), c: await call("c", 880) };
    const tones = { a: 440, b: 620, c: 880 };
    t.same(media.counters.legs, [2, 1]);
    media.send({ type: "record.start", leg: leg("a"), recording: "rec-a" as RecordingId });
    media.send({ type: "record.start", leg: leg("b"), recording: "rec-b" as RecordingId });
    await pause(500);
    for (const [i, [one, other]] of ([["a", "b"], ["b", "c"]] as const).entries()) {
      media.send({ type: "bridge", bridge: `b${i}` as BridgeId, legs: [leg(one), leg(other)] });
      await pause(500);
      const sinceMs = clock.monoMs();
      phones[one].press(String(i));
      t.equal((await next("dtmf", one)).digit, String(i));
      await pause(700);
      t.ok(Math.abs(toneSince(phones[one], sinceMs) - tones[other]) <= 2, `${one} hears ${other}`);
      t.ok(Math.abs(toneSince(phones[other], sinceMs) - tones[one]) <= 2, `${other} hears ${one}`);
    }
    t.ok(media.counters.moved >= 1, `${media.counters.moved} moved`);
    for (const phone of Object.values(phones)) t.same([new Set(phone.heard.map((packet) => packet.ssrc)).size, new Set(phone.heard.map((packet) => packet.from.port)).size], [1, 1]);
    const sent = Object.fromEntries(Object.entries(phones).map(([name, phone]) => [name, phone.sent]));
    for (const name of ["a", "b", "c"]) media.send({ type: "leg.close", leg: leg(name) });
    for (const name of ["a", "b", "c"]) {
      const { counters, lost } = await next("leg.closed", name);
      t.same([counters.lost, counters.foreign, counters.malformed, lost], [0, 0, 0, undefined], `${name}: ${counters.received} of ${sent[name]} packets`);
      t.ok(sent[name]! - counters.received <= 3);
    }
    // Whatever moved: its tracks follow each other without a gap and make up the whole.
    const store = new FileRecordingStore(recordingsDir);
    for (const name of ["a", "b"]) {
      let [recording, offsetMs] = [`rec-${name}`, 0];
      const bytes: number[] = [];
      for (;;) {
        const closed = await next("record.closed", name);
        t.equal(closed.recording, recording);
        bytes.push(...(await store.read(recording as RecordingId))!.bytes);
        offsetMs += closed.durationMs;
        const continued = await Promise.race([next("record.continued", name), pause(100)]);
        if (continued === undefined) break;
        t.match(continued, { recording, afterMs: closed.durationMs });
        recording = continued.next;
      }
      t.equal(bytes.length, offsetMs * 8);
      t.ok(offsetMs >= 2700, `${name}: ${offsetMs} ms recorded in parts up to ${recording}`);
    }
    t.same(faults, []);
  });

  for (const how of net === "libc" ? (["is killed", "hangs"] as const) : (["throws"] as const))
    t.test(`${net}: a thread that ${how} in mid-call`, { timeout: 60_000, skip }, async (t) => {
      const { media, next, call, recordingsDir, faults, events, clock } = await rig(t, { net, workers: 2, placement: "apart", entry: new URL("./testing/faulty-entry.js", import.meta.url) });
      const [one, other] = [await call("a", 440), await call("b", 620)];
      media.send({ type: "bridge", bridge: "b" as BridgeId, legs: [leg("a"), leg("b")] });
      while (media.counters.moved === 0) await pause(20);
      for (const name of ["a", "b"]) media.send({ type: "record.start", leg: leg(name), recording: `rec-${name}` as RecordingId });
      await pause(1700);
      const descriptors = await openDescriptors();
      const victim = media.counters.legs.indexOf(2);
      t.ok(victim >= 0, "both are on one thread");
      if (how === "is killed") media.kill(victim);
      else media.send({ type: "dtmf.send", leg: leg("a"), digits: how === "hangs" ? "hang" : "throw", durationMs: 100 });
      while (media.counters.revived < 2) await pause(20);
      for (const [name, phone] of [["a", one], ["b", other]] as const) {
        const moved = net === "dgram" ? await Promise.race([next("leg.moved", name), pause(3000)]) : undefined;
        if (moved !== undefined) phone.talk(moved);
      }
      await pause(300);
      const sinceMs = clock.monoMs();
      await pause(600);
      t.ok(Math.abs(toneSince(one, sinceMs) - 620) <= 2 && Math.abs(toneSince(other, sinceMs) - 440) <= 2, "the talk goes on");
      if (net === "libc") t.same([one, other].map((phone) => new Set(phone.heard.map((packet) => packet.from.port)).size), [1, 1], "on the same ports");
      while (media.counters.restarts === 0 || (await media.snapshots()).includes(undefined)) await pause(20);
      t.ok(Math.abs((await openDescriptors()) - descriptors) <= 4, "no descriptor is left behind");
      for (const name of ["a", "b"]) {
        const closed = await next("record.closed", name);
        const { bytes } = (await new FileRecordingStore(recordingsDir).read(closed.recording))!;
        t.same([closed.recording, closed.durationMs, closed.sha256], [`rec-${name}`, bytes.length / 8, createHash("sha256").update(bytes).digest("hex")]);
        t.ok(closed.durationMs >= 700, `${closed.durationMs} ms are kept of at least 1700: all but the last second`);
        t.match(await next("record.continued", name), { recording: `rec-${name}`, next: `rec-${name}-2` });
        media.send({ type: "leg.close", leg: leg(name) });
        await next("leg.closed", name);
        t.equal((await next("record.closed", name)).recording, `rec-${name}-2`);
      }
      t.same([media.counters.lost, media.counters.hangs, media.counters.legs], [0, how === "hangs" ? 1 : 0, [0, 0]]);
      t.match(faults.join("\n"), { "is killed": /ended with code 1; another one starts/, throws: /a fault that nobody caught/, hangs: /gave no sign of life/ }[how]);
      t.same(events.filter((event) => event.type === "leg.closed"), []);
    });
}
