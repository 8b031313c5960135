// A backup and a restore that are killed before each step on the file system in turn: what is there then is taken for whole only if
// it is, and the next run ends well. The kill is simulated: from the chosen step on no call has an effect, nor has any cleaning up.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { z } from "zod";
import { loadOrCreateKey } from "../../core/crypto/key-file.js";
import { openLmdbStore } from "../../core/store/lmdb/lmdb-store.js";
import type { CollectionDefinition } from "../../core/store/store.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { backup, restore } from "./backup.js";
import { isUnfinished } from "./backup-folder.js";
import { readManifest } from "./backup-manifest.js";

type Call = (...args: unknown[]) => unknown;

const SYNC = ["mkdirSync", "writeFileSync", "writeSync", "fsyncSync", "renameSync", "rmSync", "rmdirSync", "chmodSync"] as const;
const ASYNC = ["mkdir", "copyFile", "chmod", "open"] as const;
const STEPS_MAX = 200;

class Killed extends Error {}

/** Runs `work`, dead from step `at` on; a file that is being copied then is cut in its middle. Resolves with whether it was reached. */
async function killedAt(at: number, work: () => Promise<unknown>): Promise<boolean> {
  const [sync, promises] = [fs as unknown as Record<string, Call>, fs.promises as unknown as Record<string, Call>];
  const [syncBefore, promisesBefore] = [SYNC.map((name) => sync[name]!), ASYNC.map((name) => promises[name]!)];
  let step = 0;
  const isDead = (): boolean => ++step >= at;
  SYNC.forEach((name, i) => {
    sync[name] = (...args) => {
      if (isDead()) throw new Killed(name);
      return syncBefore[i]!(...args);
    };
  });
  ASYNC.forEach((name, i) => {
    promises[name] = async (...args) => {
      if (!isDead()) return promisesBefore[i]!(...args);
      if (name === "copyFile" && step === at) cut(String(args[0]), String(args[1]), syncBefore[SYNC.indexOf("writeFileSync")]!);
      throw new Killed(name);
    };
  });
  syncBuiltinESMExports();
  try {
    await work().catch((error: unknown) => {
      if (step < at) throw error;
    });
  } finally {
    SYNC.forEach((name, i) => void (sync[name] = syncBefore[i]!));
    ASYNC.forEach((name, i) => void (promises[name] = promisesBefore[i]!));
    syncBuiltinESMExports();
  }
  return step >= at;
}

function cut(from: string, to: string, write: Call): void {
  const whole = fs.readFileSync(from);
  write(to, whole.subarray(0, whole.length / 2));
}

/** The dead process's lock names it; this test's process, in which it ran, lives. */
function bury(folder: string): void {
  const lock = join(folder, ".unfinished", "lock");
  if (fs.existsSync(lock)) fs.writeFileSync(lock, "999999999 gone");
}

const notes: CollectionDefinition<{ id: string }> = { name: "notes", version: 1, schema: z.object({ id: z.string() }), key: ({ id }) => [id], indexes: {} };
const KEPT = { hospital: "demo", version: "0.1.0", nowUtcMs: 1_000, sound: true, key: true };
const SOUNDS = ["ab/abc.pcma", "ab/abc.json", "cd/cde.pcma"];

async function rig(t: { teardown(end: () => void): void }) {
  const folder = fs.mkdtempSync(join(tmpdir(), "ringward-killed-"));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, "data");
  const store = openLmdbStore(join(data, "store"));
  await store.transact(async (tx) => tx.put(notes, "demo", { id: "kept" }));
  await store.close();
  loadOrCreateKey(join(data, "pepper"), new SimRandom(7));
  for (const sound of SOUNDS) {
    fs.mkdirSync(join(data, "recordings", sound.slice(0, 2)), { recursive: true });
    fs.writeFileSync(join(data, "recordings", sound), `sound of ${sound}`);
  }
  return { data, at: (name: string): string => join(folder, name) };
}

const restoredFaults = async (data: string): Promise<readonly string[]> => {
  const store = openLmdbStore(join(data, "store"));
  const kept = await store.get(notes, "demo", ["kept"]);
  await store.close();
  return [
    ...(kept === undefined ? ["the store is another one"] : []),
    ...SOUNDS.filter((sound) => fs.readFileSync(join(data, "recordings", sound), "utf8") !== `sound of ${sound}`),
    ...(fs.readdirSync(data).sort().join() === "pepper,recordings,store" ? [] : [fs.readdirSync(data).join()]),
  ];
};

t.test("DESIGN 7: a restore that is killed leaves what no server takes for its data, and the next run ends well", async (t) => {
  const { data, at } = await rig(t);
  await backup({ ...KEPT, data, target: at("copy") });
  let steps = 1;
  for (let reached = true; reached && steps < STEPS_MAX; steps++) {
    const target = at(`restored-${steps}`);
    reached = await killedAt(steps, () => restore({ source: at("copy"), data: target }));
    bury(target);
    const untouched = !fs.existsSync(target) || fs.readdirSync(target).length === 0;
    if (!untouched && !isUnfinished(target)) t.same(await restoredFaults(target), [], `step ${steps}: whole`);
    if (untouched || isUnfinished(target)) {
      await restore({ source: at("copy"), data: target });
      t.same(await restoredFaults(target), [], `killed at step ${steps}, then restored`);
    }
  }
  t.ok(steps > 25 && steps < STEPS_MAX, `${steps} steps`);
});

t.test("a backup that is killed leaves what is no backup, and the next run ends well", async (t) => {
  const { data, at } = await rig(t);
  let steps = 1;
  for (let reached = true; reached && steps < STEPS_MAX; steps++) {
    const target = at(`copy-${steps}`);
    reached = await killedAt(steps, () => backup({ ...KEPT, data, target }));
    bury(target);
    if (fs.existsSync(join(target, "backup.json"))) t.equal(readManifest(target).recordings, SOUNDS.length, `step ${steps}: whole`);
    else {
      await t.rejects(restore({ source: target, data: at("never") }), { code: "BACKUP_DAMAGED" });
      await backup({ ...KEPT, data, target });
    }
    await restore({ source: target, data: at(`again-${steps}`) });
    t.same(await restoredFaults(at(`again-${steps}`)), [], `killed at step ${steps}, backed up again, restored`);
  }
  t.ok(steps > 20 && steps < STEPS_MAX, `${steps} steps`);
});

t.test("what somebody else has in an unfinished folder is not taken away, and a run that goes on is not disturbed", async (t) => {
  const { data, at } = await rig(t);
  await backup({ ...KEPT, data, target: at("copy") });
  fs.mkdirSync(join(at("theirs"), ".unfinished"), { recursive: true });
  fs.writeFileSync(join(at("theirs"), "letters"), "dear");
  await t.rejects(restore({ source: at("copy"), data: at("theirs") }), { code: "BACKUP_TARGET" });
  t.same(fs.readdirSync(at("theirs")).sort(), [".unfinished", "letters"]);
  const both = await Promise.allSettled([1, 2].map(() => restore({ source: at("copy"), data: at("twice") })));
  t.same(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  t.match(both.find(({ status }) => status === "rejected"), { reason: { code: "STORE_LOCKED" } });
  t.same(await restoredFaults(at("twice")), []);
});
