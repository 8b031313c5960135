// name-addr / addr-spec with header parameters: From, To, Contact, Route, Record-Route (RFC 3261 sections 20.10, 20.20, 25.1).
import { formatParams, quote, readParams, skipQuoted, skipSpace, trimSpace, unquote, type SipParams } from "./grammar.js";
import { parseUri, formatUri, type SipUri } from "./uri.js";

export interface NameAddr {
  /** Unquoted and unescaped; undefined where absent or empty. */
  readonly displayName: string | undefined;
  /** Undefined where the scheme is neither `sip` nor `sips`. */
  readonly uri: SipUri | undefined;
  /** The URI as received, without its brackets. */
  readonly rawUri: string;
  /** Header parameters, names in lower case. */
  readonly params: SipParams;
  /** The `tag` parameter; undefined where absent or empty. */
  readonly tag: string | undefined;
}

const DISPLAY_TOKENS = /^[A-Za-z0-9\-.!%*_+`'~ \t\u0080-\uffff]*$/;
const OTHER_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x7e]+$/;
const SIP_SCHEME = /^sips?:/i;

/** Undefined where malformed. Without brackets, `?`, `,` and `;` don't belong to the URI (RFC 3261 section 20.10). */
export function readNameAddr(text: string): NameAddr | undefined {
  const start = skipSpace(text, 0);
  let displayName: string | undefined;
  let open: number;
  if (text.charCodeAt(start) === 0x22) {
    const end = skipQuoted(text, start);
    if (end < 0) return undefined;
    displayName = unquote(text.slice(start, end));
    open = skipSpace(text, end);
    if (text.charCodeAt(open) !== 0x3c) return undefined;
  } else {
    open = text.indexOf("<", start);
    if (open < 0) return readAddrSpec(text, start);
    if (open > start) {
      displayName = trimSpace(text.slice(start, open));
      // A semicolon or comma before "<" is no display name: the bracket belongs to something else.
      if (!DISPLAY_TOKENS.test(displayName)) return undefined;
    }
  }
  const close = text.indexOf(">", open);
  if (close < 0) return undefined;
  const params = readParams(text, close + 1);
  return params && assemble(displayName === "" ? undefined : displayName, text.slice(open + 1, close), params);
}

/** `"Name" <uri>;params`, brackets always: the form that is never ambiguous. */
export function formatNameAddr(address: { readonly displayName?: string | undefined; readonly uri: SipUri | string; readonly params?: SipParams; readonly tag?: string | undefined }): string {
  const uri = typeof address.uri === "string" ? address.uri : formatUri(address.uri);
  const name = address.displayName === undefined || address.displayName === "" ? "" : `${quote(address.displayName)} `;
  const params = address.params === undefined ? "" : formatParams(address.params);
  return `${name}<${uri}>${params}${address.tag === undefined || address.params?.has("tag") ? "" : `;tag=${address.tag}`}`;
}

function readAddrSpec(text: string, start: number): NameAddr | undefined {
  const semicolon = text.indexOf(";", start);
  const rawUri = trimSpace(semicolon < 0 ? text.slice(start) : text.slice(start, semicolon));
  if (rawUri.includes("?") || rawUri.includes(",")) return undefined;
  const params = readParams(text, semicolon < 0 ? text.length : semicolon);
  return params && assemble(undefined, rawUri, params);
}

function assemble(displayName: string | undefined, rawUri: string, params: SipParams): NameAddr | undefined {
  const uri = parseUri(rawUri);
  if (uri === undefined && (SIP_SCHEME.test(rawUri) || !OTHER_URI.test(rawUri))) return undefined;
  const tag = params.get("tag");
  return { displayName, uri, rawUri, params, tag: tag === "" ? undefined : tag };
}
