import { CollectionStore } from "../collection-store.js";
import { LmdbBackend } from "./lmdb-backend.js";

/**
 * Opens the embedded store in `directory`, which it makes where absent, for this process alone.
 * Throws StoreError "STORE_LOCKED" where another process has it open, "STORE_IO" where it can't be read or written.
 */
export const openLmdbStore = (directory: string): CollectionStore => new CollectionStore(new LmdbBackend(directory));
