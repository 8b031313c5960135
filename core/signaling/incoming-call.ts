// A call that somebody makes to us: RFC 3261 sections 13.3, 9.2, 15.1.2.
import type { Cancel } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomBelow, randomToken } from "../../protocol/base/random.js";
import { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createUasDialog, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { judgeInvite } from "../../protocol/sip/dialog/offer-gate.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import type { InviteServerTransaction } from "../../protocol/sip/transaction/invite-server.js";
import { refuse } from "./answer.js";
import type { Accepted, Origin } from "./door.js";
import { EstablishedDialog } from "./established-dialog.js";
import type { Peer } from "./next-hop.js";
import { callerOf } from "./party.js";
import { ALLOW, type Refusal } from "./request-guard.js";
import type { IncomingSession, PartyAddress, Rejection, SessionEnd, SessionEvents } from "./session.js";
import { readSdp, sdpBody } from "./session-body.js";
import { SessionListener } from "./session-listener.js";
import type { DialogOwner, SessionPort } from "./session-port.js";

const TAG_LENGTH = 16;
/** RFC 3261 section 13.3.1.1: a provisional response every minute keeps proxies from giving up. */
const PROVISIONAL_REPEAT_MS = 60_000;

export class IncomingCall implements IncomingSession, DialogOwner {
  readonly direction = "incoming";
  readonly callId: string;
  readonly localTag: string;
  readonly remote: PartyAddress;
  readonly called: string;
  readonly offer: string | undefined;
  readonly origin: Origin;
  readonly #port: SessionPort;
  readonly #transaction: InviteServerTransaction;
  readonly #dialog: Dialog;
  readonly #peer: Peer;
  /** For what we send in the dialog: a carrier's proxy may challenge our BYE. */
  readonly #credentials: DigestClient | undefined;
  readonly #listener: SessionListener;
  readonly #cancelWatchdog: Cancel;
  #cancelRepeat: Cancel = () => undefined;
  #established: EstablishedDialog | undefined;
  #rejected = false;

  constructor(port: SessionPort, transaction: InviteServerTransaction, from: Pick<Accepted, "origin" | "caller" | "account"> & { readonly source: Endpoint }) {
    const { request } = transaction;
    this.#port = port;
    this.#transaction = transaction;
    this.callId = request.headers.callId;
    this.localTag = randomToken(port.random, TAG_LENGTH);
    this.remote = from.caller ?? callerOf(request);
    this.called = request.uri?.user ?? "";
    this.offer = readSdp(request);
    this.origin = from.origin;
    this.#dialog = createUasDialog(request, this.localTag);
    this.#peer = { endpoint: from.source, symmetric: from.origin.kind === "phone" };
    this.#credentials = from.account && new DigestClient(from.account);
    this.#listener = new SessionListener(port.clock, port.onFault);
    this.#cancelWatchdog = port.clock.after(port.setupMaxMs, () => this.#giveUp());
  }

  get remoteEndpoint(): Endpoint {
    return this.#peer.endpoint;
  }

  listen(events: SessionEvents): void {
    this.#listener.listen(events);
  }

  ring(): void {
    if (!this.#isProceeding) return;
    this.#cancelRepeat();
    this.#transaction.respond(createResponse(this.#transaction.request, 180, { toTag: this.localTag, extra: this.#dialogHeaders() }));
    this.#cancelRepeat = this.#port.clock.after(PROVISIONAL_REPEAT_MS, () => this.ring());
  }

  answer(sdp: string): void {
    if (!this.#isProceeding) return;
    this.#stopTimers();
    this.#port.count("answered");
    const response = createResponse(this.#transaction.request, 200, { toTag: this.localTag, extra: this.#dialogHeaders(), body: sdpBody(sdp) });
    this.#established = new EstablishedDialog({ port: this.#port, dialog: this.#dialog, peer: this.#peer, credentials: this.#credentials, listener: this.#listener, onReleased: () => this.#port.release(this) });
    this.#established.answer(this.#transaction, response, { offered: this.offer === undefined, initial: true });
  }

  reject(status: number, { reason, q850Cause, retryAfterS, warning }: Rejection = {}): void {
    const answer = reason === undefined ? { status } : { status, reason };
    const extra: (readonly [name: string, value: string])[] = [];
    if (q850Cause !== undefined) extra.push(["Reason", `Q.850;cause=${q850Cause}`]);
    if (retryAfterS !== undefined) extra.push(["Retry-After", String(retryAfterS)]);
    if (warning !== undefined) extra.push(["Warning", warning]);
    if (this.#isProceeding) this.#refuse({ ...answer, extra }, { by: "local", cause: "rejected", ...answer }, true);
  }

  hangup(options: { readonly status?: number; readonly reason?: string } = {}): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "bye" });
    else this.reject(options.status ?? 480, options.reason === undefined ? {} : { reason: options.reason });
  }

  shutdown(): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "shutdown" });
    else this.#refuse({ status: 503 }, { by: "local", cause: "shutdown", status: 503 }, true);
  }

  /** The caller's CANCEL matched our INVITE and was answered. Too late after a final response (section 9.2). */
  cancel(): void {
    this.#refuse({ status: 487 }, { by: "remote", cause: "cancelled" }, false);
  }

  receive(transaction: ServerTransaction, source: Endpoint): void {
    if (this.#established !== undefined) return this.#established.receive(transaction, source);
    const { request } = transaction;
    if (request.headers.from.tag !== (this.#dialog.remoteTag === "" ? undefined : this.#dialog.remoteTag)) return refuse(transaction, { status: 481 });
    if (request.method === "BYE") {
      // A caller may send BYE in an early dialog (section 15): the INVITE is then over like after a CANCEL.
      transaction.respond(createResponse(request, 200));
      return this.cancel();
    }
    if (request.method !== "INVITE") return refuse(transaction, { status: 405, extra: [ALLOW] });
    const verdict = judgeInvite({ theirsPending: true, oursPending: false, offerUnanswered: false }, randomBelow(this.#port.random, 11));
    if (verdict.kind === "refuse") refuse(transaction, { status: verdict.status, extra: [["Retry-After", String(verdict.retryAfterS ?? 0)]] });
  }

  receiveAck(ack: SipRequest): void {
    this.#established?.receiveAck(ack);
  }

  get #isProceeding(): boolean {
    return this.#established === undefined && !this.#rejected;
  }

  /** RFC 3261 section 12.1.1: what makes the dialog on the caller's side, the route set first of all. */
  #dialogHeaders(): (readonly [name: string, value: string])[] {
    return [...this.#dialog.routes.map((route) => ["Record-Route", route] as const), ["Contact", this.#port.contact(this.#peer.endpoint)], ALLOW];
  }

  #giveUp(): void {
    this.#refuse({ status: 480 }, { by: "failure", cause: "timeout", status: 480 }, false);
  }

  #refuse(answer: Refusal, end: SessionEnd, later: boolean): void {
    if (!this.#isProceeding) return;
    this.#rejected = true;
    this.#stopTimers();
    refuse(this.#transaction, answer, this.localTag);
    this.#port.release(this);
    this.#listener.end(end, later);
  }

  #stopTimers(): void {
    this.#cancelRepeat();
    this.#cancelWatchdog();
  }
}
