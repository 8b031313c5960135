import { z } from "zod";
import { randomToken, type Random } from "../../protocol/base/random.js";
import type { CollectionDefinition, Store } from "../store/store.js";

interface NodeRow {
  readonly node: string;
}

const nodes: CollectionDefinition<NodeRow> = { name: "core-node", version: 1, schema: z.object({ node: z.string().min(1) }), key: () => ["self"], indexes: {} };

/** This store's node id: made at the first start, the same ever after. Durable when told. */
export async function loadNode(store: Store, random: Random): Promise<string> {
  const made = randomToken(random, 8);
  return store.transact(async (tx) => {
    const known = await tx.get(nodes, "", ["self"]);
    if (known !== undefined) return known.node;
    tx.put(nodes, "", { node: made });
    return made;
  });
}
