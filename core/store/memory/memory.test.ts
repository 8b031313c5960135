import { storeContract } from "../contract.js";
import { MemoryStore } from "./memory-store.js";

await storeContract("memory", {
  open: async () => new MemoryStore(),
  reopen: async (store) => {
    await store.close();
    return new MemoryStore({ image: (store as MemoryStore).crash() });
  },
});
