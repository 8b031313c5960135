import t from "tap";
import { definePlugin } from "../../core/sdk/index.js";
import { createLab, type Lab } from "../../core/sdk/testing/index.js";
import acd from "./plugin.js";

const front = definePlugin({
  name: "front",
  sdk: 1,
  setup: ({ calls }) =>
    calls.onIncoming(["1", "2"], async (call) => {
      await call.answer();
      await call.enqueue("operators", { priority: call.called === "2" ? 10 : 0 });
      await call.play("front/after");
    }),
});
const centre = (phones: readonly string[] = ["1001", "1002"]): Promise<Lab> => createLab({ plugins: [front, acd], config: { acd: { queues: { operators: { members: ["1001", "1002"], ringMs: 10_000, waitMsMax: 60_000 } } } }, phones });

t.test("A01 A20: all free phones ring, the first to answer talks, the other is free again", async (t) => {
  const lab = await centre();
  const patient = lab.call("1");
  await patient.hears("acd/transfer");
  await lab.phone("1001").rings();
  await lab.phone("1002").rings();
  await lab.phone("1002").answers();
  await patient.talksTo("1002");
  await lab.phone("1001").isFree();
  await lab.phone("1002").hangsUp();
  await patient.hears("front/after");
  t.match(await lab.journal("acd.served"), [{ data: { extension: "1002" } }]);
  await patient.isReleased();
  await lab.passes(1000);
  t.equal(lab.clock.pending, 0);
});

t.test("both answer in the same instant: one wins, the other is released", async (t) => {
  const lab = await centre();
  const patient = lab.call("1");
  await Promise.all([lab.phone("1001").rings(), lab.phone("1002").rings()]);
  const [first, second] = [lab.phone("1001").leg!, lab.phone("1002").leg!];
  first.remoteAnswers();
  second.remoteAnswers();
  await patient.talksTo("1001");
  t.equal(second.state, "ended");
  await patient.hangsUp();
  await lab.passes(1000);
  t.equal(first.state, "ended");
  t.equal(lab.openCalls, 0);
});

t.test("A02 V01: with one phone, callers are served in order of priority, then of arrival", async (t) => {
  const lab = await centre(["1001"]);
  const first = lab.call("1", { from: "first" });
  await lab.phone("1001").answers();
  await first.talksTo("1001");
  const second = lab.call("1", { from: "second" });
  await lab.passes(2000);
  const vip = lab.call("2", { from: "vip" });
  await lab.passes(2000);
  t.equal(lab.phone("1001").leg?.state, "answered", "nobody rings a phone that talks");
  for (const next of [vip, second]) {
    await lab.phone("1001").hangsUp();
    await lab.phone("1001").answers();
    await next.talksTo("1001");
  }
  t.same(
    (await lab.journal("acd.served")).map((entry) => entry.subject.id.split("-").at(-1)),
    ["1", "3", "2"],
  );
});

t.test("a caller who waits and hangs up is out of the line at once", async (t) => {
  const lab = await centre(["1001"]);
  const first = lab.call("1");
  await lab.phone("1001").answers();
  await first.talksTo("1001");
  const impatient = lab.call("1");
  const patient = lab.call("1");
  await impatient.hears("acd/transfer");
  await lab.passes(3000);
  await impatient.hangsUp();
  await lab.phone("1001").hangsUp();
  await lab.phone("1001").answers();
  await patient.talksTo("1001");
  t.equal((await lab.journal("acd.abandoned")).length, 1);
});

t.test("a caller who hangs up while phones ring ends every attempt in the same step", async (t) => {
  const lab = await centre();
  const patient = lab.call("1");
  await lab.phone("1001").rings();
  await lab.phone("1002").rings();
  await patient.hangsUp();
  t.same([lab.phone("1001").leg, lab.phone("1002").leg], [undefined, undefined]);
  await lab.passes(1000);
  t.equal(lab.openCalls, 0);
  t.equal(lab.clock.pending, 0);
});

t.test("nobody there is said; nobody free within the limit too", async (t) => {
  const lab = await centre([]);
  const patient = lab.call("1");
  await patient.hears("acd/nobody-there", "front/after");
  const busy = await centre(["1001"]);
  const first = busy.call("1");
  await busy.phone("1001").answers();
  await first.talksTo("1001");
  const second = busy.call("1");
  await second.hears("acd/please-wait");
  await busy.passes(60_000);
  await second.hears("acd/timeout");
  t.match(await busy.journal("acd.given-up"), [{ data: { outcome: "timeout" } }]);
});
