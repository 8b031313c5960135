// The last net under secrets: whoever writes an entry masks what is keyed in a secret question; a field that is named
// like a secret is never kept, whatever it holds.

export const MASK = "***";

const SECRET_NAMES = /^(pin|password|passphrase|secret|token|authorization|ha1|credential)s?$/i;
const DEPTH_MAX = 16;

export const isSecretName = (field: string): boolean => SECRET_NAMES.test(field);

/** A copy in which every field named like a secret, at any depth, reads `***`. What lies deeper than 16 levels is cut. */
export function maskSecrets(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return maskRecord(data, 0);
}

function maskRecord(data: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, isSecretName(name) ? MASK : maskValue(value, depth + 1)]));
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return MASK;
  return Array.isArray(value) ? value.map((item: unknown) => maskValue(item, depth + 1)) : maskRecord(value as Record<string, unknown>, depth);
}
