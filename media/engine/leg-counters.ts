import type { LegCounters } from "./command.js";

export const NO_COUNTERS: LegCounters = { received: 0, sent: 0, lost: 0, late: 0, duplicate: 0, overflow: 0, malformed: 0, foreign: 0, unexpectedType: 0, jitterMs: 0 };

/** Sums, and the worse of the two jitters. */
export const addCounters = (a: LegCounters, b: LegCounters): LegCounters => ({
  received: a.received + b.received,
  sent: a.sent + b.sent,
  lost: a.lost + b.lost,
  late: a.late + b.late,
  duplicate: a.duplicate + b.duplicate,
  overflow: a.overflow + b.overflow,
  malformed: a.malformed + b.malformed,
  foreign: a.foreign + b.foreign,
  unexpectedType: a.unexpectedType + b.unexpectedType,
  jitterMs: Math.max(a.jitterMs, b.jitterMs),
});
