import t from "tap";
import { LEDGER_RULES } from "../../apps/billing/ledger.js";
import { RELEASE_RULES } from "../../apps/registration/release.js";
import type { KillPoint } from "./boundaries.js";
import { config, loadPrompts, plugins, seedData, type Mutation } from "./hospital.js";
import { runWorld } from "./world.js";

const SEEDS_MAX = 100;

interface Case {
  readonly taken: string;
  readonly mutation: Mutation;
  readonly fault: RegExp;
}

const RULES: readonly Case[] = [
  ...LEDGER_RULES.map((rule) => ({
    taken: `the ledger's rule "${rule.id}"`,
    mutation: { rules: LEDGER_RULES.filter((other) => other !== rule) },
    fault: { once: /its postings sum to/, covered: /below zero/, "double-entry": /instead of 0/, carried: /its postings sum to/ }[rule.id]!,
  })),
  ...RELEASE_RULES.map((rule) => ({
    taken: `the release's rule "${rule.id}"`,
    mutation: { releaseRules: RELEASE_RULES.filter((other) => other !== rule) },
    fault: { once: /registration.cancelled .* 2 times/, frees: /nobody holds it/, refunds: /went back 0 times instead of 1/ }[rule.id]!,
  })),
];
const ONE_TRANSACTION: readonly Case[] = [
  { taken: "the one transaction of fee and appointment", mutation: { feeApart: true }, fault: /without an appointment/ },
  { taken: "the one transaction of refund and cancelling", mutation: { refundApart: true }, fault: /\(booked\) went back 1 times/ },
];

const prompts = loadPrompts();
const run = async (seed: number, mutation: Mutation, killPoint?: KillPoint | "none") =>
  runWorld({ seed, config, plugins: plugins(mutation), seedData, prompts: await prompts, ...(killPoint === undefined ? {} : { killPoint }) });

t.test("taking away any one rule about money makes a seed fail", { timeout: 900_000 }, async (t) => {
  for (const { taken, mutation, fault } of RULES) {
    let found: string | undefined;
    let seed = 0;
    while (found === undefined && seed < SEEDS_MAX) found = (await run(++seed, mutation)).violations.find((violation) => fault.test(violation));
    t.ok(found, `without ${taken}, seed ${seed} fails: ${found ?? "no seed noticed"}`);
  }
});

// A seed's one kill seldom falls between two commits; here each place between two is tried.
t.test("a kill behind every commit of one seed: whole as shipped, broken without one transaction for what belongs together", { timeout: 900_000 }, async (t) => {
  const seed = await firstSeedThatCancels();
  const commitsOf = async (mutation: Mutation): Promise<number> => (await run(seed, mutation, "none")).boundaries.get("store.synced")!;
  const killed = async (mutation: Mutation, nth: number): Promise<readonly string[]> => (await run(seed, mutation, { kind: "store.synced", nth })).violations;
  const shipped = await commitsOf({});
  for (let nth = 1; nth <= shipped; nth++) t.same(await killed({}, nth), [], `seed ${seed}, killed behind commit ${nth}`);
  for (const { taken, mutation, fault } of ONE_TRANSACTION) {
    const commits = await commitsOf(mutation);
    let found: string | undefined;
    for (let nth = 1; nth <= commits && found === undefined; nth++) found = (await killed(mutation, nth)).find((violation) => fault.test(violation));
    t.ok(found, `seed ${seed} fails without ${taken}: ${found ?? "no kill noticed"}`);
  }
});

async function firstSeedThatCancels(): Promise<number> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { booked, cancelled } = await run(seed, {}, "none");
    if (booked >= 2 && cancelled >= 1) return seed;
  }
  throw new Error(`no seed up to ${SEEDS_MAX} books two numbers and gives one back`);
}
