import type { RtpReceiver } from "../session/rtp-receiver.js";
import type { LegCounters } from "./command.js";
import type { Hearing } from "./hearing.js";

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

/** @param sent packets */
export function countersOf(receiver: RtpReceiver, { jitter, codec }: Hearing, sent: number): LegCounters {
  const { received, malformed, foreign, unexpectedType } = receiver.counters;
  const { late, duplicate, overflow } = jitter.counters;
  const { lost, duplicates, jitterUnits } = receiver.sequence;
  return { received, sent, lost, late, duplicate: duplicates + duplicate, overflow, malformed, foreign, unexpectedType, jitterMs: (jitterUnits * 1000) / codec.format.clockRateHz };
}
