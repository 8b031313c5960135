// Proves that a request is from the phone that it says: the one check that calls and registrations share.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { AuthVerdict } from "../../protocol/sip/auth/authenticator.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { FailureLimit } from "./failure-limit.js";

/** What the gate needs of `Authenticator`. */
export interface DigestVerifier {
  verify(request: SipRequest): AuthVerdict;
}

export type SecurityObservation =
  /** Counted: digest that was there and wrong. `username` is what was claimed. */
  | { readonly type: "security.failed"; readonly method: string; readonly address: string; readonly username: string | undefined }
  /** Too many failures from this address: its requests are not looked at for a while. Told once each time, not for each of them. */
  | { readonly type: "security.blocked"; readonly method: string; readonly address: string };

export type GateVerdict =
  | { readonly kind: "phone"; readonly extension: string }
  /** 401. */
  | { readonly kind: "challenge"; readonly challenges: readonly string[] }
  /** 403: the same, after the same work, for a wrong password as for an extension that is not there. */
  | { readonly kind: "forbidden" }
  /** Not looked at. */
  | { readonly kind: "blocked" };

export interface PhoneGateOptions {
  readonly verifier: DigestVerifier;
  readonly limit: FailureLimit;
  /** Whether a phone has registered from exactly here: it is never locked out by what others behind its address do. */
  readonly isRegistered: (source: Endpoint) => boolean;
  readonly observe?: (observation: SecurityObservation) => void;
}

export class PhoneGate {
  readonly #options: PhoneGateOptions;
  #turnedAway = 0;

  constructor(options: PhoneGateOptions) {
    this.#options = options;
  }

  /** Requests that were not looked at, for /metrics. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  check(request: SipRequest, source: Endpoint): GateVerdict {
    const { limit, observe } = this.#options;
    const { method } = request;
    const { address } = source;
    if (limit.isBlocked(address) && !this.#options.isRegistered(source)) {
      this.#turnedAway += 1;
      return { kind: "blocked" };
    }
    const verdict = this.#options.verifier.verify(request);
    if (verdict.kind === "ok") return { kind: "phone", extension: verdict.username };
    // A nonce that ran out is no failure, and no credentials are no attempt.
    if (verdict.why === "absent" || verdict.why === "stale") return { kind: "challenge", challenges: verdict.challenges };
    observe?.({ type: "security.failed", method, address, username: verdict.username });
    if (limit.countFailure(address)) observe?.({ type: "security.blocked", method, address });
    return verdict.why === "wrong" ? { kind: "forbidden" } : { kind: "challenge", challenges: verdict.challenges };
  }
}
