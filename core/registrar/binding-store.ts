// Bindings outlive the process: a phone must not be unreachable until it registers again because the server restarted.
import { z } from "zod";
import type { Clock } from "../../protocol/base/clock.js";
import type { CollectionDefinition, Store } from "../store/store.js";
import type { Binding } from "./binding.js";

export const storedBindingsSchema = z.strictObject({
  extension: z.string().min(1),
  bindings: z.array(
    z.strictObject({
      uri: z.string().min(1),
      qMilli: z.number().int().min(0).max(1000),
      callId: z.string().min(1),
      cseq: z.number().int().nonnegative(),
      source: z.strictObject({ address: z.string().min(1), port: z.number().int().min(1).max(65535), protocol: z.literal("TCP").exactOptional() }),
      /** Calendar time: the monotonic clock starts anew with the process. */
      expiresUtcMs: z.number(),
    }),
  ),
});
export type StoredBindings = z.infer<typeof storedBindingsSchema>;

/** One row an extension, so that a REGISTER replaces all of its bindings at once. */
export const REGISTRAR_BINDINGS: CollectionDefinition<StoredBindings> = {
  name: "registrar-binding",
  version: 1,
  schema: storedBindingsSchema,
  key: (row) => [row.extension],
  indexes: {},
};

const PAGE = 1000;

export interface BindingStoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly hospital: string;
}

export class BindingStore {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #hospital: string;

  constructor(options: BindingStoreOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#hospital = options.hospital;
  }

  /** All that was kept and has not expired meanwhile. */
  async load(): Promise<ReadonlyMap<string, readonly Binding[]>> {
    const loaded = new Map<string, readonly Binding[]>();
    const monoOfUtc = this.#clock.monoMs() - this.#clock.utcMs();
    let after: readonly string[] | undefined;
    for (;;) {
      const rows = await this.#store.range(REGISTRAR_BINDINGS, this.#hospital, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const row of rows) {
        const live = row.bindings.filter((binding) => binding.expiresUtcMs > this.#clock.utcMs());
        if (live.length > 0) loaded.set(row.extension, live.map(({ expiresUtcMs, ...rest }) => ({ ...rest, expiresMonoMs: expiresUtcMs + monoOfUtc })));
      }
      if (rows.length < PAGE) return loaded;
      after = [rows.at(-1)!.extension];
    }
  }

  /** Resolves when durable. Rejects with what the store rejects with. */
  async save(extension: string, bindings: readonly Binding[]): Promise<void> {
    const utcOfMono = this.#clock.utcMs() - this.#clock.monoMs();
    const row = { extension, bindings: bindings.map(({ expiresMonoMs, ...rest }) => ({ ...rest, expiresUtcMs: expiresMonoMs + utcOfMono })) };
    await this.#store.transact(async (tx) => {
      if (row.bindings.length === 0) tx.delete(REGISTRAR_BINDINGS, this.#hospital, [extension]);
      else tx.put(REGISTRAR_BINDINGS, this.#hospital, row);
    });
  }
}
