import type { PluginContext, PluginTransaction } from "../../core/sdk/index.js";

const TRIES = 3;
const RETRY_MS = 200;

/** A store whose answer was lost is asked again: `body` must be one that a second time does nothing twice. Rejects where it failed three times. */
export async function commit<T>({ store, clock }: Pick<PluginContext<unknown>, "store" | "clock">, body: (tx: PluginTransaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transact(body);
    } catch (error) {
      if (attempt === TRIES) throw error;
      await clock.sleep(RETRY_MS * attempt);
    }
  }
}
