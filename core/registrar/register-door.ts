// REGISTER on the wire: RFC 3261 section 10.3, from the request to the answer's header fields.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { readExpires } from "../../protocol/sip/message/headers.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { NameAddr } from "../../protocol/sip/message/name-addr.js";
import { parseUri, sameUri } from "../../protocol/sip/message/uri.js";
import type { GateVerdict } from "../security/phone-gate.js";
import type { RegisterAnswer, RegisterHandler } from "../signaling/door.js";
import type { ContactUpdate, RegisterRequest } from "./binding.js";
import type { RegisteredContact, RegisterOutcome } from "./registrar.js";

export interface RegisterDoorOptions {
  readonly clock: Clock;
  /** What is needed of `PhoneGate` and `Registrar`. */
  readonly gate: { check(request: SipRequest, source: Endpoint): GateVerdict };
  readonly registrar: { register(request: RegisterRequest): Promise<RegisterOutcome> };
}

export class RegisterDoor implements RegisterHandler {
  readonly #options: RegisterDoorOptions;

  constructor(options: RegisterDoorOptions) {
    this.#options = options;
  }

  async register(request: SipRequest, source: Endpoint): Promise<RegisterAnswer> {
    const verdict = this.#options.gate.check(request, source);
    if (verdict.kind === "challenge") return { status: 401, headers: verdict.challenges.map((challenge) => ["WWW-Authenticate", challenge] as const) };
    // Blocked or wrong, known or not: one answer, so that it tells nothing.
    if (verdict.kind !== "phone" || request.headers.to.uri?.user !== verdict.extension) return { status: 403, headers: [] };
    const update = readRegister(request, { extension: verdict.extension, source });
    if (typeof update === "string") return { status: 400, reason: update, headers: [] };
    return this.#answer(await this.#options.registrar.register(update));
  }

  #answer(outcome: RegisterOutcome): RegisterAnswer {
    switch (outcome.status) {
      case 200:
        return { status: 200, headers: [...outcome.contacts.map(formatContact), ["Date", new Date(this.#options.clock.utcMs()).toUTCString()]] };
      case 423:
        return { status: 423, headers: [["Min-Expires", String(outcome.minExpiresS)]] };
      default:
        return { status: outcome.status, reason: outcome.reason, headers: [] };
    }
  }
}

/** The request as data, or the phrase of the 400. */
export function readRegister(request: SipRequest, from: { readonly extension: string; readonly source: Endpoint }): RegisterRequest | string {
  const { headers } = request;
  const common = { ...from, callId: headers.callId, cseq: headers.cseq.sequence };
  const values = headers.getAll("contact");
  if (values.includes("*")) {
    // "The request must not have any other Contact, and an expiration of zero, or the server answers 400" (section 10.3, step 6).
    return values.length === 1 && headers.expires === 0 ? { ...common, contacts: "all" } : "Invalid Contact Wildcard";
  }
  const contacts = headers.contacts;
  if (values.length > 0 && contacts.length === 0) return "Malformed Contact";
  if (contacts.some((contact) => contact.uri === undefined)) return "Contact Is Not A SIP URI";
  return { ...common, contacts: contacts.map((contact) => readContact(contact, headers.expires)) };
}

/** Equality of contacts (section 19.1.4) as the registrar needs it: of URIs as text. */
export function sameContactUri(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [parseUri(a), parseUri(b)];
  return first !== undefined && second !== undefined && sameUri(first, second);
}

function readContact(contact: NameAddr, expiresS: number | undefined): ContactUpdate {
  const own = contact.params.get("expires");
  return { uri: contact.rawUri, qMilli: readQ(contact.params.get("q")), expiresS: own === undefined ? expiresS : readExpires(own) };
}

/** `qvalue` of section 25.1 in thousandths; the highest where absent or malformed. */
function readQ(text: string | undefined): number {
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : 1000;
}

const formatContact = (contact: RegisteredContact): readonly [string, string] => [
  "Contact",
  `<${contact.uri}>${contact.qMilli === 1000 ? "" : `;q=${contact.qMilli / 1000}`};expires=${contact.expiresS}`,
];
