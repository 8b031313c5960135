import t from "tap";
import { toOtherLaw } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import { MemoryRecordingStore } from "./memory-recording-store.js";
import { Track } from "./track.js";

const recording = "r1" as RecordingId;
const frame = (byte: number): Uint8Array => new Uint8Array(160).fill(byte);

t.test("a place in the track is a moment: what did not come is silence of its length", async (t) => {
  const store = new MemoryRecordingStore();
  const appended: number[] = [];
  const inner = store.create(recording, "PCMA");
  const writer = { append: (bytes: Uint8Array) => (appended.push(bytes.length), inner.append(bytes)), close: () => inner.close(), handOver: () => inner.handOver() };
  const track = new Track({ recording, law: "PCMA", writer, sha256: createSystemSha256(), firstTick: 10 });
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
  t.same(appended, [8000, 1600], "a second at a time");
});

t.test("FIPS 180-4: the hash is that of the bytes; a store that fails is told at the end", async (t) => {
  const silent = new Track({ recording, law: "PCMU", writer: new MemoryRecordingStore().create(recording, "PCMU"), sha256: createSystemSha256(), firstTick: 1 });
  t.same(await silent.close(), { durationMs: 0, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" });
  const failing = new Track({ recording, law: "PCMU", writer: { append: () => {}, close: () => Promise.reject(new Error("disk")), handOver: () => ({ written: 0, owed: new Uint8Array(0) }) }, sha256: createSystemSha256(), firstTick: 1 });
  await t.rejects(failing.close(), { message: "disk" });
});
