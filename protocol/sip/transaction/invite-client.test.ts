import t from "tap";
import { InviteClientTransaction, INVITE_CLIENT, type InviteClientState } from "./invite-client.js";
import { sampleRequest, sampleResponse, TransactionRig } from "./rig.js";

const INVITE = sampleRequest("INVITE");

function create(reliable = false): { rig: TransactionRig; tx: InviteClientTransaction } {
  const rig = new TransactionRig(reliable);
  const tx = new InviteClientTransaction(INVITE, rig.port, rig.user);
  tx.start();
  return { rig, tx };
}

/** Responses that lead to a state, and what each further message then does: next state and what happened. */
const ROWS: readonly { rfc: string; path: readonly number[]; from: InviteClientState; input: number | "cancelled"; to: InviteClientState; log: readonly string[]; ignored?: number }[] = [
  { rfc: "17.1.1.2", path: [], from: "calling", input: 100, to: "proceeding", log: ["tu 100"] },
  { rfc: "17.1.1.2", path: [], from: "calling", input: 183, to: "proceeding", log: ["tu 183"] },
  { rfc: "6026 7.2", path: [], from: "calling", input: 200, to: "accepted", log: ["tu 200"] },
  { rfc: "17.1.1.2", path: [], from: "calling", input: 302, to: "completed", log: ["send ACK", "tu 302"] },
  { rfc: "17.1.1.2", path: [], from: "calling", input: 603, to: "completed", log: ["send ACK", "tu 603"] },
  { rfc: "9.1: nothing to give up before a provisional response", path: [], from: "calling", input: "cancelled", to: "calling", log: [], ignored: 1 },
  { rfc: "17.1.1.2", path: [100], from: "proceeding", input: 180, to: "proceeding", log: ["tu 180"] },
  { rfc: "6026 7.2", path: [180], from: "proceeding", input: 299, to: "accepted", log: ["tu 299"] },
  { rfc: "17.1.1.2", path: [180], from: "proceeding", input: 486, to: "completed", log: ["send ACK", "tu 486"] },
  { rfc: "9.1", path: [180], from: "proceeding", input: "cancelled", to: "proceeding", log: [] },
  { rfc: "17.1.1.2: the ACK again, the TU hears nothing", path: [486], from: "completed", input: 486, to: "completed", log: ["send ACK"] },
  { rfc: "17.1.1.2: late", path: [486], from: "completed", input: 180, to: "completed", log: [] },
  { rfc: "17.1.1.2: two finals", path: [486], from: "completed", input: 200, to: "completed", log: [], ignored: 1 },
  { rfc: "6026 7.2: each 2xx to the TU", path: [200], from: "accepted", input: 200, to: "accepted", log: ["tu 200"] },
  { rfc: "6026 7.2: late", path: [200], from: "accepted", input: 180, to: "accepted", log: [] },
  { rfc: "6026 7.2: a rejection after a 2xx", path: [200], from: "accepted", input: 486, to: "accepted", log: [], ignored: 1 },
];

for (const row of ROWS) {
  t.test(`RFC ${row.rfc.startsWith("6026") ? "" : "3261 "}${row.rfc}: INVITE client, ${row.from}, ${row.input} -> ${row.to}`, async (t) => {
    const { rig, tx } = create();
    for (const status of row.path) tx.receive(sampleResponse(INVITE, status));
    t.equal(tx.state, row.from);
    rig.log.length = 0;
    if (row.input === "cancelled") tx.cancelled();
    else tx.receive(sampleResponse(INVITE, row.input));
    t.same({ state: tx.state, log: rig.log, ignored: rig.ignored }, { state: row.to, log: row.log, ignored: row.ignored ?? 0 });
  });
}

const SERIES: readonly { rfc: string; reliable: boolean; path: readonly (number | "cancelled")[]; sentAtMs: readonly number[]; endMs: number; log: readonly string[] }[] = [
  { rfc: "17.1.1.2 timers A and B", reliable: false, path: [], sentAtMs: [0, 500, 1500, 3500, 7500, 15500, 31500], endMs: 32_000, log: ["timeout"] },
  { rfc: "17.1.1.2 timer B alone", reliable: true, path: [], sentAtMs: [0], endMs: 32_000, log: ["timeout"] },
  { rfc: "17.1.1.2 timer D", reliable: false, path: [486], sentAtMs: [0, 0], endMs: 32_000, log: [] },
  { rfc: "17.1.1.2 timer D is zero", reliable: true, path: [486], sentAtMs: [0, 0], endMs: 0, log: [] },
  { rfc: "6026 7.2 timer M", reliable: false, path: [100, 200], sentAtMs: [0], endMs: 32_000, log: [] },
  { rfc: "6026 7.2 timer M, reliable", reliable: true, path: [200], sentAtMs: [0], endMs: 32_000, log: [] },
  { rfc: "9.1 64*T1 after CANCEL", reliable: false, path: [180, "cancelled"], sentAtMs: [0], endMs: 32_000, log: ["timeout"] },
];

for (const row of SERIES) {
  t.test(`RFC ${row.rfc}: INVITE client, reliable=${row.reliable}`, async (t) => {
    const { rig, tx } = create(row.reliable);
    for (const step of row.path) {
      if (step === "cancelled") tx.cancelled();
      else tx.receive(sampleResponse(INVITE, step));
    }
    rig.log.length = 0;
    if (row.endMs > 0) {
      rig.clock.advanceMs(row.endMs - 1);
      t.not(tx.state, "terminated");
    }
    rig.clock.advanceMs(1);
    t.same({ state: tx.state, pending: rig.clock.pending, terminated: rig.terminated, sentAtMs: rig.sentAtMs }, { state: "terminated", pending: 0, terminated: 1, sentAtMs: row.sentAtMs });
    t.same(rig.log.filter((entry) => !entry.startsWith("send")), row.log);
  });
}

t.test("RFC 3261 17.1.1.2: proceeding has no timer of its own", async (t) => {
  const { rig, tx } = create();
  rig.clock.advanceMs(600);
  tx.receive(sampleResponse(INVITE, 100));
  t.equal(rig.clock.pending, 0);
  rig.clock.advanceMs(600_000);
  t.same([tx.state, rig.sentAtMs], ["proceeding", [0, 500]]);
});

t.test("RFC 3261 17.1.1.3: the ACK of a rejection", async (t) => {
  const { rig, tx } = create();
  const busy = sampleResponse(INVITE, 486);
  tx.receive(busy);
  const ack = rig.sent[1]!;
  t.equal(ack.kind === "request" && ack.rawUri, INVITE.rawUri);
  t.same(ack.headers.getAll("via"), INVITE.headers.getAll("via"));
  t.same([ack.headers.get("from"), ack.headers.callId, ack.headers.get("route")], [INVITE.headers.get("from"), INVITE.headers.callId, INVITE.headers.get("route")]);
  t.same([ack.headers.get("to"), ack.headers.get("cseq"), ack.body.length], [busy.headers.get("to"), "314159 ACK", 0]);
});

t.test("RFC 3261 17.1.1: the last state knows no event", async (t) => {
  t.same(INVITE_CLIENT.terminated, {});
  const { rig, tx } = create();
  rig.clock.advanceMs(32_000);
  tx.receive(sampleResponse(INVITE, 200));
  t.same([tx.state, rig.ignored, rig.clock.pending], ["terminated", 1, 0]);
});

t.test("what a TU does inside of a callback waits for its turn", async (t) => {
  const rig = new TransactionRig();
  const order: string[] = [];
  const tx: InviteClientTransaction = new InviteClientTransaction(INVITE, rig.port, {
    onResponse: (response) => {
      order.push(`${response.status} ${tx.state}`);
      if (response.status === 180) {
        tx.receive(sampleResponse(INVITE, 200));
        order.push(`still ${tx.state}`);
      }
    },
    onTimeout: () => undefined,
  });
  tx.start();
  tx.receive(sampleResponse(INVITE, 180));
  t.same(order, ["180 proceeding", "still proceeding", "200 accepted"]);
});
