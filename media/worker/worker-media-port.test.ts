import t from "tap";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSocket } from "node:dgram";
import type { LegId, MediaEvent, PlayId, RecordingId } from "../engine/command.js";
import { SimPhone } from "../engine/testing/sim-phone.js";
import { strongestTone } from "../dsp/goertzel.js";
import { DgramMediaNet } from "../net/dgram-media-net.js";
import { FileRecordingStore } from "../recorder/file-recording-store.js";
import { SystemClock } from "./system-clock.js";
import { WorkerMediaPort } from "./worker-media-port.js";

const leg = (name: string): LegId => name as LegId;
type Type = MediaEvent["type"];

/** A port range that was free a moment ago. */
async function freePorts(): Promise<{ portMin: number; portMax: number }> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => void socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  const portMin = Math.min(port + (port & 1), 65_000);
  return { portMin, portMax: portMin + 19 };
}

async function rig(t: { teardown: (fn: () => Promise<void>) => void }) {
  const recordingsDir = await mkdtemp(join(tmpdir(), "ringward-media-"));
  const faults: string[] = [];
  const media = new WorkerMediaPort({ address: "127.0.0.1", ...(await freePorts()), recordingsDir, jitterMs: 60, net: "auto", clock: new SystemClock(), onFault: (message) => faults.push(message) });
  const events: MediaEvent[] = [];
  let waiting: (() => void)[] = [];
  media.onEvent((event) => {
    events.push(event);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  t.teardown(async () => {
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
  return { media, next, recordingsDir, faults, events };
}

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
  t.equal((await media.snapshot())!.legs, 1);
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

t.test("a worker that dies: its legs are told, another one serves, with the prompts", { timeout: 20_000 }, async (t) => {
  const { media, next, faults } = await rig(t);
  const samples = new Int16Array(new SharedArrayBuffer(320));
  media.send({ type: "prompt.load", prompt: "test/short", samples });
  media.send({ type: "leg.open", leg: leg("a") });
  await next("leg.opened", "a");
  media.send({ type: "leg.open", leg: leg("b") });
  media.terminate();
  const told = await Promise.race([next("leg.failed", "b"), next("leg.closed", "b")]);
  t.match(told, { leg: "b" });
  t.match(await next("leg.closed", "a"), { counters: { received: 0 } });
  media.send({ type: "leg.open", leg: leg("c") });
  t.equal((await next("leg.failed", "c")).reason, "worker");
  t.equal(await media.snapshot(), undefined);
  while (media.restarts === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
  media.send({ type: "leg.open", leg: leg("d") });
  await next("leg.opened", "d");
  t.equal((await media.snapshot())!.prompts, 1);
  t.match(faults.join("\n"), /media worker ended with code 1; another one starts in 100 ms/);
  await media.close();
  media.send({ type: "leg.open", leg: leg("e") });
  t.equal((await next("leg.failed", "e")).reason, "worker");
});
