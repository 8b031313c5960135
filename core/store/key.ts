// Keys as bytes whose order is the keys' order. A byte is one character (0-255) of a string, so that JavaScript's own
// comparison of strings compares them, and a Map can hold them.
//
// number  10 | IEEE 754 double, big-endian; sign bit flipped, or all bits where negative
// string  20 | each UTF-16 code unit as 1-3 bytes the way UTF-8 packs it (0 as 01 01, 1 as 01 02) | 00
import { StoreError } from "./fault.js";
import type { Key, KeyPart } from "./store.js";

/** Encoded parts in a row. A key that begins with another's parts begins with its bytes. */
export type EncodedKey = string;

/** What LMDB takes with pages of 4096 bytes. */
export const KEY_BYTES_MAX = 1978;

const NUMBER = "\x10";
const STRING = "\x20";
/** Above every byte a part can begin with: `prefix + ABOVE` is behind all keys that begin with `prefix`. */
const ABOVE = "\xff";

/** Throws StoreError "STORE_KEY" for NaN and for what is longer than 1978 bytes. */
export function encodeKey(parts: Key, base: EncodedKey = ""): EncodedKey {
  let encoded = base;
  for (const part of parts) encoded += encodePart(part);
  if (encoded.length > KEY_BYTES_MAX) throw new StoreError("STORE_KEY", "key is too long", { bytes: encoded.length, max: KEY_BYTES_MAX });
  return encoded;
}

/** The first byte string behind every key that begins with `prefix`. */
export const behind = (prefix: EncodedKey): EncodedKey => prefix + ABOVE;

const encodePart = (part: KeyPart): string => (typeof part === "number" ? encodeNumber(part) : encodeString(part));

function encodeNumber(value: number): string {
  if (Number.isNaN(value)) throw new StoreError("STORE_KEY", "NaN is no key");
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value === 0 ? 0 : value);
  const flip = bytes.getUint8(0) & 0x80 ? 0xff : 0x00;
  let encoded = NUMBER;
  for (let i = 0; i < 8; i++) encoded += String.fromCharCode((bytes.getUint8(i) ^ (i === 0 && flip === 0 ? 0x80 : flip)) & 0xff);
  return encoded;
}

/** The number that a key ends with. */
export function decodeLastNumber(key: EncodedKey): number {
  const bytes = new DataView(new ArrayBuffer(8));
  const at = key.length - 8;
  const flip = key.charCodeAt(at) & 0x80 ? 0x00 : 0xff;
  for (let i = 0; i < 8; i++) bytes.setUint8(i, key.charCodeAt(at + i) ^ (i === 0 && flip === 0 ? 0x80 : flip));
  return bytes.getFloat64(0);
}

/** Letters and digits stand for themselves; the rest of the plane is packed unit by unit. */
function encodeString(text: string): string {
  if (/^[\x02-\x7f]*$/.test(text)) return `${STRING}${text}\0`;
  let encoded = STRING;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 2) encoded += `\x01${String.fromCharCode(unit + 1)}`;
    else if (unit < 0x80) encoded += String.fromCharCode(unit);
    else if (unit < 0x800) encoded += String.fromCharCode(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else encoded += String.fromCharCode(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return `${encoded}\0`;
}
