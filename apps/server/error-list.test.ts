// docs/errors.md is an interface: every code that the sources can say stands there, and nothing else does.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** A code as a member of a closed union: `| "X_Y"` or `= "X_Y" | "X_Z"`. */
const UNION_MEMBER = /[|=]\s*"([A-Z]+(?:_[A-Z]+)+)"/g;
/** A code given where a problem of the API is thrown: plugins have no union of them. */
const PROBLEM = /new HttpProblem\(\d{3}, "([A-Z_]+)"/g;
const COMMENT = /\/\*[^]*?\*\//g;
const LISTED = /`([A-Z]+(?:_[A-Z]+)+)`/g;

function sources(): string[] {
  const found: string[] = [];
  for (const folder of ["core", "media", "apps"]) {
    for (const name of readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".ts") && !name.endsWith(".test.ts")) found.push(readFileSync(`${ROOT}${folder}/${name}`, "utf8").replace(COMMENT, ""));
    }
  }
  return found;
}

function codesIn(texts: readonly string[], patterns: readonly RegExp[]): Set<string> {
  const codes = new Set<string>();
  for (const text of texts) for (const pattern of patterns) for (const match of text.matchAll(pattern)) codes.add(match[1] ?? "");
  return codes;
}

t.test("docs/errors.md lists every code of the sources, and no other", (t) => {
  const said = codesIn(sources(), [UNION_MEMBER, PROBLEM]);
  // What is a setting of the environment, not a code, is named beside the cures.
  const listed = [...codesIn([readFileSync(`${ROOT}docs/errors.md`, "utf8")], [LISTED])].filter((code) => !code.startsWith("RINGWARD_"));
  t.ok(said.size > 60, "the sources were read");
  t.same([...said].filter((code) => !listed.includes(code)).sort(), [], "said, not listed");
  t.same(listed.filter((code) => !said.has(code)).sort(), [], "listed, never said");
  t.end();
});
