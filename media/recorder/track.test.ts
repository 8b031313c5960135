import t from "tap";
import { toOtherLaw } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import { ChunkPool } from "./chunk-pool.js";
import { MemoryRecordingStore } from "./memory-recording-store.js";
import { Track } from "./track.js";

const recording = "r1" as RecordingId;
const chunks = new ChunkPool();
const frame = (byte: number): Uint8Array => new Uint8Array(160).fill(byte);

t.test("a place in the track is a moment: what did not come is silence of its length", async (t) => {
  const store = new MemoryRecordingStore();
  const appended: number[] = [];
  const inner = store.create(recording, "PCMA");
  const writer = { append: (bytes: Uint8Array, written: () => void) => (appended.push(bytes.length), inner.append(bytes, written)), close: () => inner.close(), handOver: () => inner.handOver() };
  const track = new Track({ recording, law: "PCMA", writer, sha256: createSystemSha256(), chunks, firstTick: 10 });
  track.append(9, frame(1), "PCMA");
  track.append(10, frame(2), "PCMA");
  track.append(13, frame(3), "PCMA");
  track.append(13, frame(4), "PCMA");
  track.append(14, frame(0xff), "PCMU");
  track.fillTo(70);
  const { durationMs } = await track.close();
  const { bytes } = (await store.read(recording))!;
  t.equal(durationMs, 1200);
  t.same(
    Array.from({ length: 60 }, (_, i) => bytes[i * 160]!),
    [2, 0xd5, 0xd5, 3, toOtherLaw("PCMU")[0xff], ...new Array<number>(55).fill(0xd5)],
  );
  t.ok(bytes.every((byte, at) => byte === bytes[at - (at % 160)]));
  t.ok(appended.every((length) => length <= 8000), `a second at a time: ${appended.join(", ")}`);
  t.equal(appended.reduce((sum, length) => sum + length), 9600);
  t.equal(chunks.taken, 0, "its memory is others' again");
});

t.test("FIPS 180-4: the hash is that of the bytes; a store that fails is told at the end", async (t) => {
  const silent = new Track({ recording, law: "PCMU", writer: new MemoryRecordingStore().create(recording, "PCMU"), sha256: createSystemSha256(), chunks, firstTick: 1 });
  t.same(await silent.close(), { durationMs: 0, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" });
  const failing = new Track({ recording, law: "PCMU", writer: { append: (_bytes, written) => written(), close: () => Promise.reject(new Error("disk")), handOver: () => ({ written: 0, owed: new Uint8Array(0) }) }, sha256: createSystemSha256(), chunks, firstTick: 1 });
  await t.rejects(failing.close(), { message: "disk" });
});

t.test("what is put before its time is recorded when that has passed, across the end of a second too, and can be taken back until then", async (t) => {
  const store = new MemoryRecordingStore();
  const track = new Track({ recording, law: "PCMA", writer: store.create(recording, "PCMA"), sha256: createSystemSha256(), chunks, firstTick: 0 });
  const sound = Uint8Array.from({ length: 300 * 160 }, (_, i) => (i * 7 + (i >> 8)) % 200);
  const back = new Uint8Array(8000);
  track.put(0, sound, { start: 0, end: 3200 });
  for (let tick = 0; tick < 300; tick++) {
    track.fillTo(tick);
    // What 60 ms hold comes 400 ms early, in two packets.
    for (let at = 160 * tick + 3200; tick % 3 === 0 && at < 160 * tick + 3680; at += 240) track.put(at - 160 * tick, sound, { start: at, end: Math.min(sound.length, at + 240) });
    if (tick % 40 !== 25) continue;
    track.takeBack(back);
    t.ok(Buffer.from(back.subarray(0, 3200)).equals(Buffer.from(sound.subarray(tick * 160, tick * 160 + 3200))), `taken back at ${tick}`);
    track.put(-1000, new Uint8Array(9000).fill(1), { start: 0, end: 1000 });
    track.put(0, back, { start: 0, end: 3680 });
  }
  await track.close();
  t.ok(Buffer.from((await store.read(recording))!.bytes).equals(Buffer.from(sound.subarray(0, 299 * 160))));
  t.equal(chunks.taken, 0);
});

t.test("sound that is not its time's, nor within a second of it, is left out", async (t) => {
  for (const firstTick of [0, 7, 49, -3]) {
    const store = new MemoryRecordingStore();
    const track = new Track({ recording, law: "PCMU", writer: store.create(recording, "PCMU"), sha256: createSystemSha256(), chunks, firstTick });
    const ones = new Uint8Array(160).fill(1);
    track.put(-160, ones, { start: 0, end: 160 });
    track.put(-100, ones, { start: 0, end: 160 });
    track.put(16_000, ones, { start: 0, end: 160 });
    track.fillTo(firstTick + 150);
    await track.close();
    const { bytes } = (await store.read(recording))!;
    t.same([bytes.length, bytes.indexOf(0xff), bytes.indexOf(1, 60)], [24_000, 60, -1], `from tick ${firstTick}`);
  }
});
