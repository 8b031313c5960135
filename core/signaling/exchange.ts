// A request of ours until its final answer, digest included: a 401 or 407 that can be answered is, under a higher CSeq
// (RFC 3261 section 22.2).
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { AnsweredChallenges, DigestClient, DigestRefusal } from "../../protocol/sip/auth/digest-client.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import type { ClientTransaction, TransactionLayer } from "../../protocol/sip/transaction/layer.js";
import type { SavedTransaction } from "../../protocol/sip/transaction/saved.js";

export interface ExchangeOptions {
  readonly layer: TransactionLayer;
  readonly to: () => Endpoint;
  /** Undefined: a challenge is a refusal like any other. */
  readonly credentials: DigestClient | undefined;
  /** The request of the next try: the same but for its CSeq. Credentials are added to it. */
  readonly make: () => SipRequest;
  /** Provisional and final; of a challenge only the one that is not answered, with the reason where there were credentials. */
  readonly onResponse: (response: SipResponse, refusal?: DigestRefusal) => void;
  readonly onTimeout: () => void;
  /** Before the request's transaction tells anything. Undefined: nothing could be sent, too much goes on, and nothing more is told. */
  readonly onSent?: (request: SipRequest, transaction: ClientTransaction | undefined) => void;
  /** Asked before a challenge is answered; false where the request was given up meanwhile. */
  readonly isWanted?: () => boolean;
  /** The first try goes on in place of being sent: another process sent it. */
  readonly restored?: { readonly transaction: SavedTransaction; readonly elapsedMs: number } | undefined;
}

/** Never throws. */
export function exchange(options: ExchangeOptions): void {
  const { credentials } = options;
  const answered: AnsweredChallenges = new Set();
  const send = (): void => {
    const request = options.make();
    credentials?.authorize(request);
    const transaction = options.layer.request(request, options.to(), { onResponse: receive, onTimeout: options.onTimeout });
    options.onSent?.(request, transaction);
  };
  const receive = (response: SipResponse): void => {
    if (credentials === undefined || (response.status !== 401 && response.status !== 407) || options.isWanted?.() === false) return options.onResponse(response);
    const refusal = credentials.take(response, answered);
    if (refusal === undefined) send();
    else options.onResponse(response, refusal);
  };
  const { restored } = options;
  if (restored === undefined) return send();
  const transaction = options.layer.restoreClient(restored.transaction, restored.elapsedMs, { onResponse: receive, onTimeout: options.onTimeout });
  options.onSent?.(transaction.request, transaction);
}

const REFUSALS: { readonly [R in DigestRefusal]?: string } = {
  "auth.wrong": "the name or password was refused",
  "auth.algorithm": "the digest algorithm asked for is none of ours (MD5, SHA-256)",
  "auth.qop": "the digest protection asked for is not ours (auth)",
  "auth.realm": "credentials were asked for another realm",
  "auth.absent": "credentials were asked for without a challenge",
};

/** One sentence for the log; without anything secret. */
export const describeRefusal = (refusal: DigestRefusal): string => REFUSALS[refusal] ?? `the challenge could not be read (${refusal})`;
