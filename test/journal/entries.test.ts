// Entries as servers wrote them, kept for ever: one of each type and version of every room and plugin but core/call, which
// keeps its own beside it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { CALL_ENTRY_DATA, CALL_UPCASTERS } from "../../core/call/entries.js";
import { entrySchema, type Entry } from "../../core/journal/entry.js";
import { Upcasters } from "../../core/journal/upcaster.js";
import type { AnyPlugin } from "../../core/sdk/index.js";
import acd from "../../apps/acd/plugin.js";
import billing from "../../apps/billing/plugin.js";
import ivr from "../../apps/ivr/plugin.js";
import registration from "../../apps/registration/plugin.js";
import { ENTRY_DATA, entryFaults } from "./entry-data.js";

const PLUGINS: readonly AnyPlugin[] = [acd, billing, ivr, registration];
const upcasters = new Upcasters();
upcasters.set("core", CALL_UPCASTERS);
for (const plugin of PLUGINS) upcasters.set(plugin.name, plugin.upcasters ?? []);

const kept: readonly Entry[] = readFileSync(join("test", "journal", "fixtures", "entries.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => entrySchema.parse(JSON.parse(line)));

for (const type of Object.keys(ENTRY_DATA).filter((type) => !(type in CALL_ENTRY_DATA)))
  t.test(`${type}: an entry of every version is read in today's shape`, async (t) => {
    const ofType = kept.filter((entry) => entry.type === type);
    t.strictSame(ofType.map(({ v }) => v), Array.from({ length: upcasters.versionOf(type) }, (_, i) => i + 1), "each version has its fixture");
    for (const entry of ofType) t.strictSame(entryFaults(upcasters.lift(entry)), [], "a changed shape needs an upcaster, whose plugin brings it");
  });

t.test("no kept entry is of a type that was forgotten", async (t) => t.strictSame(kept.filter(({ type }) => ENTRY_DATA[type] === undefined), []));

/** What is written, as the sources have it: `note("type"`, `journal("type"`, `write("type"`, `type: "type", v:` and what stands for one of them. */
const WRITTEN = /\b(?:note|journal|write)\([^"`;]{0,60}?"([a-z-]+(?:\.[a-z-]+)+)"(?: : "([a-z-]+(?:\.[a-z-]+)+)")?|\btype: "([a-z-]+(?:\.[a-z-]+)+)",\s*v:|\bentry: "([a-z-]+(?:\.[a-z-]+)+)"|readonly type: ((?:"trunk\.[a-z-]+"(?: \| )?)+)/g;

t.test("every type that a source writes is declared", async (t) => {
  const written = new Set<string>();
  for (const folder of ["apps", "core"])
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || !file.name.endsWith(".ts") || /\.test\.ts$/.test(file.name) || file.parentPath.includes("testing")) continue;
      for (const match of readFileSync(join(file.parentPath, file.name), "utf8").matchAll(WRITTEN))
        for (const types of match.slice(1)) for (const type of types?.match(/[a-z-]+(?:\.[a-z-]+)+/g) ?? []) written.add(type);
    }
  t.strictSame([...written].filter((type) => ENTRY_DATA[type] === undefined), [], "declare it in the room's entries.ts and keep an entry of it in fixtures/entries.jsonl");
  t.ok(written.size >= Object.keys(ENTRY_DATA).length - 2, `${written.size} types found; all but the two whose name is put together when an appointment is released`);
  t.strictSame(Object.keys(ENTRY_DATA).filter((type) => !written.has(type)).sort(), ["registration.cancelled", "registration.no-show"]);
});
