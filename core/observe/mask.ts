// What a log line may show. Fields named like secrets show nothing; those that tell of a person show their last two
// characters, enough to match a line with somebody who complains, not enough to call him.
import { isSecretName, MASK } from "../journal/mask.js";

const PERSONAL_NAMES = /^(caller|callerName|displayName|holder|patient|patientName|phone|phoneNumber|number|idNumber|card|address|birthday|digits|keys)$/;
const DEPTH_MAX = 8;
const TAIL_CHARS = 2;
/** Shorter ones are no phone or card numbers, and two of their characters would be much of them. */
const TAIL_OF_CHARS_MIN = 6;

/** A copy that may be written down. Errors are told by name, code, message and stack. */
export function maskFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return maskRecord(fields, 0);
}

function maskRecord(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isSecretName(name) ? MASK : PERSONAL_NAMES.test(name) ? maskPersonal(value) : maskValue(value, depth + 1)]));
}

function maskPersonal(value: unknown): unknown {
  if (value === null || value === undefined || value === "") return value;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return text.length < TAIL_OF_CHARS_MIN ? MASK : MASK + text.slice(-TAIL_CHARS);
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return MASK;
  if (value instanceof Error) return describeError(value, depth);
  return Array.isArray(value) ? value.map((item: unknown) => maskValue(item, depth + 1)) : maskRecord(value as Record<string, unknown>, depth);
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = "code" in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: maskValue(error.cause, depth + 1) };
  return { name: error.name, ...code, message: error.message, stack: error.stack, ...cause };
}
