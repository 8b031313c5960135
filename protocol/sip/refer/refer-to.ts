// Where a REFER wants the far side to be put through to (RFC 3515 section 2.1, RFC 3891 section 5), as plain data.
import type { SipHeaders } from "../message/headers.js";
import { readNameAddr } from "../message/name-addr.js";
import { readReplaces, type ReplacedDialog } from "./replaces.js";

export interface ReferTo {
  /** The user part of the URI, decoded; empty where there is none. */
  readonly number: string;
  /** Who refers, as the REFER says (RFC 3892 section 2.1): a whole header value for the INVITE that follows. */
  readonly referredBy?: string;
  /** The URI asks for an INVITE with Replaces: the far sides of two dialogs shall be joined. */
  readonly replaces?: ReplacedDialog;
}

/** What of a REFER can't be understood; each is a 400. */
export type ReferFault = "no Refer-To" | "Refer-To" | "Refer-To method" | "Replaces";

const LENGTH_MAX = 1024;

/** RFC 3515 section 2.4.2: exactly one Refer-To; two of them do not come through the parser. */
export function readReferTo(headers: SipHeaders): ReferTo | ReferFault {
  const value = headers.get("refer-to");
  if (value === undefined) return "no Refer-To";
  const uri = value.length > LENGTH_MAX ? undefined : readNameAddr(value)?.uri;
  if (uri === undefined) return "Refer-To";
  if ((uri.params.get("method") ?? "INVITE").toUpperCase() !== "INVITE") return "Refer-To method";
  const number = uri.user?.split(";", 1)[0] ?? "";
  const text = uri.headers === undefined ? undefined : headerOf(uri.headers, "replaces");
  if (text === undefined && number === "") return "Refer-To";
  const replaces = text === undefined ? undefined : readReplaces(text);
  if (text !== undefined && replaces === undefined) return "Replaces";
  return { number, ...readReferredBy(headers), ...(replaces === undefined ? {} : { replaces }) };
}

/** One that can't be read, or of any length, is left out: it is not needed. */
function readReferredBy(headers: SipHeaders): { readonly referredBy?: string } {
  const value = headers.get("referred-by");
  return value === undefined || value.length > LENGTH_MAX || readNameAddr(value)?.uri === undefined ? {} : { referredBy: value };
}

/** Of `name=value&name=value`, decoded; "" where its escapes are no UTF-8. */
function headerOf(headers: string, wanted: string): string | undefined {
  for (const header of headers.split("&")) {
    const equals = header.indexOf("=");
    if (equals < 0 || header.slice(0, equals).toLowerCase() !== wanted) continue;
    try {
      return decodeURIComponent(header.slice(equals + 1));
    } catch {
      return ""; // a lone % or half a character: malformed as a whole
    }
  }
  return undefined;
}
