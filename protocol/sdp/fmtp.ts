// Format parameters: `name=value` joined by semicolons (RFC 4855 section 3).

/** One parameter's value in lower case, "" where it has none; undefined where it is not there. */
export function parameterOf(fmtp: string, name: string): string | undefined {
  for (const part of fmtp.split(";")) {
    const [key, value] = part.split("=", 2);
    if (key?.trim().toLowerCase() === name) return (value ?? "").trim().toLowerCase();
  }
  return undefined;
}

/** The same for all ways to write the same parameters: lower case, in order, without blanks. */
export const normalizeFmtp = (fmtp: string): string =>
  fmtp
    .toLowerCase()
    .split(";")
    .map((part) => part.replace(/\s+/g, ""))
    .filter((part) => part !== "")
    .sort()
    .join(";");
