// The numbers of the parts that every server has.
import type { CallCounters } from "../call/call-manager.js";
import type { JournalCounters } from "../journal/journal.js";
import type { StoreCounters } from "../store/collection-store.js";
import type { MetricSource } from "./metrics.js";

type Read<T> = () => T;

export const callMetrics = (read: Read<CallCounters>): MetricSource => ({
  part: "calls",
  gauges: { open: "Calls that go on now." },
  counters: {
    started: "Calls that were taken.",
    ended: "Calls that are over.",
    failed: "Calls whose handler failed; the caller was led to the operators.",
    refused: "Calls that were refused: no such number, full, or stopping.",
  },
  read,
});

export const storeMetrics = (read: Read<StoreCounters>): MetricSource => ({
  part: "store",
  counters: { commits: "Transactions that wrote.", conflicts: "Transaction bodies that had to run again." },
  read,
});

export const journalMetrics = (read: Read<JournalCounters>): MetricSource => ({
  part: "journal",
  gauges: { waiting: "Entries that wait to be written." },
  counters: { appended: "Entries written.", dropped: "Entries lost because they came faster than the store takes them.", newer: "Readings of entries that a later release wrote, in a shape unknown here." },
  read,
});
