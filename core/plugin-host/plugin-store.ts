import type { Journal } from "../journal/journal.js";
import type { PluginStore } from "../sdk/plugin.js";
import type { Store } from "../store/store.js";
import { PluginError } from "./error.js";

/** The store with the hospital filled in, and a journal that takes entries of the plugin's own name. */
export function pluginStore(plugin: string, ports: { readonly store: Store; readonly journal: Pick<Journal, "appendIn">; readonly hospital: string }): PluginStore {
  const { store, journal, hospital } = ports;
  return {
    get: (collection, key) => store.get(collection, hospital, key),
    range: (collection, query) => store.range(collection, hospital, query),
    transact: (body) =>
      store.transact((tx) =>
        body({
          get: (collection, key) => tx.get(collection, hospital, key),
          range: (collection, query) => tx.range(collection, hospital, query),
          put: (collection, value) => tx.put(collection, hospital, value),
          delete: (collection, key) => tx.delete(collection, hospital, key),
          journal: (entry) => {
            // A service's transaction is its caller's: billing charges in the one that registration began. So the name
            // is only held against what is core's.
            if (entry.type.startsWith("call.")) throw new PluginError("PLUGIN_NAME", plugin, `the journal's entries of the kind ${entry.type} are the core's own`);
            journal.appendIn(tx, { ...entry, hospital });
          },
        }),
      ),
  };
}
