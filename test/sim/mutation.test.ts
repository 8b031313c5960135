import t from "tap";
import { LEDGER_RULES } from "../../apps/billing/ledger.js";
import type { KillPoint } from "./boundaries.js";
import { config, loadPrompts, plugins, seedData, type Mutation } from "./hospital.js";
import { runWorld } from "./world.js";

const SEEDS_MAX = 100;

interface Case {
  readonly taken: string;
  readonly mutation: Mutation;
  readonly fault: RegExp;
}

const RULES: readonly Case[] = LEDGER_RULES.map((rule) => ({
  taken: `the ledger's rule "${rule.id}"`,
  mutation: { rules: LEDGER_RULES.filter((other) => other !== rule) },
  fault: { once: /its postings sum to/, covered: /below zero/, "double-entry": /instead of 0/, carried: /its postings sum to/ }[rule.id]!,
}));
const ONE_TRANSACTION: Case = { taken: "the one transaction of fee and appointment", mutation: { feeApart: true }, fault: /without an appointment/ };

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
t.test("a kill behind every commit of one seed: whole with the one transaction of fee and appointment, broken without it", { timeout: 900_000 }, async (t) => {
  const seed = await firstSeedThatBooks();
  for (const { title, mutation, breaks } of [
    { title: "as shipped", mutation: {}, breaks: false },
    { title: `without ${ONE_TRANSACTION.taken}`, mutation: ONE_TRANSACTION.mutation, breaks: true },
  ]) {
    const commits = (await run(seed, mutation, "none")).boundaries.get("store.synced")!;
    const violations: string[] = [];
    for (let nth = 1; nth <= commits; nth++) violations.push(...(await run(seed, mutation, { kind: "store.synced", nth })).violations);
    if (breaks) t.match(violations.join("; "), ONE_TRANSACTION.fault, `seed ${seed}, ${commits} kills ${title}`);
    else t.same(violations, [], `seed ${seed}, ${commits} kills ${title}`);
  }
});

async function firstSeedThatBooks(): Promise<number> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) if ((await run(seed, {}, "none")).booked >= 2) return seed;
  throw new Error(`no seed up to ${SEEDS_MAX} books two numbers`);
}
