// The pieces of grammar that header fields share (RFC 3261 section 25.1): tokens, quoted strings, parameters, lists.
// Header values reach these functions unfolded, so linear white space is SP and HTAB only.

export type SipParams = ReadonlyMap<string, string>;

/** More parameters on one value than any real message has. */
export const PARAMS_MAX = 64;
/** Comma-separated values of one header field. */
export const VALUES_MAX = 256;

const NONE: SipParams = new Map();

/** One entry a character up to 127: 1 where it belongs. */
export const classOf = (matches: (code: number) => boolean): Uint8Array => Uint8Array.from({ length: 128 }, (_, code) => (matches(code) ? 1 : 0));
export const isAlphanumeric = (code: number): boolean => /[A-Za-z0-9]/.test(String.fromCharCode(code));

/** `token` of RFC 3261 section 25.1. */
export const TOKEN = classOf((code) => isAlphanumeric(code) || "-.!%*_+`'~".includes(String.fromCharCode(code)));
/** Wider than the grammar's token and host: base64 in branches and tags is common and harmless. */
const PARAM_VALUE = classOf((code) => code > 0x20 && code < 0x7f && !';,"<>'.includes(String.fromCharCode(code)));

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;

export function skipSpace(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== TAB) break;
  }
  return at;
}

/** The index after the characters of `kind` that begin at `at`. */
export function skipClass(kind: Uint8Array, text: string, at: number): number {
  const length = text.length;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127 || kind[code] === 0) break;
  }
  return at;
}

export const isToken = (text: string): boolean => text !== "" && skipClass(TOKEN, text, 0) === text.length;

/** The index after the quoted string that begins at `at`, or -1 where its closing quote is missing. */
export function skipQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
}

/** What a quoted string (with its quotes) says. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** Line breaks can't be part of any header and become spaces. */
export const quote = (text: string): string => `"${text.replace(/[\r\n]+/g, " ").replace(/["\\]/g, "\\$&")}"`;

/** `*(SEMI generic-param)` up to the end of `text`; names in lower case, values unquoted, "" where there is none. Undefined where malformed. */
export function readParams(text: string, from: number): SipParams | undefined {
  let at = skipSpace(text, from);
  if (at >= text.length) return NONE;
  const params = new Map<string, string>();
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON) return undefined;
    const nameAt = skipSpace(text, at + 1);
    at = skipClass(TOKEN, text, nameAt);
    if (at === nameAt) return undefined;
    const name = text.slice(nameAt, at).toLowerCase();
    at = skipSpace(text, at);
    let value = "";
    if (text.charCodeAt(at) === EQUALS) {
      const valueAt = skipSpace(text, at + 1);
      const quoted = text.charCodeAt(valueAt) === QUOTE;
      at = quoted ? skipQuoted(text, valueAt) : skipClass(PARAM_VALUE, text, valueAt);
      if (at < 0) return undefined;
      value = quoted ? unquote(text.slice(valueAt, at)) : text.slice(valueAt, at);
      at = skipSpace(text, at);
    }
    // RFC 3261 section 7.3.1: no parameter name more than once.
    if (params.has(name) || params.size >= PARAMS_MAX) return undefined;
    params.set(name, value);
  }
  return params;
}

/** The inverse of `readParams`: quoted where a value is no plain token. */
export function formatParams(params: SipParams): string {
  let text = "";
  for (const [name, value] of params) text += value === "" ? `;${name}` : `;${name}=${isPlain(value) ? value : quote(value)}`;
  return text;
}

const isPlain = (value: string): boolean => skipClass(PARAM_VALUE, value, 0) === value.length;

/** Values separated by commas outside of quotes and angle brackets; empty ones (`a,,b`) stay and fail where they are read. */
export function splitList(text: string): string[] {
  if (!text.includes(",")) return [text];
  const values: string[] = [];
  let start = 0;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE && !bracketed) {
      const end = skipQuoted(text, i);
      if (end < 0) break;
      i = end - 1;
    } else if (code === LESS) bracketed = true;
    else if (code === GREATER) bracketed = false;
    else if (code === COMMA && !bracketed) {
      values.push(trimSpace(text.slice(start, i)));
      start = i + 1;
    }
  }
  values.push(trimSpace(text.slice(start)));
  return values;
}

/** Without the SP and HTAB around it. */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0);
  let end = text.length;
  while (end > start && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === TAB)) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** `1*DIGIT` up to `max`; undefined for anything else. Any number of leading zeros. */
export function readNumber(text: string, max: number): number | undefined {
  let value = 0;
  if (text.length === 0) return undefined;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}
