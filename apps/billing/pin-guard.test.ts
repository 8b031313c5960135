import t from "tap";
import { definePlugin } from "../../core/sdk/index.js";
import { createLab, type Lab } from "../../core/sdk/testing/index.js";
import { attempts } from "./collections.js";
import plugin from "./plugin.js";
import { billing, type Billing } from "./service.js";

const LOCK_MS = 15 * 60_000;
const CARD = "10000001";
const NOBODY = "99999999";

async function rig(after?: Lab) {
  let service!: Billing;
  const till = definePlugin({ name: "till", sdk: 1, requires: ["billing"], setup: (context) => void (service = context.services.use(billing)) });
  const seed = { billing: { cards: [{ card: CARD, pin: "1234", name: "Li", balanceFen: 0 }] } };
  const lab = await createLab({ plugins: [till, plugin], seed, ...(after === undefined ? {} : { after }) });
  const tries = async (card: string, ...pins: readonly string[]): Promise<readonly string[]> => {
    const outcomes: string[] = [];
    for (const pin of pins) {
      const outcome = await service.authenticate(card, pin);
      outcomes.push(typeof outcome === "object" ? "right" : outcome);
    }
    return outcomes;
  };
  return { lab, service, tries };
}

for (const card of [CARD, NOBODY])
  t.test(`R06: three wrong PINs lock ${card === CARD ? "a card" : "an unknown card number alike"} for 15 minutes`, async (t) => {
    const { lab, tries } = await rig();
    const right = card === CARD ? "right" : "refused";
    t.same(await tries(card, "0000", "0001", "0002"), ["refused", "refused", "locked"]);
    t.same(await tries(card, "1234"), ["locked"], "to the right PIN too");
    await lab.passes(LOCK_MS - 1);
    t.same(await tries(card, "1234", "0003"), ["locked", "locked"]);
    await lab.passes(1);
    t.same(await tries(card, "1234"), [right], "what was tried meanwhile did not make it longer");
    t.match(await lab.journal("billing.locked"), [{ subject: { kind: "card", id: card }, data: { forMs: LOCK_MS } }]);
    t.notMatch(JSON.stringify(await lab.journal()), /"000\d"|"1234"/, "no PIN in the journal");
  });

t.test("R06: what is counted", async (t) => {
  const { lab, tries } = await rig();
  t.same(await tries(CARD, "0000", "0000", "1234", "0000", "0000", "1234"), ["refused", "refused", "right", "refused", "refused", "right"], "a right PIN begins anew");
  t.same(await tries(CARD, "0000", "0000"), ["refused", "refused"]);
  await lab.passes(LOCK_MS);
  t.same(await tries(CARD, "0000", "0000"), ["refused", "refused"], "after 15 minutes wrong PINs are forgotten");
  t.same(await tries(NOBODY, "0000"), ["refused"], "each number for itself");
  t.same(await tries(CARD, "0000"), ["locked"]);
});

t.test("R06: PINs tried at once by many calls: no more than three are judged", async (t) => {
  const { service } = await rig();
  const outcomes = await Promise.all(["0000", "0001", "0002", "0003", "1234"].map((pin) => service.authenticate(CARD, pin)));
  t.same(outcomes, ["refused", "refused", "locked", "locked", "locked"]);
});

t.test("R06: a lock survives a kill", async (t) => {
  const first = await rig();
  t.same(await first.tries(CARD, "0000", "0000", "0000"), ["refused", "refused", "locked"]);
  const second = await rig(first.lab);
  t.same(await second.tries(CARD, "1234"), ["locked"]);
  await second.lab.passes(LOCK_MS);
  t.same(await second.tries(CARD, "1234"), ["right"]);
});

t.test("R06: no more than 1000 numbers are counted; a lock is dropped last, what is over first", async (t) => {
  const { lab, tries } = await rig();
  const count = async (): Promise<number> => (await lab.store.range(attempts, lab.hospital.id, { limit: 1000 })).length;
  await tries(CARD, "0000", "0000", "0000");
  for (let i = 0; i < 1100; i++) await tries(String(20_000_000 + i), "0000");
  t.equal(await count(), 1000);
  t.same(await tries(CARD, "1234"), ["locked"], "flooding opens no lock");
  await lab.passes(LOCK_MS);
  await tries(NOBODY, "0000");
  t.equal(await count(), 1);
});
