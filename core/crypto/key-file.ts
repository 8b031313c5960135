// The key that is kept outside the store: the pepper of PINs. A copy of the store without it is of no use to try PINs with.
import { statSync } from "node:fs";
import type { Random } from "../../protocol/base/random.js";
import { readPrivateFile, writePrivateFile } from "./private-file.js";

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

/** The 32 bytes in the file; undefined where it is absent. Throws KeyFileError. */
export const loadKey = (path: string): Uint8Array | undefined => guarded(path, () => readKey(path));

/** The 32 bytes in the file; where it is absent they are made, and synced before they are used. Throws KeyFileError. */
export const loadOrCreateKey = (path: string, random: Random): Uint8Array => guarded(path, () => readKey(path) ?? createKey(path, random));

/** Throws KeyFileError. */
export const saveKey = (path: string, key: Uint8Array): void => guarded(path, () => writePrivateFile(path, `${Buffer.from(key).toString("hex")}\n`));

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof KeyFileError ? error : new KeyFileError("KEY_FILE_IO", path, error);
  }
}

function readKey(path: string): Uint8Array | undefined {
  const text = readPrivateFile(path)?.trim();
  if (text === undefined) return undefined;
  if ((statSync(path).mode & 0o077) !== 0) throw new KeyFileError("KEY_FILE_OPEN_TO_OTHERS", path);
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new KeyFileError("KEY_FILE_MALFORMED", path);
  return Buffer.from(text, "hex");
}

function createKey(path: string, random: Random): Uint8Array {
  const key = random.bytes(KEY_BYTES);
  saveKey(path, key);
  return key;
}
