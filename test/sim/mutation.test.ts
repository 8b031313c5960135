import t from "tap";
import { LEDGER_RULES } from "../../apps/billing/ledger.js";
import { config, loadPrompts, plugins, seedData, type Mutation } from "./hospital.js";
import { runWorld } from "./world.js";

/** The search ends at the first seed that notices; a kill right between two commits is rare, and moves with every timer in the server. */
const SEEDS_MAX = 500;

const MUTATIONS: readonly { readonly taken: string; readonly mutation: Mutation; readonly fault: RegExp }[] = [
  ...LEDGER_RULES.map((rule) => ({
    taken: `the ledger's rule "${rule.id}"`,
    mutation: { rules: LEDGER_RULES.filter((other) => other !== rule) },
    fault: { once: /its postings sum to/, covered: /below zero/, "double-entry": /instead of 0/, carried: /its postings sum to/ }[rule.id]!,
  })),
  { taken: "the one transaction of fee and appointment", mutation: { feeApart: true }, fault: /without an appointment/ },
];

t.test("taking away any one rule about money makes a seed fail", { timeout: 900_000 }, async (t) => {
  const prompts = await loadPrompts();
  for (const { taken, mutation, fault } of MUTATIONS) {
    let found: string | undefined;
    let seed = 0;
    while (found === undefined && seed < SEEDS_MAX) {
      seed += 1;
      const { violations } = await runWorld({ seed, config, plugins: plugins(mutation), seedData, prompts });
      found = violations.find((violation) => fault.test(violation));
    }
    t.ok(found, `without ${taken}, seed ${seed} fails: ${found ?? "no seed noticed"}`);
  }
});
