// The key that is kept outside the store: the pepper of PINs. A copy of the store without it is of no use to try PINs with.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Random } from "../../protocol/base/random.js";

export type KeyFileErrorCode =
  /** It can't be read or made. */
  | "KEY_FILE_IO"
  /** It holds no key of 32 bytes in hexadecimal. */
  | "KEY_FILE_MALFORMED"
  /** Others than its owner may read it. */
  | "KEY_FILE_OPEN_TO_OTHERS";

export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  constructor(
    readonly code: KeyFileErrorCode,
    readonly path: string,
    cause?: unknown,
  ) {
    super(`${MESSAGES[code]}: ${path}`, cause === undefined ? {} : { cause });
  }
}

const MESSAGES: { readonly [C in KeyFileErrorCode]: string } = {
  KEY_FILE_IO: "the key file can't be read or made",
  KEY_FILE_MALFORMED: "the key file holds no 64 hexadecimal digits",
  KEY_FILE_OPEN_TO_OTHERS: "the key file may be read by others than its owner (chmod 600)",
};

const KEY_BYTES = 32;

/** The 32 bytes in the file; where it is absent they are made, and synced before they are used. Throws KeyFileError. */
export function loadOrCreateKey(path: string, random: Random): Uint8Array {
  try {
    return readKey(path) ?? createKey(path, random);
  } catch (error) {
    throw error instanceof KeyFileError ? error : new KeyFileError("KEY_FILE_IO", path, error);
  }
}

function readKey(path: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if ((statSync(path).mode & 0o077) !== 0) throw new KeyFileError("KEY_FILE_OPEN_TO_OTHERS", path);
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new KeyFileError("KEY_FILE_MALFORMED", path);
  return Buffer.from(text, "hex");
}

function createKey(path: string, random: Random): Uint8Array {
  const key = random.bytes(KEY_BYTES);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${Buffer.from(key).toString("hex")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}
