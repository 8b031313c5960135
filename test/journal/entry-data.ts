// What all rooms and plugins of this repository write into the journal, by type.
import type { ZodObject } from "zod";
import { ACD_ENTRY_DATA } from "../../apps/acd/entries.js";
import { BILLING_ENTRY_DATA } from "../../apps/billing/entries.js";
import { REGISTRATION_ENTRY_DATA } from "../../apps/registration/entries.js";
import { CALL_ENTRY_DATA } from "../../core/call/entries.js";
import { AUDIT_ENTRY_DATA } from "../../core/http/entries.js";
import type { Entry } from "../../core/journal/entry.js";
import { PLUGIN_ENTRY_DATA } from "../../core/plugin-host/entries.js";
import { SETTING_ENTRY_DATA } from "../../core/settings/entries.js";
import { TRUNK_ENTRY_DATA } from "../../core/trunks/entries.js";

export const ENTRY_DATA: Readonly<Record<string, ZodObject>> = {
  ...CALL_ENTRY_DATA,
  ...AUDIT_ENTRY_DATA,
  ...PLUGIN_ENTRY_DATA,
  ...TRUNK_ENTRY_DATA,
  ...SETTING_ENTRY_DATA,
  ...ACD_ENTRY_DATA,
  ...BILLING_ENTRY_DATA,
  ...REGISTRATION_ENTRY_DATA,
};

/** Where an entry in today's shape is not as declared; a field that nobody declared is one, too. */
export function entryFaults({ type, data }: Pick<Entry, "type" | "data">): readonly string[] {
  const declared = ENTRY_DATA[type];
  if (declared === undefined) return [`nobody declares ${type}`];
  return (declared.strict().safeParse(data).error?.issues ?? []).map(({ path, message }) => `${type}: ${path.join(".")} ${message}`);
}
