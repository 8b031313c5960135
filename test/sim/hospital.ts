// The hospital of the simulations: small, so that callers meet at the last number.
import { parseConfig } from "../../core/config/config.js";
import type { Config } from "../../core/config/schema.js";
import { definePlugin, type AnyPlugin, type PluginContext, type PluginStore } from "../../core/sdk/index.js";
import type { PromptLibrary } from "../../core/prompts/prompt-library.js";
import { loadAllPrompts } from "../../apps/server/prompts.js";
import acd from "../../apps/acd/plugin.js";
import { createBilling } from "../../apps/billing/billing.js";
import type { Billing } from "../../apps/billing/service.js";
import { LEDGER_RULES, type LedgerRule } from "../../apps/billing/ledger.js";
import ivr from "../../apps/ivr/plugin.js";
import registration, { createRegistration } from "../../apps/registration/plugin.js";
import { RELEASE_RULES, type ReleaseRule } from "../../apps/registration/release.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";

export const HOSPITAL = "sim";
export const SERVER: Endpoint = { address: "192.0.2.1", port: 5060 };
/** Numbers of each doctor's period. */
export const CAPACITY = 1;

export const config: Config = parseConfig({
  file: "sim.yaml",
  environment: {},
  text: `
sip: { listen: "192.0.2.1:5060" }
rtp: { address: 192.0.2.1, portMin: 20000, portMax: 20099 }
hospital: { id: sim, name: Simulated, timeZone: Asia/Shanghai, currency: CNY, numbers: [{ number: "95001", language: zh-CN }, { number: "95002", language: en }] }
trunks: [{ name: carrier, sources: [198.51.100.1], address: "198.51.100.1:5060" }]
outgoing: [{ trunks: [carrier] }]
phones: [{ extension: "1001", password: secret-1001 }, { extension: "1002", password: secret-1002 }, { extension: "1003", password: secret-1003 }, { extension: "1004", password: secret-1004 }]
plugins:
  ivr: { numbers: ["95001", "95002"] }
  registration: {}
  billing: {}
  acd: { queues: { operators: { members: ["1001", "1002"], ringMs: 5000, waitMsMax: 10000 } } }
`,
});

export const seedData = {
  registration: {
    periods: [
      { id: "morning", starts: "08:00", ends: "12:00", capacity: CAPACITY },
      { id: "afternoon", starts: "14:00", ends: "17:00", capacity: CAPACITY },
    ],
    departments: ["internal", "surgery"].map((id) => ({ id, prompt: `registration/department-${id}`, doctors: [{ id: `${id}-wang`, prompt: "registration/doctor-wang" }] })),
  },
  billing: {
    cards: [
      { card: "10000001", pin: "1234", name: "A", balanceFen: 10_000 },
      { card: "10000002", pin: "2345", name: "B", balanceFen: 20_000 },
      { card: "10000003", pin: "3456", name: "C", balanceFen: 300 },
    ],
  },
};

export interface Mutation {
  readonly rules?: readonly LedgerRule[];
  /** The fee is taken in a transaction of its own instead of the booking's. */
  readonly feeApart?: boolean;
  readonly releaseRules?: readonly ReleaseRule[];
  /** The refund is posted in a transaction of its own instead of the cancelling's. */
  readonly refundApart?: boolean;
}

/** The shipped plugins. Of registration's commits one in five is done although its answer is lost: what was asked must be asked again. */
export function plugins(mutation: Mutation = {}): readonly AnyPlugin[] {
  let lost = 0;
  const loseAnswers = (store: PluginStore): PluginStore => ({
    ...store,
    transact: async (body) => {
      const result = await store.transact(body);
      if (++lost % 5 === 0) throw new Error("the answer of the store was lost");
      return result;
    },
  });
  const billing = definePlugin({
    name: "billing",
    sdk: 1,
    setup: (context) => createBilling(apart(context, mutation), mutation.rules ?? LEDGER_RULES),
  });
  // Seeding comes first and is not asked again, so the answers are lost to bookings only.
  const shipped = createRegistration(mutation.releaseRules ?? RELEASE_RULES);
  const flaky: AnyPlugin = { ...shipped, setup: (context) => shipped.setup({ ...(context as Parameters<typeof shipped.setup>[0]), store: loseAnswers(context.store), onSeed: (fill) => context.onSeed(async (part) => fill(part).catch(() => fill(part))) }) };
  return [ivr, flaky, billing, acd];
}

/** Billing with a movement of money in a transaction of its own. */
function apart(context: PluginContext<unknown>, { feeApart = false, refundApart = false }: Mutation): PluginContext<unknown> {
  const publish: typeof context.services.publish = (token, implementation) => {
    const service = implementation as unknown as Billing;
    const charge: Billing["charge"] = (tx, given) => (feeApart ? context.store.transact((own) => service.charge(own, given)) : service.charge(tx, given));
    const refund: Billing["refund"] = (tx, given) => (refundApart ? context.store.transact((own) => service.refund(own, given)) : service.refund(tx, given));
    context.services.publish(token, { ...service, charge, refund } as typeof implementation);
  };
  return { ...context, services: { ...context.services, publish } };
}

export const loadPrompts = (): Promise<PromptLibrary> => loadAllPrompts([ivr as AnyPlugin, registration as AnyPlugin, acd as AnyPlugin], undefined);
