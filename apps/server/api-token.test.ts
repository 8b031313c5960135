import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { apiToken } from "./api-token.js";

const http = { address: "127.0.0.1", port: 8080 };
const outside = { address: "192.0.2.1", port: 8080 };

t.test("a token is made once, for its owner alone", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "ringward-token-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const where = { dataFolder: join(root, "data"), random: new SimRandom(1), http };
  const made = apiToken("", where);
  const file = join(root, "data", "api-token");
  t.equal(made.madeIn, file);
  t.match(made.token, /^[a-z2-7]{32}$/);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(readFileSync(file, "utf8"), `${made.token}\n`);
  t.same(apiToken(undefined, where), { token: made.token }, "the next start takes it up and does not tell it again");
  t.same(apiToken("given", where), { token: "given" }, "the environment wins");
  writeFileSync(file, "torn");
  t.throws(() => apiToken(undefined, where), { code: "SERVER_TOKEN" });
  t.throws(() => apiToken(undefined, { ...where, dataFolder: file }), { code: "SERVER_DATA" });
});

t.test("a given token must be fit for where it is asked for, and is not repeated in the error", async (t) => {
  const where = { dataFolder: "/nowhere", random: new SimRandom(1), http };
  t.same(apiToken("short", where), { token: "short" });
  for (const [token, at] of [
    ["short-secret", outside],
    ["with blank", http],
    ["line\nend", http],
  ] as const)
    t.throws(() => apiToken(token, { ...where, http: at }), { code: "SERVER_TOKEN", message: new RegExp(`^(?!.*${token.slice(0, 4)}-?s)environment RINGWARD_API_TOKEN`) });
  t.same(apiToken("x".repeat(16), { ...where, http: outside }), { token: "x".repeat(16) });
});
