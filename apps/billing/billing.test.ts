import t from "tap";
import { createLab } from "../../core/sdk/testing/index.js";
import { definePlugin, type PluginContext } from "../../core/sdk/index.js";
import { auditLedger } from "./audit.js";
import { balances, ledger } from "./collections.js";
import plugin from "./plugin.js";
import { billing, type Billing } from "./service.js";

const CARDS = [
  { card: "10000001", pin: "1234", name: "Li", balanceFen: 1000 },
  { card: "10000002", pin: "2345", name: "Wang", balanceFen: 0, vip: true, phone: "13800000002" },
];

async function rig() {
  let context!: PluginContext<unknown>;
  let service!: Billing;
  const till = definePlugin({
    name: "till",
    sdk: 1,
    requires: ["billing"],
    setup: (given) => {
      context = given;
      service = given.services.use(billing);
    },
  });
  const lab = await createLab({ plugins: [till, plugin], seed: { billing: { cards: CARDS } } });
  const charge = (key: string, fen = 500) =>
    context.store.transact((tx) => service.charge(tx, { card: "10000001", fen, purpose: "registration", idempotencyKey: key, subject: { kind: "appointment", id: key } }));
  const refund = (charged: string) => context.store.transact((tx) => service.refund(tx, { charge: charged, actor: { kind: "patient", id: "10000001" } }));
  const audit = async () => auditLedger(await context.store.range(ledger, { limit: 1000 }), await context.store.range(balances, { limit: 1000 }));
  return { lab, service, charge, refund, audit };
}

t.test("B12: a card pays once for each idempotency key, and never more than it holds", async (t) => {
  const { service, charge, audit, lab } = await rig();
  t.match(await charge("a"), { kind: "charged", ledgerId: "a", balanceFen: 500 });
  t.match(await charge("a"), { kind: "charged", ledgerId: "a", balanceFen: 500 }, "again under the same key: the first outcome");
  t.match(await charge("b", 501), { kind: "insufficient", balanceFen: 500 });
  t.match(await charge("c"), { kind: "charged", balanceFen: 0 });
  t.match(await charge("d", 1), { kind: "insufficient", balanceFen: 0 });
  t.equal(await service.balanceFen("10000001"), 0);
  t.same(await audit(), []);
  t.equal((await lab.journal("billing.charged")).length, 2, "the journal tells of each charge once");
});

t.test("two charges at once, only one of which is covered", async (t) => {
  const { charge, audit } = await rig();
  const outcomes = await Promise.all([charge("a", 600), charge("b", 600)]);
  t.same(outcomes.map((outcome) => outcome.kind).sort(), ["charged", "insufficient"]);
  t.same(await audit(), []);
});

t.test("R09: a charge goes back whole and once, by a movement of its own", async (t) => {
  const { lab, service, charge, refund, audit } = await rig();
  await charge("a", 300);
  t.same(await refund("a"), { kind: "refunded", ledgerId: "refund-a", balanceFen: 1000 });
  t.same(await refund("a"), { kind: "refunded", ledgerId: "refund-a", balanceFen: 1000 }, "again: the first outcome");
  t.same(await refund("b"), { kind: "unknown" });
  t.same(await refund("opening-10000001"), { kind: "unknown" }, "money put on a card is no charge");
  t.same(await refund("refund-a"), { kind: "unknown" }, "nor is a refund");
  t.equal(await service.balanceFen("10000001"), 1000);
  t.match(await lab.journal("billing.refunded"), [{ actor: { kind: "patient" }, data: { charge: "a", fen: 300 } }]);
  t.same(await audit(), []);
});

t.test("R06: right PIN, wrong PIN, unknown card", async (t) => {
  const { service } = await rig();
  t.same(await service.authenticate("10000001", "1234"), { card: "10000001", vip: false });
  t.same(await service.authenticate("10000002", "2345"), { card: "10000002", vip: true });
  t.equal(await service.authenticate("10000001", "1235"), "refused");
  t.equal(await service.authenticate("99999999", "1234"), "refused");
  t.equal(await service.balanceFen("99999999"), undefined);
});

t.test("GET /cards/:card gives the balance, not the name, PIN or phone", async (t) => {
  const { lab } = await rig();
  t.same(await lab.request("GET", "/cards/:card", { params: { card: "10000001" } }), { card: "10000001", vip: false, balance: { amount: 1000, currency: "CNY" } });
  await t.rejects(lab.request("GET", "/cards/:card", { params: { card: "99999999" } }), { status: 404, code: "BILLING_CARD_UNKNOWN" });
});

t.test("the auditor finds each kind of broken book", async (t) => {
  const entry = (id: string, postings: { account: string; fen: number }[]) => ({ id, utcMs: 0, purpose: "x", subject: { kind: "x", id }, postings });
  const rows = [
    { entries: [entry("a", [{ account: "cash", fen: -5 }])], balances: [{ account: "cash", fen: -5 }], fault: /sums to -5/ },
    { entries: [], balances: [{ account: "cash", fen: 5 }], fault: /holds 5 fen, its postings sum to 0/ },
    { entries: [entry("a", [{ account: "card:1", fen: -5 }, { account: "cash", fen: 5 }])], balances: [{ account: "card:1", fen: -5 }, { account: "cash", fen: 5 }], fault: /below zero/ },
  ];
  for (const row of rows) t.match(auditLedger(row.entries, row.balances), [row.fault]);
});
