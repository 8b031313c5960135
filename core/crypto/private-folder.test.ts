import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { openLmdbStore } from "../store/lmdb/lmdb-store.js";
import { writePrivateFile } from "./private-file.js";
import { makePrivateFolder } from "./private-folder.js";

const root = mkdtempSync(join(tmpdir(), "ringward-folder-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));

t.test("a folder and its parents, for their owner alone; what is there stays", async (t) => {
  const path = join(root, "a", "b", "c");
  makePrivateFolder(path);
  makePrivateFolder(path);
  t.equal(statSync(path).mode & 0o777, 0o700);
  t.equal(statSync(join(root, "a")).mode & 0o777, 0o700);
});

t.test("a file in the way is an error", async (t) => {
  writeFileSync(join(root, "file"), "");
  t.throws(() => makePrivateFolder(join(root, "file")), { code: "EEXIST" });
  t.throws(() => makePrivateFolder(join(root, "file", "below")), { code: "ENOTDIR" });
});

// Node's recursive mkdir spins there for ever.
t.test("below /proc nothing can be made, and that is said at once", { skip: existsSync("/proc/self") ? false : "no /proc here" }, async (t) => {
  t.throws(() => makePrivateFolder("/proc/x/y/z"), { code: "ENOENT" });
  t.throws(() => writePrivateFile("/proc/x/key", "k"), { code: "ENOENT" });
  t.throws(() => openLmdbStore("/proc/x/store"), { code: "STORE_IO" });
});
