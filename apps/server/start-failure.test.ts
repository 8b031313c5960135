import t from "tap";
import { ConfigError } from "../../core/config/error.js";
import { HttpFault } from "../../core/http/problem.js";
import { StoreError } from "../../core/store/fault.js";
import { TrunkError } from "../../core/trunks/error.js";
import { describeStartFailure } from "./start-failure.js";

t.test("a failed start is one line that names the setting", async (t) => {
  for (const [error, line] of [
    [new ConfigError("CONFIG_INVALID", "c.yaml: drainMs is 1.5; accepted: a whole number"), "c.yaml: drainMs is 1.5; accepted: a whole number (CONFIG_INVALID)"],
    [new StoreError("STORE_LOCKED", "another process has the data directory open", { pid: 7 }), "data: another process has the data directory open (pid 7) (STORE_LOCKED)"],
    [new HttpFault(503, "HTTP_LISTEN", "HTTP can't listen on 127.0.0.1:8080 (EADDRINUSE)"), "http.listen: HTTP can't listen on 127.0.0.1:8080 (EADDRINUSE) (HTTP_LISTEN)"],
    [new TrunkError("TRUNK_SOURCE_TAKEN", "two trunks have the same source", { trunk: "a", other: "b" }), "trunks: two trunks have the same source (trunk a, other b) (TRUNK_SOURCE_TAKEN)"],
    [new Error("two\n  lines"), "two lines"],
    ["a text", "a text"],
  ] as const)
    t.equal(describeStartFailure(error), line);
});
