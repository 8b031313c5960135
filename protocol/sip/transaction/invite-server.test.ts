import t from "tap";
import type { SipRequest } from "../message/message.js";
import { InviteServerTransaction, type InviteServerState } from "./invite-server.js";
import { sampleRequest, sampleResponse, TransactionRig } from "./rig.js";

const INVITE = sampleRequest("INVITE");
const ACK = sampleRequest("ACK");

type Step = "INVITE" | "ACK" | "drop" | number;

function create(reliable = false): { rig: TransactionRig; tx: InviteServerTransaction; take: (step: Step) => void } {
  const rig = new TransactionRig(reliable);
  const tx = new InviteServerTransaction(INVITE, rig.port, { onAck: (ack: SipRequest) => void rig.log.push(`tu ${ack.method}`), onAckMissing: () => void rig.log.push("failed") });
  const take = (step: Step): void => {
    if (typeof step === "number") tx.respond(sampleResponse(INVITE, step));
    else if (step === "drop") tx.drop();
    else tx.receive(step === "ACK" ? ACK : INVITE);
  };
  return { rig, tx, take };
}

const ROWS: readonly { rfc: string; path: readonly Step[]; from: InviteServerState; input: Step; to: InviteServerState; log: readonly string[]; ignored?: number }[] = [
  { rfc: "3261 17.2.1: nothing to repeat yet", path: [], from: "proceeding", input: "INVITE", to: "proceeding", log: [] },
  { rfc: "3261 17.2.1: the last provisional again", path: [100, 180], from: "proceeding", input: "INVITE", to: "proceeding", log: ["send 180"] },
  { rfc: "3261 17.2.1", path: [100], from: "proceeding", input: 183, to: "proceeding", log: ["send 183"] },
  { rfc: "6026 7.1", path: [180], from: "proceeding", input: 200, to: "accepted", log: ["send 200"] },
  { rfc: "3261 17.2.1", path: [180], from: "proceeding", input: 486, to: "completed", log: ["send 486"] },
  { rfc: "3261 17.2.1: an ACK of nothing", path: [], from: "proceeding", input: "ACK", to: "proceeding", log: [], ignored: 1 },
  { rfc: "3261 17.2.1: no answer at all", path: [], from: "proceeding", input: "drop", to: "terminated", log: [] },
  { rfc: "6026 7.1: absorbed, the 2xx is the TU's to repeat", path: [200], from: "accepted", input: "INVITE", to: "accepted", log: [] },
  { rfc: "6026 7.1", path: [200], from: "accepted", input: "ACK", to: "accepted", log: ["tu ACK"] },
  { rfc: "6026 7.1", path: [200], from: "accepted", input: 200, to: "accepted", log: ["send 200"] },
  { rfc: "6026 7.1: a second verdict", path: [200], from: "accepted", input: 486, to: "accepted", log: [], ignored: 1 },
  { rfc: "3261 17.2.1", path: [486], from: "completed", input: "INVITE", to: "completed", log: ["send 486"] },
  { rfc: "3261 17.2.1", path: [486], from: "completed", input: "ACK", to: "confirmed", log: [] },
  { rfc: "3261 17.2.1: a second verdict", path: [486], from: "completed", input: 200, to: "completed", log: [], ignored: 1 },
  { rfc: "3261 17.2.1", path: [486, "ACK"], from: "confirmed", input: "ACK", to: "confirmed", log: [] },
  { rfc: "3261 17.2.1", path: [486, "ACK"], from: "confirmed", input: "INVITE", to: "confirmed", log: [] },
];

for (const row of ROWS) {
  t.test(`RFC ${row.rfc}: INVITE server, ${row.from}, ${row.input} -> ${row.to}`, async (t) => {
    const { rig, tx, take } = create();
    row.path.forEach(take);
    t.equal(tx.state, row.from);
    rig.log.length = 0;
    take(row.input);
    t.same({ state: tx.state, log: rig.log, ignored: rig.ignored }, { state: row.to, log: row.log, ignored: row.ignored ?? 0 });
  });
}

const SERIES: readonly { rfc: string; reliable: boolean; answer: number; ackAtMs?: number; sentAtMs: readonly number[]; endMs: number; log: readonly string[] }[] = [
  { rfc: "3261 17.2.1 timers G and H", reliable: false, answer: 486, sentAtMs: [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], endMs: 32_000, log: ["failed"] },
  { rfc: "3261 17.2.1 timer H alone", reliable: true, answer: 486, sentAtMs: [0], endMs: 32_000, log: ["failed"] },
  { rfc: "3261 17.2.1 ACK stops G and H, timer I", reliable: false, answer: 486, ackAtMs: 600, sentAtMs: [0, 500], endMs: 5600, log: [] },
  { rfc: "3261 17.2.1 timer I is zero", reliable: true, answer: 486, ackAtMs: 600, sentAtMs: [0], endMs: 600, log: [] },
  { rfc: "6026 7.1 timer L", reliable: false, answer: 200, sentAtMs: [0], endMs: 32_000, log: [] },
  { rfc: "6026 7.1 timer L, reliable, whatever ACK comes", reliable: true, answer: 200, ackAtMs: 600, sentAtMs: [0], endMs: 32_000, log: ["tu ACK"] },
];

for (const row of SERIES) {
  t.test(`RFC ${row.rfc}: INVITE server, reliable=${row.reliable}`, async (t) => {
    const { rig, tx, take } = create(row.reliable);
    take(row.answer);
    if (row.ackAtMs !== undefined) rig.clock.after(row.ackAtMs, () => take("ACK"));
    rig.clock.advanceMs(row.endMs - 1);
    t.not(tx.state, "terminated");
    rig.clock.advanceMs(1);
    t.same({ state: tx.state, pending: rig.clock.pending, terminated: rig.terminated, sentAtMs: rig.sentAtMs }, { state: "terminated", pending: 0, terminated: 1, sentAtMs: row.sentAtMs });
    t.same(rig.log.filter((entry) => !entry.startsWith("send")), row.log);
  });
}

t.test("a stack taken down leaves no timer and hears nothing more", async (t) => {
  const { rig, tx, take } = create();
  take(486);
  tx.close();
  t.equal(rig.clock.pending, 0);
  take("ACK");
  t.same([tx.state, rig.clock.pending], ["completed", 0]);
});
