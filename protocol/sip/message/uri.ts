// SIP and SIPS URIs, RFC 3261 section 19.1.

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
const SIP_URI = /^(sips?):(?:([^@]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?((?:;[^;?@]*)*)(?:\?([^@]*))?$/i;
/** unreserved, user-unreserved and "#", which old phones send raw in feature codes. */
const USER = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+$/;
const PASSWORD = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/;
const PARAM = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/;
const HEADERS = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$&=]|%[0-9A-Fa-f]{2})+$/;
const PARAMS_MAX = 64;

/** Undefined for other schemes and for what is not a SIP URI. */
export function parseUri(text: string): SipUri | undefined {
  if (text.length > URI_LENGTH_MAX) return undefined;
  const match = SIP_URI.exec(text);
  if (match === null) return undefined;
  const [, scheme, userinfo, host, portText, paramText, headers] = match;
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port === 0 || port > 65535)) return undefined;
  if (headers !== undefined && !HEADERS.test(headers)) return undefined;
  const params = readUriParams(paramText!);
  if (params === undefined) return undefined;
  let user: string | undefined;
  let password: string | undefined;
  if (userinfo !== undefined) {
    const colon = userinfo.indexOf(":");
    const rawUser = colon < 0 ? userinfo : userinfo.slice(0, colon);
    const rawPassword = colon < 0 ? "" : userinfo.slice(colon + 1);
    if (!USER.test(rawUser) || !PASSWORD.test(rawPassword)) return undefined;
    user = unescape(rawUser);
    password = colon < 0 ? undefined : unescape(rawPassword);
  }
  return { scheme: scheme!.length === 4 ? "sips" : "sip", user, password, host: host!.toLowerCase(), port, params, headers };
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

function readUriParams(text: string): ReadonlyMap<string, string> | undefined {
  if (text === "") return NONE;
  const params = new Map<string, string>();
  for (const param of text.slice(1).split(";")) {
    const equals = param.indexOf("=");
    const name = equals < 0 ? param : param.slice(0, equals);
    const value = equals < 0 ? "" : param.slice(equals + 1);
    if (!PARAM.test(name) || (value !== "" && !PARAM.test(value))) return undefined;
    const key = unescape(name).toLowerCase();
    if (params.has(key) || params.size >= PARAMS_MAX) return undefined;
    params.set(key, unescape(value));
  }
  return params;
}

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
