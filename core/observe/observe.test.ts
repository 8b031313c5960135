import t from "tap";
import { Journal } from "../journal/journal.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import { callMetrics, journalMetrics, storeMetrics } from "./core-metrics.js";
import { createLogger } from "./logger.js";
import { Metrics } from "./metrics.js";

t.test("a log line is JSON with what may be shown", async (t) => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", to: { write: (line: string) => void lines.push(line) } });
  log.info({ call: "c1", caller: "13800000002", card: "10000001", pin: "1234", deep: { password: "pw-5678", list: [{ Authorization: "Bearer x9x9" }] }, extension: "1001", number: 42 }, "taken");
  log.debug({}, "not at this level");
  log.child({ call: "c2", token: "x9x9" }).error({ error: new Error("bad", { cause: Object.assign(new Error("disk"), { code: "EIO", password: "pw-5678" }) }) }, "failed");
  t.equal(lines.length, 2);
  const [first, second] = lines.map((line) => JSON.parse(line));
  t.match(first, { level: "info", message: "taken", call: "c1", caller: "***02", card: "***01", pin: "***", deep: { password: "***", list: [{ Authorization: "***" }] }, extension: "1001", number: "***" });
  t.match(first.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  t.match(second, { level: "error", call: "c2", token: "***", error: { name: "Error", message: "bad", stack: /observe/, cause: { code: "EIO", message: "disk" } } });
  t.notMatch(lines.join(""), /1234|5678|x9x9|13800000002|10000001/);
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  log.warn(loop, "a ring does not hang it");
  t.equal(lines.length, 3);
});

t.test("metrics read the parts' own counters when asked", async (t) => {
  const metrics = new Metrics({ process: false });
  const calls = { open: 1, started: 3, ended: 2, failed: 0, refused: 0 };
  const [clock, store] = [new SimClock(), new MemoryStore()];
  const journal = new Journal({ store, clock, node: "n1" });
  metrics.add(callMetrics(() => calls));
  metrics.add(storeMetrics(() => store.counters));
  metrics.add(journalMetrics(() => journal.counters));
  metrics.add({ part: "media", gauges: { jitterMs: "Jitter.", gone: "Nothing." }, read: () => ({ jitterMs: 2.5, gone: undefined }) });
  journal.append({ type: "call.noted", v: 1, hospital: "h", subject: { kind: "call", id: "c" }, actor: { kind: "system" }, data: {} });
  await journal.flush();
  const first = await metrics.read();
  t.match(first.contentType, /^text\/plain; version=/);
  for (const line of ["# TYPE ringward_calls_started_total counter", "ringward_calls_started_total 3", "# TYPE ringward_calls_open gauge", "ringward_calls_open 1", "ringward_store_commits_total 1", "ringward_journal_appended_total 1", "ringward_media_jitter_ms 2.5"])
    t.ok(first.text.split("\n").includes(line), line);
  Object.assign(calls, { open: 0, started: 4 });
  const second = await metrics.read();
  t.ok(second.text.includes("ringward_calls_started_total 4\n"), "a counter is the part's, not counted twice");
  t.ok(second.text.includes("ringward_calls_open 0\n"));
  t.throws(() => metrics.add(callMetrics(() => calls)), "twice the same part");
  t.match((await new Metrics({ process: true }).read()).text, /^process_cpu_seconds_total /m);
});
