import { z } from "zod";
import type { CollectionDefinition, Store } from "../store/store.js";
import { PluginError } from "./error.js";

/** Fills the plugin's collections. Runs again where the server died before it was done, so it must bear that. */
export type Seed = (part: unknown) => Promise<void>;

const seededSchema = z.object({ plugin: z.string() });

const seeded: CollectionDefinition<z.infer<typeof seededSchema>> = {
  name: "core-seeded",
  version: 1,
  schema: seededSchema,
  key: (row) => [row.plugin],
  indexes: {},
};

/** @throws PluginError "PLUGIN_SEED" */
export async function fillOnce(plugin: string, seed: Seed, where: { readonly store: Store; readonly hospital: string; readonly part: unknown }): Promise<void> {
  const { store, hospital, part } = where;
  if ((await store.get(seeded, hospital, [plugin])) !== undefined) return;
  try {
    await seed(part);
  } catch (error) {
    throw new PluginError("PLUGIN_SEED", plugin, `its part of the seed was refused: ${error instanceof Error ? error.message : String(error)}`).because(error);
  }
  await store.transact(async (tx) => tx.put(seeded, hospital, { plugin }));
}
