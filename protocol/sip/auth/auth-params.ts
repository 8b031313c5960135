// The parameters that challenges and credentials are made of: RFC 7616 section 3, RFC 3261 section 25.1. Hostile input: every part has a limit.

export type AuthParamsFault = "auth.long" | "auth.scheme" | "auth.syntax" | "auth.duplicate";

const LENGTH_MAX = 4096;
const PARAMS_MAX = 24;
const PARAM = /[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))[ \t]*(,|$)/y;

/** What follows `Digest`: names in lower case, values unquoted. */
export function readAuthParams(value: string): ReadonlyMap<string, string> | AuthParamsFault {
  if (value.length > LENGTH_MAX) return "auth.long";
  const scheme = /^[ \t]*digest[ \t]+/i.exec(value);
  if (scheme === null) return "auth.scheme";
  const params = new Map<string, string>();
  let at = scheme[0].length;
  while (at < value.length) {
    PARAM.lastIndex = at;
    const match = PARAM.exec(value);
    if (match === null || params.size >= PARAMS_MAX) return "auth.syntax";
    const name = match[1]!.toLowerCase();
    if (params.has(name)) return "auth.duplicate";
    params.set(name, match[2] === undefined ? match[3]! : match[2].replace(/\\(.)/g, "$1"));
    at = PARAM.lastIndex;
    if (match[4] === "" && at < value.length) return "auth.syntax";
  }
  return params;
}
