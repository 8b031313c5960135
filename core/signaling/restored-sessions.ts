// The sessions and transactions that another process wrote down, made to go on.
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { clientKey } from "../../protocol/sip/transaction/match.js";
import { readSavedRequest, type SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { IncomingCall } from "./incoming-call.js";
import { OutgoingCall } from "./outgoing-call.js";
import type { SessionPort } from "./session-port.js";
import type { SignalingState } from "./session-state.js";

/** What another process's signalling had, and how long ago. */
export interface SignalingPast {
  readonly state: SignalingState;
  readonly elapsedMs: number;
}

/** Of a request whose answer changes nothing. */
const NOBODY = { onResponse: (): void => undefined, onTimeout: (): void => undefined };

/** Servers' transactions come first: sessions go on with them. Of the clients' the INVITEs have a session; of the rest nobody waits for the answer. */
export function restoreSessions(port: SessionPort, { state, elapsedMs }: SignalingPast, accountOf: ((username: string) => DigestAccount | undefined) | undefined): readonly (IncomingCall | OutgoingCall)[] {
  const invites = new Map<string, SavedTransaction>();
  for (const saved of state.transactions) {
    if (saved.kind === "server") port.layer.restoreServer(saved, elapsedMs);
    else if (saved.request.startsWith("INVITE ")) invites.set(keyOf(saved.request), saved);
    else port.layer.restoreClient(saved, elapsedMs, NOBODY);
  }
  const sessions = state.sessions.map((saved) => {
    const account = saved.account === undefined ? undefined : accountOf?.(saved.account);
    if (saved.direction === "incoming") return IncomingCall.restore(port, saved, { elapsedMs, account });
    const key = keyOf(saved.invite);
    const transaction = invites.get(key);
    invites.delete(key);
    return OutgoingCall.restore(port, saved, { elapsedMs, account, transaction });
  });
  for (const saved of invites.values()) {
    const { to, from, callId } = readSavedRequest(saved).headers;
    // Inside of a dialog: an offer of ours.
    if (to.tag === undefined) OutgoingCall.restoreAbandoned(port, saved, elapsedMs);
    else sessions.find((session) => session.callId === callId && session.localTag === from.tag)?.restoreOffer(saved, elapsedMs);
  }
  return sessions;
}

function keyOf(request: string): string {
  const { headers, method } = readSavedRequest({ request });
  return clientKey(headers.topVia.branch ?? "", method);
}
