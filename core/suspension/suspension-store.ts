// What a server was doing when it was restarted, kept in the store from one process to the next: taken once.
import { z } from "zod";
import type { CollectionDefinition, Store } from "../store/store.js";
import { SERVER_STATE_VERSION, serverStateSchema, type ServerState } from "./server-state.js";

/** A row for each thing, so that no value grows with the number of calls. */
interface Part {
  readonly number: number;
  readonly version: number;
  readonly kind: "head" | "call" | "leg" | "session" | "transaction" | "dialog";
  readonly value?: unknown;
}

const parts: CollectionDefinition<Part> = {
  name: "core-suspended",
  version: 1,
  schema: z.strictObject({ number: z.number(), version: z.number(), kind: z.enum(["head", "call", "leg", "session", "transaction", "dialog"]), value: z.unknown() }),
  key: (part) => [part.number],
  indexes: {},
};
/** Rows that belong to the node, not to a hospital. */
const NODE = "";
const PAGE = 1000;

export interface TakeOptions {
  readonly nowUtcMs: number;
  /** Calls that were silent for longer are over for the far sides. */
  readonly ageMsMax: number;
}

/** `refused`: why nothing goes on although something was written down. */
export type Taken = { readonly state: ServerState | undefined; readonly refused?: string };

/** Resolves when it is durable. What an earlier process left is replaced. */
export async function saveState(store: Store, state: ServerState): Promise<void> {
  const version = SERVER_STATE_VERSION;
  const items: readonly Omit<Part, "number" | "version">[] = [
    { kind: "head", value: { utcMs: state.utcMs } },
    ...state.calls.map((value) => ({ kind: "call", value }) as const),
    ...state.legs.map((value) => ({ kind: "leg", value }) as const),
    ...state.signaling.sessions.map((value) => ({ kind: "session", value }) as const),
    ...state.signaling.transactions.map((value) => ({ kind: "transaction", value }) as const),
    ...state.trace.map((value) => ({ kind: "dialog", value }) as const),
  ];
  const old = await readParts(store);
  await store.transact(async (tx) => {
    for (const { number } of old) tx.delete(parts, NODE, [number]);
    items.forEach((item, number) => tx.put(parts, NODE, { number, version, ...item }));
  });
}

/** Once: whoever asks next finds nothing, also where this process dies before it has gone on with any of it. */
export async function takeState(store: Store, { nowUtcMs, ageMsMax }: TakeOptions): Promise<Taken> {
  const found = await readParts(store);
  if (found.length === 0) return { state: undefined };
  await store.transact(async (tx) => {
    for (const { number } of found) tx.delete(parts, NODE, [number]);
  });
  if (found.some(({ version }) => version !== SERVER_STATE_VERSION)) return { state: undefined, refused: "another version of Ringward wrote it down" };
  const of = (kind: Part["kind"]): unknown[] => found.filter((part) => part.kind === kind).map(({ value }) => value);
  const read = serverStateSchema.safeParse({ ...(of("head")[0] as object), calls: of("call"), legs: of("leg"), signaling: { sessions: of("session"), transactions: of("transaction") }, trace: of("dialog") });
  if (!read.success) return { state: undefined, refused: `it can't be read: ${read.error.issues[0]?.path.map(String).join(".") ?? ""}` };
  const ageMs = nowUtcMs - read.data.utcMs;
  if (ageMs > ageMsMax) return { state: undefined, refused: `it is ${Math.round(ageMs / 1000)} s old` };
  // A call without its caller's leg, which is not to be, is left to those that a crash left open.
  const legs = new Set<string>(read.data.legs.map(({ id }) => id));
  return { state: { ...read.data, calls: read.data.calls.filter(({ caller }) => legs.has(caller)) } };
}

async function readParts(store: Store): Promise<readonly Part[]> {
  const found: Part[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await store.range(parts, NODE, { limit: PAGE, ...(last === undefined ? {} : { after: [last.number] }) });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}
