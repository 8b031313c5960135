import t from "tap";
import { NonInviteServerTransaction, type NonInviteServerState } from "./non-invite-server.js";
import { sampleRequest, sampleResponse, TransactionRig } from "./rig.js";

const OPTIONS = sampleRequest("OPTIONS");

type Step = "again" | number;

function create(reliable = false): { rig: TransactionRig; tx: NonInviteServerTransaction; take: (step: Step) => void } {
  const rig = new TransactionRig(reliable);
  const tx = new NonInviteServerTransaction(OPTIONS, rig.port);
  return { rig, tx, take: (step) => (step === "again" ? tx.receive(OPTIONS) : tx.respond(sampleResponse(OPTIONS, step))) };
}

const ROWS: readonly { path: readonly Step[]; from: NonInviteServerState; input: Step; to: NonInviteServerState; log: readonly string[]; ignored?: number }[] = [
  { path: [], from: "trying", input: "again", to: "trying", log: [] },
  { path: [], from: "trying", input: 100, to: "proceeding", log: ["send 100"] },
  { path: [], from: "trying", input: 200, to: "completed", log: ["send 200"] },
  { path: [100], from: "proceeding", input: "again", to: "proceeding", log: ["send 100"] },
  { path: [100], from: "proceeding", input: 182, to: "proceeding", log: ["send 182"] },
  { path: [100], from: "proceeding", input: 404, to: "completed", log: ["send 404"] },
  { path: [200], from: "completed", input: "again", to: "completed", log: ["send 200"] },
  { path: [200], from: "completed", input: 500, to: "completed", log: [], ignored: 1 },
];

for (const row of ROWS) {
  t.test(`RFC 3261 17.2.2: non-INVITE server, ${row.from}, ${row.input} -> ${row.to}`, async (t) => {
    const { rig, tx, take } = create();
    row.path.forEach(take);
    t.equal(tx.state, row.from);
    rig.log.length = 0;
    take(row.input);
    t.same({ state: tx.state, log: rig.log, ignored: rig.ignored }, { state: row.to, log: row.log, ignored: row.ignored ?? 0 });
  });
}

for (const { reliable, endMs } of [{ reliable: false, endMs: 32_000 }, { reliable: true, endMs: 0 }]) {
  t.test(`RFC 3261 17.2.2 timer J: ${endMs} ms, reliable=${reliable}`, async (t) => {
    const { rig, tx, take } = create(reliable);
    take(200);
    if (endMs > 0) rig.clock.advanceMs(endMs - 1);
    t.equal(tx.state, "completed");
    rig.clock.advanceMs(1);
    t.same([tx.state, rig.clock.pending, rig.terminated], ["terminated", 0, 1]);
  });
}
