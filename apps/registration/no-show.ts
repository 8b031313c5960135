// Who did not come: at the end of its day an appointment that nobody marked as attended is released.
import type { DailyRun, PluginContext } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";
import { appointments } from "./collections.js";
import { commit } from "./commit.js";
import { release, type ReleaseRule } from "./release.js";

export interface NoShows {
  readonly context: Pick<PluginContext<unknown>, "store" | "clock" | "log">;
  readonly billing: Billing | undefined;
  readonly rules: readonly ReleaseRule[];
  /** Whether the hospital gives the fee back to who did not come. */
  readonly noShowRefund: boolean;
}

const AT_ONCE = 100;

/** Releases what was booked for days before `job.day`, each in a transaction of its own. Killed and run again, it goes on where it was. */
export async function releaseNoShows({ context, billing, rules, noShowRefund }: NoShows, job: DailyRun): Promise<void> {
  const { store, log } = context;
  for (let after: readonly string[] = []; ; ) {
    const page = await store.range(appointments, { index: "waiting", limit: AT_ONCE, ...(after.length === 0 ? {} : { after }) });
    for (const { id, day } of page) {
      if (day >= job.day) return;
      const request = { appointment: id, becomes: "no-show", actor: { kind: "plugin", id: "registration" }, refund: noShowRefund } as const;
      const outcome = await commit(context, async (tx) => {
        await job.hold(tx);
        return release(request, { tx, billing }, rules);
      });
      if (outcome.kind === "kept") log.warn({ appointment: id }, "a no-show was not released: it is held no more, or its fee can't go back");
      after = [day, id];
    }
    if (page.length < AT_ONCE) return;
  }
}
