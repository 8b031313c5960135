// Who may place a call or register: the policy that the signalling plane asks. Implemented by registrar and trunks.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { PartyAddress } from "./session.js";

/** Who sent a call: a trunk's name or a phone's extension. */
export interface Origin {
  readonly kind: "trunk" | "phone";
  readonly name: string;
}

export interface Accepted {
  readonly kind: "accept";
  readonly origin: Origin;
  /** Who calls, where the door knows it better than From. */
  readonly caller?: PartyAddress;
  /** Answers challenges to what we send in the dialog. */
  readonly account?: DigestAccount;
}

export type Admission =
  | Accepted
  /** 401; `challenges` are the values of WWW-Authenticate in order, as `Authenticator.challenge` makes them. */
  | { readonly kind: "challenge"; readonly challenges: readonly string[] }
  /** A final answer, 300-699; the usual phrase where `reason` is absent. */
  | { readonly kind: "reject"; readonly status: number; readonly reason?: string }
  /** No answer at all, for sources that get no oracle. */
  | { readonly kind: "drop" };

/** Decides about each INVITE outside of a dialog, before call control hears of it. A door that throws is a 500. */
export interface Door {
  admit(request: SipRequest, source: Endpoint): Admission;
}

export interface RegisterAnswer {
  /** 200-699. */
  readonly status: number;
  readonly reason?: string;
  /** What the answer carries besides Via, From, To, Call-ID and CSeq: Contact, Date, Min-Expires, WWW-Authenticate. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Answers REGISTER, authentication included. A promise lets a binding be durable before the phone is told; rejecting is a 500. */
export interface RegisterHandler {
  register(request: SipRequest, source: Endpoint): RegisterAnswer | Promise<RegisterAnswer>;
}
