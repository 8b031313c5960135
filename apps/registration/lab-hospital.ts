// The hospital that registration's tests call, and a patient who books there.
import type { LedgerEntry } from "../billing/collections.js";
import { balances, ledger } from "../billing/collections.js";
import { auditLedger } from "../billing/audit.js";
import billingPlugin from "../billing/plugin.js";
import ivr from "../ivr/plugin.js";
import acd from "../acd/plugin.js";
import { createLab, type Lab, type LabOptions, type LabPatient } from "../../core/sdk/testing/index.js";
import { auditBookings } from "./audit.js";
import { appointments, sessions } from "./collections.js";
import registration from "./plugin.js";

const PERIODS = [
  { id: "morning", starts: "08:00", ends: "12:00", capacity: 2 },
  { id: "afternoon", starts: "14:00", ends: "17:00", capacity: 1 },
];
export const SEED = {
  billing: {
    cards: [
      { card: "10000001", pin: "1234", name: "Li", balanceFen: 10_000 },
      { card: "10000003", pin: "3456", name: "Zhou", balanceFen: 300 },
    ],
  },
  registration: {
    periods: PERIODS,
    departments: [
      { id: "internal", prompt: "registration/department-internal", doctors: [{ id: "wang", prompt: "registration/doctor-wang" }, { id: "li", prompt: "registration/doctor-li" }] },
      { id: "surgery", prompt: "registration/department-surgery", doctors: [{ id: "zhang", prompt: "registration/doctor-zhang" }] },
    ],
  },
};
export const CONFIG = { ivr: { numbers: ["95001", "95002"] }, acd: { queues: { operators: { members: ["1001", "1002"] } } } };

/** Registration waits for midnight. */
export const TIMERS_AT_REST = 1;

/** Two numbers in a morning, one in an afternoon. `registration` is its section of the config. */
export const hospital = (options: Pick<LabOptions, "after" | "utcMs"> & { readonly registration?: Readonly<Record<string, unknown>> } = {}): Promise<Lab> => {
  const { registration: section = {}, ...more } = options;
  const plugins = [registration, billingPlugin, ivr, acd];
  return createLab({ plugins, config: { ...CONFIG, registration: section }, seed: SEED, languages: { "95001": "zh-CN", "95002": "en" }, phones: ["1001", "1002"], ...more });
};

export const booked = (lab: Lab) => lab.store.range(appointments, lab.hospital.id, { limit: 1000 });

export async function audit(lab: Lab, noShowRefund = true): Promise<readonly string[]> {
  const entries: readonly LedgerEntry[] = await lab.store.range(ledger, lab.hospital.id, { limit: 1000 });
  const books = { appointments: await booked(lab), sessions: await lab.store.range(sessions, lab.hospital.id, { limit: 1000 }), ledger: entries, journal: await lab.journal(), capacity: 2, noShowRefund };
  return [...auditLedger(entries, await lab.store.range(balances, lab.hospital.id, { limit: 1000 })), ...auditBookings(books)];
}

/** What a patient hears and keys, question by question. */
export const STEPS = [
  ["ivr/welcome", ""],
  ["registration/main-menu", "1"],
  ["registration/menu", "1"],
  ["registration/ask-card", "10000001#"],
  ["registration/ask-pin", "1234#"],
  ["registration/ask-department", "1"],
  ["registration/ask-doctor", "1"],
  ["registration/ask-day", "1"],
  ["registration/ask-period", "1"],
  ["registration/ask-confirm", "1"],
] as const;

export async function walk(patient: LabPatient, steps: readonly (readonly [string, string])[] = STEPS): Promise<void> {
  for (const [prompt, keys] of steps) {
    await patient.hears(prompt);
    await patient.presses(keys);
  }
}
