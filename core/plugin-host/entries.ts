// What the journal says of plugins changed through the API. The subject is { kind: "plugin", id: its name }.
import { z } from "zod";

/** The plugins that were started anew with it, those that need it among them. */
const reloaded = z.object({ reloaded: z.array(z.string()) });

export const PLUGIN_ENTRY_DATA = { "plugin.reloaded": reloaded, "plugin.unloaded": reloaded, "plugin.loaded": reloaded } as const;
