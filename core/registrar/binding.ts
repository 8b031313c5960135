// What a REGISTER does to one extension's bindings (RFC 3261 section 10.3, steps 6 to 8), as a pure function.
import type { Endpoint } from "../../protocol/base/endpoint.js";

/** Where one extension can be reached, and until when. */
export interface Binding {
  /** The contact's URI as received: what an INVITE to it puts on its first line. */
  readonly uri: string;
  /** Preference in thousandths, 0-1000 (RFC 3261 section 20.10). */
  readonly qMilli: number;
  readonly callId: string;
  readonly cseq: number;
  /** Where its REGISTER came from; behind NAT that, not the URI, is where it can be reached. */
  readonly source: Endpoint;
  readonly expiresMonoMs: number;
}

export interface ContactUpdate {
  readonly uri: string;
  readonly qMilli: number;
  /** Seconds, from the contact's `expires` or else the Expires header; undefined where neither is there. */
  readonly expiresS: number | undefined;
}

/** A REGISTER whose sender has proved to be `extension`. */
export interface RegisterRequest {
  readonly extension: string;
  /** `all`: `Contact: *`; an empty list only asks for the bindings. */
  readonly contacts: "all" | readonly ContactUpdate[];
  readonly callId: string;
  readonly cseq: number;
  readonly source: Endpoint;
}

export interface BindingLimits {
  /** Shorter registrations are answered 423. */
  readonly expiresMinS: number;
  /** Longer ones are cut. */
  readonly expiresMaxS: number;
  /** Where the phone names none. */
  readonly expiresDefaultS: number;
  /** Bindings of one extension; one more displaces the one that was renewed longest ago. */
  readonly perExtensionMax: number;
}

export const BINDING_LIMITS: BindingLimits = { expiresMinS: 60, expiresMaxS: 3600, expiresDefaultS: 3600, perExtensionMax: 10 };

export type BindingUpdate =
  | { readonly kind: "bindings"; readonly bindings: readonly Binding[] }
  | { readonly kind: "refused"; readonly status: 423; readonly minExpiresS: number }
  /** 400: more contacts than an extension may have. 500: out of order, the update is aborted (section 10.3, step 7). */
  | { readonly kind: "refused"; readonly status: 400 | 500; readonly reason: string };

export interface BindingContext {
  readonly limits: BindingLimits;
  readonly nowMonoMs: number;
  /** RFC 3261 section 19.1.4. */
  sameUri(a: string, b: string): boolean;
}

/** The bindings after `request`; `current` is left as it is. All of a request's contacts are taken, or none. */
export function updateBindings(current: readonly Binding[], request: RegisterRequest, context: BindingContext): BindingUpdate {
  const live = current.filter((binding) => binding.expiresMonoMs > context.nowMonoMs);
  if (request.contacts === "all") {
    return live.some((binding) => isStale(request, binding)) ? OUT_OF_ORDER : { kind: "bindings", bindings: [] };
  }
  if (request.contacts.length > context.limits.perExtensionMax) return { kind: "refused", status: 400, reason: "Too Many Contacts" };
  let bindings: readonly Binding[] = live;
  for (const contact of request.contacts) {
    const expiresS = contact.expiresS ?? context.limits.expiresDefaultS;
    if (expiresS > 0 && expiresS < context.limits.expiresMinS) return { kind: "refused", status: 423, minExpiresS: context.limits.expiresMinS };
    // A contact that stands twice in one request is no reordering, so only what was there before is asked.
    const before = live.find((binding) => context.sameUri(binding.uri, contact.uri));
    if (before !== undefined && isStale(request, before)) return OUT_OF_ORDER;
    bindings = bindings.filter((binding) => !context.sameUri(binding.uri, contact.uri));
    if (expiresS > 0) bindings = [...bindings, bind(contact, request, context.nowMonoMs + Math.min(expiresS, context.limits.expiresMaxS) * 1000)];
  }
  return { kind: "bindings", bindings: bindings.slice(-context.limits.perExtensionMax) };
}

const OUT_OF_ORDER: BindingUpdate = { kind: "refused", status: 500, reason: "CSeq Out Of Order" };

/** "If the Call-ID agrees and the CSeq is not higher, the update MUST be aborted": it is an older request, late. */
const isStale = (request: RegisterRequest, binding: Binding): boolean => binding.callId === request.callId && request.cseq <= binding.cseq;

const bind = (contact: ContactUpdate, request: RegisterRequest, expiresMonoMs: number): Binding => ({
  uri: contact.uri,
  qMilli: contact.qMilli,
  callId: request.callId,
  cseq: request.cseq,
  source: request.source,
  expiresMonoMs,
});
