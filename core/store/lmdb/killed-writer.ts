// The process that the kill test kills: commits pairs of rows and a log entry for ever, and says each one that is durable.
import { writeSync } from "node:fs";
import { z } from "zod";
import type { CollectionDefinition, LogDefinition } from "../store.js";
import { openLmdbStore } from "./lmdb-store.js";

interface Half {
  readonly side: string;
  readonly round: number;
  readonly group: number;
}

export const halves: CollectionDefinition<Half, "group"> = {
  name: "test-halves",
  version: 1,
  schema: z.object({ side: z.string(), round: z.number(), group: z.number() }),
  key: (h) => [h.side, h.round],
  indexes: { group: { keys: (h) => [[h.group, h.side]] } },
};
export const rounds: LogDefinition<{ readonly round: number }> = { name: "test-rounds", version: 1, schema: z.object({ round: z.number() }), indexes: {} };

const TOGETHER = 4;

async function writeForever(directory: string): Promise<never> {
  const store = openLmdbStore(directory);
  const last = await store.range(halves, "h", { prefix: ["left"], reverse: true, limit: 1 });
  const commit = async (round: number): Promise<void> => {
    await store.transact(async (tx) => {
      for (const side of ["left", "right"]) tx.put(halves, "h", { side, round, group: round % 3 });
      // An older pair moves from one index key to another.
      if (round > 10) for (const side of ["left", "right"]) tx.put(halves, "h", { side, round: round - 10, group: 9 });
      tx.append(rounds, () => ({ round }));
    });
    writeSync(1, `${round}\n`);
  };
  for (let round = (last[0]?.round ?? 0) + 1; ; round += TOGETHER) await Promise.all(Array.from({ length: TOGETHER }, (_, i) => commit(round + i)));
}

const directory = process.argv[2];
if (process.argv[1]?.endsWith("killed-writer.js") === true && directory !== undefined) {
  try {
    await writeForever(directory);
  } catch (error) {
    // Told to the parent: the lock test reads the code.
    writeSync(1, `${error instanceof Error && "code" in error ? String(error.code) : String(error)}\n`);
    process.exit(1);
  }
}
