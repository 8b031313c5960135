// REGISTER on the wire as a client: RFC 3261 section 10.2, one Call-ID and a growing CSeq for the life of the process.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createRequest } from "../../protocol/sip/message/build.js";
import { readExpires } from "../../protocol/sip/message/headers.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import { readNameAddr, type NameAddr } from "../../protocol/sip/message/name-addr.js";
import { describeRefusal, type ExchangeOptions } from "../signaling/exchange.js";
import type { RegisterResult } from "./registration.js";

/** What is needed of `SipSignaling`. */
export interface RegisterSignaling {
  exchange(options: Omit<ExchangeOptions, "layer">): void;
  contact(to: Endpoint, line: ContactLine): string;
}

/** The user part and the `line` parameter of our Contact. */
export interface ContactLine {
  readonly user: string;
  readonly line: string;
}

export interface RegisterClientOptions {
  readonly signaling: RegisterSignaling;
  readonly random: Random;
  readonly registrar: Endpoint;
  /** The registrar's name: the Request-URI and the host of the address-of-record. */
  readonly domain: string;
  readonly account: DigestAccount;
  readonly contact: ContactLine;
}

const TOKEN_LENGTH = 20;

export class RegisterClient {
  readonly #options: RegisterClientOptions;
  readonly #credentials: DigestClient;
  readonly #callId: string;
  readonly #tag: string;
  #sequence = 0;

  constructor(options: RegisterClientOptions) {
    this.#options = options;
    this.#credentials = new DigestClient(options.account);
    this.#callId = randomToken(options.random, TOKEN_LENGTH);
    this.#tag = randomToken(options.random, TOKEN_LENGTH);
  }

  /** @param expiresS 0 takes the binding back */
  send(expiresS: number, done: (result: RegisterResult) => void): void {
    const { signaling, registrar } = this.#options;
    signaling.exchange({
      to: () => registrar,
      credentials: this.#credentials,
      make: () => this.#request(expiresS),
      onSent: (_request, transaction) => {
        if (transaction === undefined) done({ kind: "refused", status: 503, why: "too much goes on here to register" });
      },
      onResponse: (response, refusal) => {
        if (response.status < 200) return;
        done(refusal === undefined ? this.#read(response, expiresS) : { kind: "refused", status: response.status, why: describeRefusal(refusal) });
      },
      onTimeout: () => done({ kind: "silent" }),
    });
  }

  #request(expiresS: number): SipRequest {
    const { signaling, registrar, domain, account, contact } = this.#options;
    const record = `<sip:${encodeURIComponent(account.username)}@${domain}>`;
    this.#sequence += 1;
    return createRequest({
      method: "REGISTER",
      uri: `sip:${domain}`,
      from: `${record};tag=${this.#tag}`,
      to: record,
      callId: this.#callId,
      sequence: this.#sequence,
      contact: signaling.contact(registrar, contact),
      extra: [["Expires", String(expiresS)]],
    });
  }

  #read(response: SipResponse, askedS: number): RegisterResult {
    const { status, headers } = response;
    if (status < 300) return this.#readBindings(response, askedS);
    if (status === 423) return { kind: "too-brief", minExpiresS: headers.has("min-expires") ? readExpires(headers.get("min-expires")!) : 0 };
    const { retryAfterS } = headers;
    return { kind: "refused", status, why: `the registrar says ${status} ${response.reason}`, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  }

  /** Section 10.2.4: "the expires parameter of our Contact" counts, not what was asked for; a registrar that lists nothing grants its Expires, or what was asked. */
  #readBindings({ headers }: SipResponse, askedS: number): RegisterResult {
    const granted = headers.expires ?? askedS;
    if (askedS === 0) return { kind: "granted", expiresS: 0 };
    const { contacts } = headers;
    const ours = contacts.find((contact) => this.#hasLine(contact)) ?? contacts.find((contact) => this.#isOurs(contact));
    if (ours === undefined && contacts.length > 0) return { kind: "refused", status: 200, why: "the registrar took the registration and does not list our contact" };
    const own = ours?.params.get("expires");
    const expiresS = own === undefined ? granted : readExpires(own);
    return expiresS > 0 ? { kind: "granted", expiresS } : { kind: "refused", status: 200, why: "the registrar grants no time" };
  }

  /** A registrar behind NAT may rewrite the address. */
  #hasLine({ uri }: NameAddr): boolean {
    return uri?.params.get("line") === this.#options.contact.line;
  }

  /** Others keep no parameters: their calls are known by where they come from. */
  #isOurs({ uri }: NameAddr): boolean {
    const { signaling, registrar, contact } = this.#options;
    const own = readNameAddr(signaling.contact(registrar, contact))?.uri;
    return uri !== undefined && own !== undefined && uri.user === own.user && uri.host === own.host && (uri.port ?? 5060) === (own.port ?? 5060);
  }
}
