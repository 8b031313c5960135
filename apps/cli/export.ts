// `ringward export`: what a running server has written down, a line of JSON each, for whoever counts or keeps it elsewhere.
import { maskFields } from "../../core/observe/mask.js";
import type { ServerAccess } from "./server-access.js";

export interface ExportCommand {
  readonly command: "export";
  /** `events`: the journal, the oldest first; `cdrs`: calls that have ended, the newest first. */
  readonly what: keyof typeof SOURCES;
  /** From this moment on, and before that one; ms since 1970 UTC. */
  readonly fromUtcMs?: number;
  readonly toUtcMs?: number;
  /** Numbers, names and cards as they are; else only their ends. Either way the reading stands in the server's journal. */
  readonly personal: boolean;
  readonly url?: string;
}

export const EXPORT_USAGE = `  export events|cdrs  what a running server wrote down, a line of JSON each
    --from DATE         from 2026-11-23 or 2026-11-23T08:00:00+08:00 on
    --to DATE           and before this
    --personal          numbers, names and cards as they are, not only their ends
    --url URL           as for trace
`;

type Row = Readonly<Record<string, unknown>>;

const SOURCES = {
  events: { time: "utcMs", next: "after", newestFirst: false },
  cdrs: { time: "startUtcMs", next: "cursor", newestFirst: true },
} as const;

const PAGE = 1000;
/** Whose ids tell of a person. */
const PERSONAL_KINDS: ReadonlySet<unknown> = new Set(["card", "patient"]);

/** A string says what is wrong. @param words what follows `export` */
export function parseExportArguments(words: readonly string[]): ExportCommand | string {
  const found: { -readonly [K in keyof ExportCommand]?: ExportCommand[K] } = { command: "export", personal: false };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--personal") found.personal = true;
    else if (word === "--from" || word === "--to") {
      const utcMs = Date.parse(words[++i] ?? "");
      if (Number.isNaN(utcMs)) return `${word} needs a date: 2026-11-23 or 2026-11-23T08:00:00+08:00`;
      found[word === "--from" ? "fromUtcMs" : "toUtcMs"] = utcMs;
    } else if (word === "--url") {
      const url = words[++i];
      if (url === undefined || !/^https?:\/\/[^\s@]+$/.test(url)) return "--url needs http://host:port, without a password";
      found.url = url;
    } else if (word.startsWith("-")) return `unknown option ${word}`;
    else if (found.what !== undefined) return `unexpected ${JSON.stringify(word)}`;
    else if (Object.hasOwn(SOURCES, word)) found.what = word as ExportCommand["what"];
    else return `${JSON.stringify(word)} can't be exported; accepted: ${Object.keys(SOURCES).join(", ")}`;
  }
  return found.what === undefined ? `what to export is missing: ${Object.keys(SOURCES).join(", ")}` : (found as ExportCommand);
}

/** Lines without their ends, page by page, so that memory does not grow with what there is. Rejects with ServerAccessError. */
export async function* exportLines(access: ServerAccess, { what, fromUtcMs = -Infinity, toUtcMs = Infinity, personal }: ExportCommand): AsyncGenerator<string> {
  const { time, next, newestFirst } = SOURCES[what];
  for (let cursor = ""; ; ) {
    const page = (await access.get(`${what}?limit=${PAGE}${cursor}`)) as { readonly items: readonly Row[]; readonly next: string | null };
    for (const row of page.items) {
      const utcMs = Number(row[time]);
      if (utcMs >= fromUtcMs && utcMs < toUtcMs) yield JSON.stringify(personal ? row : maskRow(row));
    }
    const last = page.items.at(-1);
    const beyond = last !== undefined && newestFirst && Number(last[time]) < fromUtcMs;
    if (page.next === null || beyond) return;
    cursor = `&${next}=${encodeURIComponent(page.next)}`;
  }
}

/** As a log line, and the ids of subjects and actors who are persons too. */
function maskRow(row: Row): Row {
  const masked = maskFields(row);
  for (const name of ["subject", "actor"]) {
    const party = masked[name] as { readonly kind?: unknown; readonly id?: unknown } | undefined;
    if (party?.id !== undefined && PERSONAL_KINDS.has(party.kind)) masked[name] = { ...party, id: maskFields({ number: party.id })["number"] };
  }
  return masked;
}
