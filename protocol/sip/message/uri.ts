// SIP and SIPS URIs, RFC 3261 section 19.1.
import { classOf, isAlphanumeric, readNumber, skipClass } from "./grammar.js";

/** A `sip:` or `sips:` URI, parts decoded where escaping is allowed. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Lower case; IPv6 with its brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  /** Names in lower case; a parameter without a value is the empty string. */
  readonly params: ReadonlyMap<string, string>;
  /** What follows `?`, as received. */
  readonly headers?: string | undefined;
}

/** Longer URIs are malformed here: nothing we dial or register comes near. */
export const URI_LENGTH_MAX = 4096;

const NONE: ReadonlyMap<string, string> = new Map();
const PARAMS_MAX = 64;

const only = (extra: string): Uint8Array => classOf((code) => isAlphanumeric(code) || extra.includes(String.fromCharCode(code)));
/** unreserved, user-unreserved and "#", which old phones send raw in feature codes. */
const USER = only("-_.!~*'()&=+$,;?/#");
const PASSWORD = only("-_.!~*'()&=+$,");
const PARAM = only("-_.!~*'()[]/:&+$");
const HEADERS = only("-_.!~*'()[]/?:+$&=");
/** Wider than a hostname: the underscore is common in private names. */
const HOST = only("-._");
const IPV6 = classOf((code) => /[0-9A-Fa-f:.]/.test(String.fromCharCode(code)));
const DIGIT = classOf((code) => code >= 0x30 && code <= 0x39);
const SCHEME = /^sips?:/i;

/** Undefined for other schemes and for what is not a SIP URI. */
export function parseUri(text: string): SipUri | undefined {
  if (text.length > URI_LENGTH_MAX) return undefined;
  const afterScheme = text.startsWith("sip:") ? 4 : (SCHEME.exec(text)?.[0].length ?? 0);
  if (afterScheme === 0) return undefined;
  let user: string | undefined;
  let password: string | undefined;
  const separator = text.indexOf("@", afterScheme);
  if (separator >= 0) {
    const colon = text.indexOf(":", afterScheme);
    const hasPassword = colon >= 0 && colon < separator;
    user = readPart(USER, text.slice(afterScheme, hasPassword ? colon : separator));
    password = hasPassword ? readPart(PASSWORD, text.slice(colon + 1, separator)) : undefined;
    if (user === undefined || user === "" || (hasPassword && password === undefined)) return undefined;
  }
  const hostAt = separator < 0 ? afterScheme : separator + 1;
  let at = skipHost(text, hostAt);
  if (at === hostAt) return undefined;
  const host = text.slice(hostAt, at).toLowerCase();
  let port: number | undefined;
  if (text.charCodeAt(at) === 0x3a) {
    const portAt = at + 1;
    at = skipClass(DIGIT, text, portAt);
    port = readNumber(text.slice(portAt, at), 65_535);
    if (port === undefined || port === 0) return undefined;
  }
  const question = text.indexOf("?", at);
  const headers = question < 0 ? undefined : text.slice(question + 1);
  if (headers !== undefined && (headers === "" || readPart(HEADERS, headers) === undefined)) return undefined;
  const params = readUriParams(question < 0 ? text : text.slice(0, question), at);
  return params && { scheme: afterScheme === 5 ? "sips" : "sip", user, password, host, port, params, headers };
}

/** The index after a sent-by or URI host at `at`: a name, an IPv4 address, or an IPv6 address in brackets; `at` where there is none. */
export function skipHost(text: string, at: number): number {
  if (text.charCodeAt(at) !== 0x5b) return skipClass(HOST, text, at);
  const end = skipClass(IPV6, text, at + 1);
  return end > at + 1 && text.charCodeAt(end) === 0x5d ? end + 1 : at;
}

/** Escapes what the grammar asks for, and nothing else. */
export function formatUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) text += `${escape(uri.user, /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu)}${uri.password === undefined ? "" : `:${escape(uri.password, /[^A-Za-z0-9\-_.!~*'()&=+$,]/gu)}`}@`;
  text += uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
  for (const [name, value] of uri.params) text += value === "" ? `;${escapeParam(name)}` : `;${escapeParam(name)}=${escapeParam(value)}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/**
 * Whether two URIs are equivalent (RFC 3261 section 19.1.4): an absent port is not 5060, and `user`, `ttl`, `method`,
 * `maddr` and `transport` in one of them only never match; other parameters count where both have them.
 */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password || a.port !== b.port) return false;
  if (a.host.toLowerCase() !== b.host.toLowerCase()) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other === undefined ? DECISIVE.has(name) : other.toLowerCase() !== value.toLowerCase()) return false;
  }
  for (const name of b.params.keys()) if (DECISIVE.has(name) && !a.params.has(name)) return false;
  return sameUriHeaders(a.headers, b.headers);
}

const DECISIVE = new Set(["user", "ttl", "method", "maddr", "transport"]);

/** Headers of a URI are never ignored; their order is. */
function sameUriHeaders(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const sorted = (headers: string): string =>
    headers
      .split("&")
      .map((header) => {
        const equals = header.indexOf("=");
        return equals < 0 ? unescape(header).toLowerCase() : `${unescape(header.slice(0, equals)).toLowerCase()}=${unescape(header.slice(equals + 1))}`;
      })
      .sort()
      .join("&");
  return sorted(a) === sorted(b);
}

function readUriParams(text: string, from: number): ReadonlyMap<string, string> | undefined {
  if (from >= text.length) return NONE;
  const params = new Map<string, string>();
  for (let at = from; at < text.length; ) {
    if (text.charCodeAt(at) !== 0x3b) return undefined;
    let end = text.indexOf(";", at + 1);
    if (end < 0) end = text.length;
    const equals = text.indexOf("=", at + 1);
    const hasValue = equals >= 0 && equals < end;
    const name = readPart(PARAM, text.slice(at + 1, hasValue ? equals : end))?.toLowerCase();
    const value = hasValue ? readPart(PARAM, text.slice(equals + 1, end)) : "";
    if (name === undefined || name === "" || value === undefined || params.has(name) || params.size >= PARAMS_MAX) return undefined;
    params.set(name, value);
    at = end;
  }
  return params;
}

/** Unescaped; undefined where a character is neither of `kind` nor escaped. */
function readPart(kind: Uint8Array, text: string): string | undefined {
  let at = skipClass(kind, text, 0);
  if (at === text.length) return text;
  for (; at < text.length; at = skipClass(kind, text, at + 3)) if (text.charCodeAt(at) !== 0x25 || !ESCAPE.test(text.slice(at, at + 3))) return undefined;
  return unescape(text);
}

const ESCAPE = /^%[0-9A-Fa-f]{2}$/;

/** Escaped bytes are UTF-8 (RFC 3261 section 25.1); those that are not are taken one by one. */
function unescape(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
}

/** A lone surrogate can't be encoded and is replaced. */
const escape = (text: string, forbidden: RegExp): string =>
  text.replace(forbidden, (char) => {
    const encoded = encodeURIComponent(/[\ud800-\udfff]/.test(char) && char.length === 1 ? "\ufffd" : char);
    return encoded === char ? `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}` : encoded;
  });

const escapeParam = (text: string): string => escape(text, /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/gu);
