// A dialog as plain data (RFC 3261 section 12): it can be written down and read back.
import { createRequest, type SipBody } from "../message/build.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import type { NameAddr } from "../message/name-addr.js";

export interface Dialog {
  readonly role: "uac" | "uas";
  readonly callId: string;
  readonly localTag: string;
  /** Empty where the far side is of RFC 2543 and has none (section 12.1.1). */
  readonly remoteTag: string;
  /** Whole header values without tag: what From and To of our requests hold. */
  readonly localUri: string;
  readonly remoteUri: string;
  /** Of the last request that we sent; 0 where we sent none. */
  localSequence: number;
  /** Of the last request that the far side sent; undefined where it sent none. */
  remoteSequence: number | undefined;
  /** Whole Route values, topmost first. */
  readonly routes: readonly string[];
  /** URI of the far side's Contact, replaced by a target refresh. */
  remoteTarget: string;
  /** All requests must stay on TLS (section 12.1.1). */
  readonly secure: boolean;
  confirmed: boolean;
}

/** What identifies a dialog: Call-ID, then our tag, then theirs. */
export const dialogKey = (callId: string, localTag: string, remoteTag: string): string => `${callId}\n${localTag}\n${remoteTag}`;

/** Section 12.1.1, from an INVITE and the tag that our response to it carries. A client of RFC 2543 may have sent no Contact: its From is where it is. */
export function createUasDialog(invite: SipRequest, localTag: string): Dialog {
  const { headers } = invite;
  return {
    role: "uas",
    callId: headers.callId,
    localTag,
    remoteTag: headers.from.tag ?? "",
    localUri: withoutTag(headers.get("to")!, headers.to),
    remoteUri: withoutTag(headers.get("from")!, headers.from),
    localSequence: 0,
    remoteSequence: headers.cseq.sequence,
    routes: headers.getAll("record-route"),
    remoteTarget: (headers.contact ?? headers.from).rawUri,
    secure: invite.rawUri.toLowerCase().startsWith("sips:"),
    confirmed: false,
  };
}

/** Section 12.1.2, from our INVITE and a 101-299 to it. Where its Contact is missing, the target stays what we called: a 2xx must be acknowledged. */
export function createUacDialog(invite: SipRequest, response: SipResponse): Dialog {
  const { headers } = invite;
  return {
    role: "uac",
    callId: headers.callId,
    localTag: headers.from.tag ?? "",
    remoteTag: response.headers.to.tag ?? "",
    localUri: withoutTag(headers.get("from")!, headers.from),
    remoteUri: withoutTag(headers.get("to")!, headers.to),
    localSequence: headers.cseq.sequence,
    remoteSequence: undefined,
    routes: response.headers.getAll("record-route").reverse(),
    remoteTarget: response.headers.contact?.rawUri ?? invite.rawUri,
    secure: invite.rawUri.toLowerCase().startsWith("sips:"),
    confirmed: response.status >= 200,
  };
}

export interface InDialogParts {
  readonly contact?: string;
  readonly extra?: readonly (readonly [name: string, value: string])[];
  readonly body?: SipBody;
}

/** Section 12.2.1.1: the next request inside of the dialog; counts the local sequence up. */
export const createInDialog = (dialog: Dialog, method: string, parts: InDialogParts = {}): SipRequest => build(dialog, method, ++dialog.localSequence, parts);

/** Section 13.2.2.4: the ACK of a 2xx has the sequence of its INVITE, and its credentials. */
export function createAck2xx(dialog: Dialog, invite: SipRequest): SipRequest {
  const extra = ["Authorization", "Proxy-Authorization"].flatMap((name) => invite.headers.getAll(name).map((value) => [name, value] as const));
  return build(dialog, "ACK", invite.headers.cseq.sequence, { extra });
}

function build(dialog: Dialog, method: string, sequence: number, parts: InDialogParts): SipRequest {
  const strict = dialog.routes[0] !== undefined && !isLoose(dialog.routes[0]);
  return createRequest({
    ...parts,
    method,
    // A strict router wants its own URI on the request line, and the target as the last Route (section 12.2.1.1).
    uri: strict ? routeUri(dialog.routes[0]!) : dialog.remoteTarget,
    routes: strict ? [...dialog.routes.slice(1), `<${dialog.remoteTarget}>`] : dialog.routes,
    from: tagged(dialog.localUri, dialog.localTag),
    to: tagged(dialog.remoteUri, dialog.remoteTag),
    callId: dialog.callId,
    sequence,
  });
}

/** Where requests of the dialog go first, as a URI: the topmost route, else the remote target. */
export const nextHopUri = (dialog: Dialog): string => (dialog.routes[0] === undefined ? dialog.remoteTarget : routeUri(dialog.routes[0]));

/** `accept`, or `old`: out of order, to be answered 500 (section 12.2.2). Takes the sequence over where it accepts. */
export function checkSequence(dialog: Dialog, request: SipRequest): "accept" | "old" {
  const { sequence } = request.headers.cseq;
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return "old";
  dialog.remoteSequence = sequence;
  return "accept";
}

/** Section 12.2: the Contact of a re-INVITE, an UPDATE or their 2xx replaces the remote target. */
export function refreshTarget(dialog: Dialog, message: SipRequest | SipResponse): void {
  const contact = message.headers.contact;
  if (contact !== undefined) dialog.remoteTarget = contact.rawUri;
}

/** The rest of the value as it came; some stacks compare it byte for byte. */
function withoutTag(value: string, address: NameAddr): string {
  if (address.tag === undefined) return value;
  const start = value.indexOf("<") >= 0 ? value.lastIndexOf(">") : 0;
  const head = value.slice(0, start);
  return head + value.slice(start).replace(/[ \t]*;[ \t]*tag[ \t]*=[ \t]*[^\s;]+/i, "");
}

const tagged = (value: string, tag: string): string => (tag === "" ? value : `${value};tag=${tag}`);
const routeUri = (route: string): string => /<([^>]*)>/.exec(route)?.[1] ?? route.split(";", 1)[0]!.trim();
const isLoose = (route: string): boolean => /;[ \t]*lr(?:[ \t]*[;=]|[ \t]*$)/i.test(routeUri(route));
