// A job that runs once a day of the hospital's calendar, on one node, also where the server was down when the day began.
// Who runs it holds a lease, and each lease has a number above all before it, a fencing token: a run that was slower than its
// lease, or is left over from a plugin that was closed, fails at its next transaction instead of doing things beside its
// successor.
import { z } from "zod";
import type { DailyRun, PluginContext, PluginTransaction } from "../sdk/plugin.js";
import type { CollectionDefinition } from "../store/store.js";
import { JobError } from "./error.js";

const jobSchema = z.object({
  name: z.string(),
  /** Of the last lease. */
  token: z.int().min(1),
  /** The node whose lease it is. */
  holder: z.string(),
  leaseUntilUtcMs: z.number(),
  /** The last day for which it ran to its end. */
  doneDay: z.string().optional(),
});
export type JobRow = z.infer<typeof jobSchema>;

export const jobs: CollectionDefinition<JobRow> = { name: "core-job", version: 1, schema: jobSchema, key: (row) => [row.name], indexes: {} };

export interface DailyJobOptions {
  /** With its plugin in front: `registration/no-shows`. */
  readonly name: string;
  readonly node: string;
  readonly store: PluginContext<unknown>["store"];
  readonly clock: PluginContext<unknown>["clock"];
  run(job: DailyRun): Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/** Renewed by every transaction of the run. */
const LEASE_MS = 60_000;
/** After a failure, or while another node has it. */
const RETRY_MS = 60_000;
/** The calendar is looked at again at least so often: a clock may be set, a day may have 23 hours. */
const SLEEP_MS_MAX = 3_600_000;

type Claim = { readonly kind: "done" | "taken" } | { readonly kind: "claimed"; readonly token: number };

export class DailyJob {
  readonly #options: DailyJobOptions;
  readonly #closing = new AbortController();

  constructor(options: DailyJobOptions) {
    this.#options = options;
    void this.#live();
  }

  /** A run that goes on fails at its next transaction. */
  close(): void {
    this.#closing.abort(new JobError("JOB_CLOSED", this.#options.name, "its plugin was closed"));
  }

  async #live(): Promise<void> {
    const { clock, onFault } = this.#options;
    const { signal } = this.#closing;
    for (let waitMs = 0; !signal.aborted; ) {
      try {
        await clock.sleep(waitMs, signal);
        waitMs = (await this.#turn(clock.today())) ? untilMidnightMs(clock.timeOfDay()) : RETRY_MS;
      } catch (error) {
        waitMs = RETRY_MS;
        if (!signal.aborted) onFault(error);
      }
    }
  }

  /** True where nothing is left to do for the day. */
  async #turn(day: string): Promise<boolean> {
    const { store, run } = this.#options;
    const claim = await store.transact((tx) => this.#claim(tx, day));
    if (claim.kind !== "claimed") return claim.kind === "done";
    const { signal } = this.#closing;
    const hold = async (tx: PluginTransaction): Promise<void> => void (await this.#hold(tx, claim.token));
    await run({ day, signal, hold });
    await store.transact(async (tx) => tx.put(jobs, { ...(await this.#hold(tx, claim.token)), leaseUntilUtcMs: 0, doneDay: day }));
    return true;
  }

  /** A node has its store to itself: a lease of its own that still runs is one that it was killed with. */
  async #claim(tx: PluginTransaction, day: string): Promise<Claim> {
    const { name, node, clock } = this.#options;
    const known = await tx.get(jobs, [name]);
    if (known?.doneDay !== undefined && known.doneDay >= day) return { kind: "done" };
    if (known !== undefined && known.holder !== node && known.leaseUntilUtcMs > clock.now()) return { kind: "taken" };
    const token = (known?.token ?? 0) + 1;
    tx.put(jobs, { ...known, name, token, holder: node, leaseUntilUtcMs: clock.now() + LEASE_MS });
    return { kind: "claimed", token };
  }

  async #hold(tx: PluginTransaction, token: number): Promise<JobRow> {
    const { name, clock } = this.#options;
    this.#closing.signal.throwIfAborted();
    const known = await tx.get(jobs, [name]);
    if (known?.token !== token) throw new JobError("JOB_LOST", name, "another run has taken it over");
    const held = { ...known, leaseUntilUtcMs: clock.now() + LEASE_MS };
    tx.put(jobs, held);
    return held;
  }
}

/** @param timeOfDay `HH:MM`, so it is late by less than a minute. */
function untilMidnightMs(timeOfDay: string): number {
  const [hours, minutes] = timeOfDay.split(":").map(Number) as [number, number];
  return Math.min((24 * 60 - hours * 60 - minutes) * 60_000, SLEEP_MS_MAX);
}
