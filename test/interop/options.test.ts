import t from "tap";
import { missingPeers, Peer } from "./peers.js";
import { startServer } from "./server-process.js";

t.test("RFC 3261 11: sipsak's OPTIONS is answered 200 with what we allow", { skip: missingPeers("sipsak") }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  const run = await new Peer("sipsak", ["-vv", "-s", `sip:95001@127.0.0.1:${server.sipPort}`], { timeoutMs: 10_000 }).ended;
  t.equal(run.exitCode, 0, run.output);
  t.match(run.output, /SIP\/2\.0 200/);
  t.match(run.output, /Allow:.*INVITE/i);
});

t.test("the API wants its token, health does not, and SIGTERM ends with exit code 0", async (t) => {
  const server = await startServer();
  t.equal((await server.fetch("/api/v1/calls", {})).status, 401);
  t.equal((await server.fetch("/api/v1/calls", { authorization: "Bearer wrong" })).status, 401);
  t.equal((await server.fetch("/healthz", {})).status, 200);
  t.match(await (await server.fetch("/metrics")).text(), /^# HELP /m);
  t.match(server.stdout(), /^ready .*127\.0\.0\.1/m);
  t.equal(await server.stop(), 0);
});
