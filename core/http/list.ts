// Lists are `{ items, next }`: `next` is handed back as `cursor` for the page behind, and null at the end.
import { z } from "zod";
import type { Key } from "../store/store.js";
import { HttpFault } from "./problem.js";

export const listSchema = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), next: z.string().nullable() });

export const pageSchema = z.object({
  /** Rows in a page. */
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(500).optional(),
});

/** A key as an opaque text. */
export const writeCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString("base64url");

/** Throws HttpFault 400 HTTP_CURSOR. */
export function readCursor(cursor: string): Key {
  const fault = new HttpFault(400, "HTTP_CURSOR", "cursor is none that a list gave");
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw fault;
  }
  const parsed = z.array(z.union([z.string(), z.number()])).max(16).safeParse(key);
  if (!parsed.success) throw fault;
  return parsed.data;
}
