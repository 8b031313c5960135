import { z } from "zod";
import type { CollectionDefinition } from "../store/store.js";
import { SETTING_KINDS } from "./setting.js";

/** A setting that was changed since the file was written; what was not changed is not here. */
export const settingRowSchema = z.strictObject({
  kind: z.enum(SETTING_KINDS),
  name: z.string().min(1),
  /** 1 for the first change. */
  version: z.number().int().positive(),
  /** Null: taken away. */
  value: z.record(z.string(), z.unknown()).nullable(),
  /** Of a phone: HA1 by algorithm. */
  ha1: z.strictObject({ md5: z.string(), sha256: z.string() }).exactOptional(),
  /** Of a trunk's account: its password, sealed with the key that is kept outside. */
  sealed: z.string().exactOptional(),
});
export type SettingRow = z.infer<typeof settingRowSchema>;

export const SETTING_ROWS: CollectionDefinition<SettingRow> = {
  name: "core-setting",
  version: 1,
  schema: settingRowSchema,
  key: ({ kind, name }) => [kind, name],
  indexes: {},
};
