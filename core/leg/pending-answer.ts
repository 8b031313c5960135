import type { LegError } from "./error.js";

/** What `Leg.answer` promises, and its handles; the first one used counts. */
export class PendingAnswer {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: LegError) => void;

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Nobody need wait for it: a rejection that is not looked at is no fault of the process.
    this.promise.catch(() => undefined);
  }
}
