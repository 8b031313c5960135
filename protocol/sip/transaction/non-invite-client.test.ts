import t from "tap";
import { NonInviteClientTransaction, type NonInviteClientState } from "./non-invite-client.js";
import { sampleRequest, sampleResponse, TransactionRig } from "./rig.js";

const BYE = sampleRequest("BYE");

function create(reliable = false): { rig: TransactionRig; tx: NonInviteClientTransaction } {
  const rig = new TransactionRig(reliable);
  const tx = new NonInviteClientTransaction(BYE, rig.port, rig.user);
  tx.start();
  return { rig, tx };
}

const ROWS: readonly { path: readonly number[]; from: NonInviteClientState; input: number; to: NonInviteClientState; log: readonly string[] }[] = [
  { path: [], from: "trying", input: 100, to: "proceeding", log: ["tu 100"] },
  { path: [], from: "trying", input: 200, to: "completed", log: ["tu 200"] },
  { path: [], from: "trying", input: 481, to: "completed", log: ["tu 481"] },
  { path: [100], from: "proceeding", input: 182, to: "proceeding", log: ["tu 182"] },
  { path: [100], from: "proceeding", input: 200, to: "completed", log: ["tu 200"] },
  { path: [100], from: "proceeding", input: 503, to: "completed", log: ["tu 503"] },
  { path: [200], from: "completed", input: 200, to: "completed", log: [] },
  { path: [200], from: "completed", input: 100, to: "completed", log: [] },
];

for (const row of ROWS) {
  t.test(`RFC 3261 17.1.2.2: non-INVITE client, ${row.from}, ${row.input} -> ${row.to}`, async (t) => {
    const { rig, tx } = create();
    for (const status of row.path) tx.receive(sampleResponse(BYE, status));
    t.equal(tx.state, row.from);
    rig.log.length = 0;
    tx.receive(sampleResponse(BYE, row.input));
    t.same({ state: tx.state, log: rig.log, ignored: rig.ignored }, { state: row.to, log: row.log, ignored: 0 });
  });
}

const SERIES: readonly { rfc: string; reliable: boolean; provisionalAtMs?: number; finalAtMs?: number; sentAtMs: readonly number[]; endMs: number; timeout: boolean }[] = [
  { rfc: "17.1.2.2 timers E and F", reliable: false, sentAtMs: [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], endMs: 32_000, timeout: true },
  { rfc: "17.1.2.2 timer F alone", reliable: true, sentAtMs: [0], endMs: 32_000, timeout: true },
  { rfc: "17.1.2.2 E runs on in proceeding, then every T2; F counts from the start", reliable: false, provisionalAtMs: 700, sentAtMs: [0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500], endMs: 32_000, timeout: true },
  { rfc: "17.1.2.2 timer K", reliable: false, finalAtMs: 100, sentAtMs: [0], endMs: 5100, timeout: false },
  { rfc: "17.1.2.2 timer K is zero", reliable: true, finalAtMs: 100, sentAtMs: [0], endMs: 100, timeout: false },
];

for (const row of SERIES) {
  t.test(`RFC 3261 ${row.rfc}: non-INVITE client, reliable=${row.reliable}`, async (t) => {
    const { rig, tx } = create(row.reliable);
    if (row.provisionalAtMs !== undefined) rig.clock.after(row.provisionalAtMs, () => tx.receive(sampleResponse(BYE, 100)));
    if (row.finalAtMs !== undefined) rig.clock.after(row.finalAtMs, () => tx.receive(sampleResponse(BYE, 200)));
    rig.clock.advanceMs(row.endMs - 1);
    t.not(tx.state, "terminated");
    rig.clock.advanceMs(1);
    t.same({ state: tx.state, pending: rig.clock.pending, terminated: rig.terminated, sentAtMs: rig.sentAtMs, timeout: rig.log.includes("timeout") }, { state: "terminated", pending: 0, terminated: 1, sentAtMs: row.sentAtMs, timeout: row.timeout });
  });
}
