// What the journal says of changed settings. The subject is { kind: "setting", id: "<kind>/<name>" }.
import { z } from "zod";

const shown = z.record(z.string(), z.unknown()).nullable();

export const SETTING_ENTRY_DATA = {
  /** Null: it was not there, or is not any more. `secretChanged`: a password, which is not here. */
  "setting.changed": z.object({ version: z.number().int().positive(), before: shown, after: shown, secretChanged: z.boolean() }),
} as const;
