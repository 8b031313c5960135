// What many seeds together did: a simulation in which nothing succeeds would prove nothing.
import { BOUNDARY_KINDS } from "./boundaries.js";
import type { WorldReport } from "./world.js";

type Kept = Pick<WorldReport, "seed" | "violations" | "faults" | "killedAt" | "restarted" | "boundaries" | "booked" | "cancelled" | "answered" | "agentsReached" | "deskCalls" | "outsideCalls" | "packets">;

export class Summary {
  readonly #reports: Kept[] = [];

  add(report: WorldReport): void {
    this.#reports.push(report);
  }

  get seeds(): number {
    return this.#reports.length;
  }

  sum(count: (report: Kept) => number): number {
    return this.#reports.reduce((total, report) => total + count(report), 0);
  }

  /** How often the server was killed at that kind of boundary. */
  kills(kind: (typeof BOUNDARY_KINDS)[number]): number {
    return this.#reports.filter(({ killedAt }) => killedAt?.kind === kind).length;
  }

  lines(): readonly string[] {
    const failed = this.#reports.filter(({ violations, faults }) => violations.length + faults.length > 0);
    const restarts = this.#reports.filter(({ restarted }) => restarted !== undefined);
    return [
      `${this.seeds} seeds, ${failed.length} failed${failed.length === 0 ? "" : `: ${failed.map(({ seed }) => seed).join(", ")}`}`,
      `killed in ${this.#reports.filter(({ killedAt }) => killedAt !== undefined).length}, restarted in the middle of ${restarts.reduce((calls, { restarted }) => calls + restarted!.length, 0)} calls in ${restarts.length}`,
      ...BOUNDARY_KINDS.map((kind) => `  ${kind}: ${this.sum((report) => report.boundaries.get(kind)!)} crossed, killed at ${this.kills(kind)}`),
      `${this.sum((report) => report.answered)} callers answered, ${this.sum((report) => report.booked)} numbers booked, ${this.sum((report) => report.cancelled)} of them cancelled`,
      `${this.sum((report) => report.agentsReached)} times a phone answered, ${this.sum((report) => report.deskCalls)} calls of phones answered, ${this.sum((report) => report.outsideCalls)} of them outside, ${this.sum((report) => report.packets)} packets`,
    ];
  }
}
