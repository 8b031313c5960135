import t from "tap";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordingId } from "../engine/command.js";
import { FileRecordingStore } from "./file-recording-store.js";
import { MemoryRecordingStore } from "./memory-recording-store.js";

/** The memory that was handed over is given back, each once. */
const kept = {
  given: 0,
  back: 0,
  once(): () => void {
    this.given += 1;
    let left = 1;
    return () => {
      left -= 1;
      this.back += left === 0 ? 1 : 1000;
    };
  },
};

const id = (text: string): RecordingId => text as RecordingId;

t.test("a track is what was appended, in order; what it is stands beside it", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "ringward-tracks-"));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const store of [new FileRecordingStore(join(dir, "deep")), new MemoryRecordingStore()]) {
    const writer = store.create(id("ab-1"), "PCMU");
    for (let i = 0; i < 200; i++) writer.append(new Uint8Array(1000).fill(i), kept.once());
    await writer.close();
    const track = (await store.read(id("ab-1")))!;
    t.same([track.codec, track.bytes.length], ["PCMU", 200_000]);
    t.ok(track.bytes.every((byte, at) => byte === Math.floor(at / 1000)));
    t.equal(await store.read(id("ab-2")), undefined);
    const again = store.create(id("ab-1"), "PCMU");
    again.append(new Uint8Array(1000), kept.once());
    await t.rejects(again.close(), { code: "RECORDING_EXISTS" });
    t.equal((await store.read(id("ab-1")))!.bytes.length, 200_000, "the first one stays whole");
  }
  t.same(await readdir(join(dir, "deep", "ab")), ["ab-1.json", "ab-1.pcmu"]);
  t.same(JSON.parse(await readFile(join(dir, "deep", "ab", "ab-1.json"), "utf8")), { recording: "ab-1", codec: "PCMU", rateHz: 8000, bytes: 200_000 });
  t.equal(kept.back, kept.given, "each piece of memory is given back once");
});

t.test("a track that is not closed, as after a crash, is there as far as it was written", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "ringward-tracks-"));
  t.teardown(() => rm(dir, { recursive: true }));
  const writer = new FileRecordingStore(dir).create(id("cd-1"), "PCMA");
  writer.append(new Uint8Array(8000), kept.once());
  // A reader may come between two pages of one write.
  let length = 0;
  while (length < 8000) length = (await new FileRecordingStore(dir).read(id("cd-1")))?.bytes.length ?? 0;
  t.equal(length, 8000);
  t.same(JSON.parse(await readFile(join(dir, "cd", "cd-1.json"), "utf8")), { recording: "cd-1", codec: "PCMA", rateHz: 8000 });
  await writer.close();
  t.equal(kept.back, kept.given, "each piece of memory is given back once");
});

t.test("refused: ids that could leave the folder, a folder that can't be made, a disk that is too slow", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "ringward-tracks-"));
  t.teardown(() => rm(dir, { recursive: true }));
  const store = new FileRecordingStore(join(dir, "inside"));
  for (const bad of ["", "x", "../../etc/passwd", "a/b", "a.b", "a\0b", "a".repeat(129)]) {
    const writer = store.create(id(bad), "PCMA");
    writer.append(new Uint8Array(10), kept.once());
    await t.rejects(writer.close(), { code: "RECORDING_ID" }, JSON.stringify(bad));
    t.equal(await store.read(id(bad)), undefined);
  }
  t.same(await readdir(dir), []);
  await mkdir(join(dir, "inside"));
  await writeFile(join(dir, "inside", "no"), "a file where a folder should be");
  await t.rejects(store.create(id("no-1"), "PCMA").close(), { code: "RECORDING_WRITE" });
  const slow = store.create(id("ok-1"), "PCMA");
  for (let i = 0; i < 5; i++) slow.append(new Uint8Array(1 << 20), kept.once());
  await t.rejects(slow.close(), { code: "RECORDING_OVERRUN" });
  t.equal(kept.back, kept.given, "each piece of memory is given back once");
});

t.test("another writer goes on with a track, whatever of it is written when", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "ringward-tracks-"));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const store of [new FileRecordingStore(dir), new MemoryRecordingStore()])
    for (const pauses of [[], [1], [1, 3, 5], [2, 3, 4, 5, 6, 7]]) {
      const recording = id(`ef-${pauses.length}`);
      let writer = store.create(recording, "PCMA");
      const expected: number[] = [];
      for (let i = 0; i < 8; i++) {
        if (pauses.includes(i)) writer = store.goOn(recording, "PCMA", writer.handOver());
        const chunk = new Uint8Array(1000 + i).fill(i + 1);
        expected.push(...chunk);
        writer.append(chunk, kept.once());
        // Some of it is on its way to the disk, some is there.
        if (i % 3 === 2) await new Promise((resolve) => setImmediate(resolve));
      }
      await writer.close();
      t.same(Uint8Array.from((await store.read(recording))!.bytes), Uint8Array.from(expected), `${pauses.length} times`);
      if (store instanceof FileRecordingStore) t.equal((JSON.parse(await readFile(join(dir, "ef", `${recording}.json`), "utf8")) as { bytes: number }).bytes, expected.length);
    }
  t.equal(kept.back, kept.given, "each piece of memory is given back once");
});
