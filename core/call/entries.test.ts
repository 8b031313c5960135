import t from "tap";
import { readFileSync } from "node:fs";
import { deriveCdr } from "../cdr/derivation.js";
import type { Entry } from "../journal/entry.js";
import { entrySchema } from "../journal/entry.js";
import { Upcasters } from "../journal/upcaster.js";
import { CALL_ENTRY_DATA, CALL_UPCASTERS, type CallEntryType } from "./entries.js";

// Entries as servers wrote them, kept for ever: one of each type and version, and one whole call.
const read = (name: string): Entry[] =>
  readFileSync(new URL(`../../../core/call/fixtures/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => entrySchema.parse(JSON.parse(line)));

const upcasters = new Upcasters();
upcasters.set("core", CALL_UPCASTERS);

const fixtures = read("entries-v1.jsonl");
for (const type of Object.keys(CALL_ENTRY_DATA) as CallEntryType[])
  t.test(`${type}: an entry of every version is read in today's shape`, async (t) => {
    const kept = fixtures.filter((entry) => entry.type === type);
    t.strictSame(kept.map(({ v }) => v), Array.from({ length: upcasters.versionOf(type) }, (_, i) => i + 1), "each version has its fixture");
    for (const entry of kept) {
      const lifted = upcasters.lift(entry);
      t.equal(lifted.v, upcasters.versionOf(type));
      t.strictSame(CALL_ENTRY_DATA[type].strict().safeParse(lifted.data).error?.issues, undefined, "a changed shape needs an upcaster");
    }
  });

t.test("the record of a call that the first release wrote is derived again, the same", async (t) => {
  const cdr = deriveCdr(read("call-v1.jsonl").map((entry) => upcasters.lift(entry)))!;
  const { id, caller, called, legs, agents, queues, recordings } = cdr;
  t.match({ id, caller, called }, { id: "h2h5jdxm-rgkjzgn2htzcujww", caller: "13900000003", called: "95001" });
  t.match(agents, [{ extension: "1001", talkMs: 13_564 - 8782 }]);
  t.match(queues, [{ queue: "operators", outcome: "served" }]);
  t.equal(legs.length, 3);
  t.equal(recordings.length, 2);
});
