// The Authorization header field: RFC 7616 section 3.4, RFC 3261 section 25.1.
import { readAuthParams, type AuthParamsFault } from "./auth-params.js";

export interface Credentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Lower-case hex. */
  readonly response: string;
  /** As sent; "MD5" where absent (RFC 7616 section 3.4). */
  readonly algorithm: string;
  readonly cnonce: string | undefined;
  /** Lower case. */
  readonly qop: string | undefined;
  /** The nonce count's number and its eight digits as they enter the digest. */
  readonly nc: { readonly count: number; readonly text: string } | undefined;
  readonly opaque: string | undefined;
}

export type CredentialsFault = AuthParamsFault | "auth.missing" | "auth.nc" | "auth.response";

/** One value of Authorization; the strings are unquoted. */
export function readCredentials(value: string): Credentials | CredentialsFault {
  const params = readAuthParams(value);
  return typeof params === "string" ? params : assemble(params);
}

function assemble(params: ReadonlyMap<string, string>): Credentials | CredentialsFault {
  const username = params.get("username");
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const uri = params.get("uri");
  const response = params.get("response")?.toLowerCase();
  if (username === undefined || realm === undefined || nonce === undefined || uri === undefined || response === undefined) return "auth.missing";
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/.test(response)) return "auth.response";
  const ncText = params.get("nc");
  if (ncText !== undefined && !/^[0-9a-fA-F]{8}$/.test(ncText)) return "auth.nc";
  return {
    username, realm, nonce, uri, response,
    algorithm: params.get("algorithm") ?? "MD5",
    cnonce: params.get("cnonce"),
    qop: params.get("qop")?.toLowerCase(),
    nc: ncText === undefined ? undefined : { count: parseInt(ncText, 16), text: ncText },
    opaque: params.get("opaque"),
  };
}
