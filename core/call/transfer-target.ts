import type { CallRoute } from "./call-manager.js";
import type { LiveCall } from "./live-call.js";
import type { TransferTarget } from "./transferring.js";

/** What a number is to a caller who is put through to it: people who ring, or a handler that serves the call from here on. */
export const transferTarget = (call: LiveCall, number: string, { reaches, handler }: CallRoute): TransferTarget =>
  reaches === undefined ? { kind: "service", serve: () => call.serveBy(number, handler) } : { kind: "party", targets: reaches };
