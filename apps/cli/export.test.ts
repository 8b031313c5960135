import t from "tap";
import { exportLines, parseExportArguments, type ExportCommand } from "./export.js";
import type { ServerAccess } from "./server-access.js";

t.test("export's arguments", async (t) => {
  for (const [words, command] of [
    ["cdrs", { what: "cdrs", personal: false }],
    ["events --personal --url http://10.0.0.1:8080", { what: "events", personal: true, url: "http://10.0.0.1:8080" }],
    ["cdrs --from 2026-11-23 --to 2026-11-24T08:00:00+08:00", { what: "cdrs", personal: false, fromUtcMs: Date.UTC(2026, 10, 23), toUtcMs: Date.UTC(2026, 10, 24) }],
  ] as const)
    t.same(parseExportArguments(words.split(" ")), { command: "export", ...command }, words);
  for (const [words, why] of [
    [[], "what to export is missing: events, cdrs"],
    [["cards"], '"cards" can\'t be exported; accepted: events, cdrs'],
    [["toString"], '"toString" can\'t be exported; accepted: events, cdrs'],
    [["cdrs", "events"], 'unexpected "events"'],
    [["cdrs", "--from", "yesterday"], "--from needs a date: 2026-11-23 or 2026-11-23T08:00:00+08:00"],
    [["cdrs", "--to"], "--to needs a date: 2026-11-23 or 2026-11-23T08:00:00+08:00"],
    [["cdrs", "--url", "http://me:secret@host"], "--url needs http://host:port, without a password"],
    [["cdrs", "--all"], "unknown option --all"],
  ] as const)
    t.equal(parseExportArguments(words), why);
});

/** A server with three pages. */
class Pages implements ServerAccess {
  readonly asked: string[] = [];
  constructor(readonly pages: readonly (readonly Record<string, unknown>[])[]) {}
  async get(path: string): Promise<unknown> {
    this.asked.push(path);
    const at = this.asked.length - 1;
    return { items: this.pages[at] ?? [], next: at + 1 < this.pages.length ? `place ${at + 1}` : null };
  }
}

const all = async (access: ServerAccess, command: Partial<ExportCommand>): Promise<Record<string, unknown>[]> => {
  const rows: Record<string, unknown>[] = [];
  for await (const line of exportLines(access, { command: "export", what: "cdrs", personal: false, ...command })) rows.push(JSON.parse(line) as Record<string, unknown>);
  return rows;
};

t.test("every page, each row a line, in the time that was asked for", async (t) => {
  const days = (...of: readonly number[]) => of.map((startUtcMs) => ({ startUtcMs }));
  const server = new Pages([days(9, 8), days(7, 6), days(5)]);
  t.same((await all(server, { fromUtcMs: 6, toUtcMs: 9 })).map((row) => row["startUtcMs"]), [8, 7, 6]);
  t.same(server.asked, ["cdrs?limit=1000", "cdrs?limit=1000&cursor=place%201", "cdrs?limit=1000&cursor=place%202"]);
  const newest = new Pages([days(9, 8), days(7, 6), days(5)]);
  await all(newest, { fromUtcMs: 9 });
  t.equal(newest.asked.length, 1, "the newest come first: what is behind is older still");
  const events = new Pages([[{ utcMs: 1 }], [{ utcMs: 2 }]]);
  t.equal((await all(events, { what: "events", fromUtcMs: 2 })).length, 1);
  t.equal(events.asked[1], "events?limit=1000&after=place%201");
});

t.test("who it was shows by its end alone, unless asked for", async (t) => {
  const row = { startUtcMs: 1, caller: "13800000002", called: "95001", subject: { kind: "card", id: "10000001" }, actor: { kind: "patient", id: "10000001" }, legs: [{ number: "13800000002" }] };
  t.same(await all(new Pages([[row]]), {}), [{ startUtcMs: 1, caller: "***02", called: "95001", subject: { kind: "card", id: "***01" }, actor: { kind: "patient", id: "***01" }, legs: [{ number: "***02" }] }]);
  t.same(await all(new Pages([[row]]), { personal: true }), [row]);
});
