import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { storeContract } from "../contract.js";
import { openLmdbStore } from "./lmdb-store.js";

const root = mkdtempSync(join(tmpdir(), "ringward-lmdb-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let opened = 0;
let directory = "";

await storeContract("lmdb", {
  open: async () => openLmdbStore((directory = join(root, String(opened++)))),
  reopen: async (store) => {
    await store.close();
    return openLmdbStore(directory);
  },
});
