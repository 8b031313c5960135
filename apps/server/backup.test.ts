import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { z } from "zod";
import { loadOrCreateKey } from "../../core/crypto/key-file.js";
import { openLmdbStore } from "../../core/store/lmdb/lmdb-store.js";
import type { CollectionDefinition } from "../../core/store/store.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { backup, restore } from "./backup.js";

interface Note {
  readonly id: string;
  readonly text: string;
}
const notes: CollectionDefinition<Note> = { name: "notes", version: 1, schema: z.object({ id: z.string(), text: z.string() }), key: ({ id }) => [id], indexes: {} };
const note = (n: number): Note => ({ id: `n${n}`, text: "x".repeat(200) });

const KEPT = { hospital: "demo", version: "0.1.0", nowUtcMs: 1_000, sound: false, key: false };

/** A data folder with a key, one recording of two files and an open store. */
function rig(t: { teardown(end: () => Promise<void>): void }) {
  const folder = mkdtempSync(join(tmpdir(), "ringward-backup-"));
  const data = join(folder, "data");
  const store = openLmdbStore(join(data, "store"));
  loadOrCreateKey(join(data, "pepper"), new SimRandom(7));
  mkdirSync(join(data, "recordings", "ab"), { recursive: true });
  writeFileSync(join(data, "recordings", "ab", "abc.pcma"), "sound");
  writeFileSync(join(data, "recordings", "ab", "abc.json"), "{}");
  writeFileSync(join(data, "api-token"), "token");
  t.teardown(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { data, store, at: (...names: string[]): string => join(folder, ...names) };
}

const countIn = async (data: string): Promise<number> => {
  const store = openLmdbStore(join(data, "store"));
  try {
    let count = 0;
    while ((await store.get(notes, "demo", [`n${count}`])) !== undefined) count++;
    return count;
  } finally {
    await store.close();
  }
};

t.test("DESIGN 7, 11: a backup of a store that is written to holds all that was told before, and no half of a commit", async (t) => {
  const { data, store, at } = rig(t);
  let written = 0;
  const put = () => store.transact(async (tx) => [written, written + 1].forEach((n) => tx.put(notes, "demo", note(n)))).then(() => void (written += 2));
  while (written < 200) await put();
  const before = written;
  const running = backup({ ...KEPT, data, target: at("copy") });
  let over = false;
  void running.finally(() => void (over = true));
  while (!over) await put();
  t.match(await running, { hospital: "demo", recordings: 2, sound: false });
  t.match(await restore({ source: at("copy"), data: at("new"), keyFile: join(data, "pepper") }), { hospital: "demo" });
  const found = await countIn(at("new"));
  t.ok(found >= before && found <= written && found % 2 === 0, `${before} <= ${found} <= ${written}`);
});

t.test("what a backup holds and what it leaves out", async (t) => {
  const { data, store, at } = rig(t);
  await store.transact(async (tx) => tx.put(notes, "demo", note(0)));
  for (const [name, asked, files] of [
    ["bare", {}, ["backup.json", "recordings.jsonl", "store.mdb"]],
    ["whole", { sound: true, key: true }, ["backup.json", "pepper", "recordings", "recordings.jsonl", "store.mdb"]],
  ] as const) {
    await backup({ ...KEPT, data, target: at(name), ...asked });
    t.same(readdirSync(at(name)).sort(), files);
    for (const file of files) t.equal(statSync(at(name, file)).mode & 0o077, 0, `${file} is its owner's`);
    const lines = readFileSync(at(name, "recordings.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { file: string });
    t.same(lines.sort((a, b) => a.file.localeCompare(b.file)), [{ file: "ab/abc.json", bytes: 2 }, { file: "ab/abc.pcma", bytes: 5 }]);
    const key = readFileSync(join(data, "pepper"), "utf8").trim();
    t.notOk(readFileSync(at(name, "backup.json"), "utf8").includes(key), "the key is not in what it says of itself");
  }
  await restore({ source: at("whole"), data: at("again") });
  t.same(readdirSync(at("again")).sort(), ["pepper", "recordings", "store"]);
  t.equal(readFileSync(at("again", "recordings", "ab", "abc.pcma"), "utf8"), "sound");
  t.equal(await countIn(at("again")), 1);
});

t.test("what can't be backed up or restored is refused with a code, and the folder is left as it was", async (t) => {
  const { data, at } = rig(t);
  await backup({ ...KEPT, data, target: at("good") });
  const keyFile = join(data, "pepper");
  mkdirSync(at("other"));
  loadOrCreateKey(at("other", "pepper"), new SimRandom(8));
  const spoilt = async (name: string, spoil: (folder: string) => void) => {
    await backup({ ...KEPT, data, target: at(name) });
    spoil(at(name));
    return restore({ source: at(name), data: at("never"), keyFile });
  };
  await t.rejects(backup({ ...KEPT, data: at("nowhere"), target: at("never") }), { code: "BACKUP_SOURCE" });
  await t.rejects(backup({ ...KEPT, data, target: data }), { code: "BACKUP_TARGET" });
  await t.rejects(restore({ source: at("good"), data, keyFile }), { code: "BACKUP_TARGET" });
  await t.rejects(restore({ source: at("other"), data: at("never"), keyFile }), { code: "BACKUP_DAMAGED" });
  await t.rejects(restore({ source: at("good"), data: at("never") }), { code: "BACKUP_KEY" });
  await t.rejects(restore({ source: at("good"), data: at("never"), keyFile: at("other", "pepper") }), { code: "BACKUP_KEY" });
  await t.rejects(spoilt("cut", (folder) => writeFileSync(join(folder, "store.mdb"), "")), { code: "BACKUP_DAMAGED" });
  await t.rejects(spoilt("gone", (folder) => rmSync(join(folder, "store.mdb"))), { code: "BACKUP_DAMAGED" });
  await t.rejects(spoilt("newer", (folder) => writeFileSync(join(folder, "backup.json"), '{"format":2}')), { code: "BACKUP_DAMAGED" });
  await t.rejects(spoilt("torn", (folder) => writeFileSync(join(folder, "backup.json"), "{")), { code: "BACKUP_DAMAGED" });
  await t.rejects(backup({ ...KEPT, data, target: join(keyFile, "below") }), { code: "BACKUP_IO" });
  t.notOk(existsSync(at("never")), "nothing was made");
  // The store refuses in the middle: what was begun is gone.
  mkdirSync(at("bad", "store"), { recursive: true });
  loadOrCreateKey(at("bad", "pepper"), new SimRandom(9));
  writeFileSync(at("bad", "store", "store.mdb"), "no store".repeat(2000));
  await t.rejects(backup({ ...KEPT, data: at("bad"), target: at("half") }), { code: "STORE_IO" });
  t.same(readdirSync(at("half")), []);
});
