// A transaction written down, so that another process goes on with it: plain data, messages as text (../message/message-text.ts).
import type { Endpoint } from "../../base/endpoint.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import { readMessageText } from "../message/message-text.js";
import type { MachineState } from "./machine.js";

export interface SavedTransaction {
  readonly kind: "client" | "server";
  readonly request: string;
  /** Where its messages go. `first`: a client's that was not sent by TCP as it should have been. */
  readonly way: { readonly to: Endpoint; readonly first?: Endpoint };
  readonly machine: MachineState;
  /** What the next retransmission waits for, where there is one. */
  readonly intervalMs?: number;
  /** A server's last. */
  readonly response?: string;
}

/** @throws where it is none: what was written down is ours and has been checked */
export function readSavedRequest({ request }: Pick<SavedTransaction, "request">): SipRequest {
  const message = readMessageText(request);
  if (message?.kind !== "request") throw new Error("a saved transaction has no request");
  return message;
}

export function readSavedResponse({ response }: SavedTransaction): SipResponse | undefined {
  const message = response === undefined ? undefined : readMessageText(response);
  return message?.kind === "response" ? message : undefined;
}
