// A call that somebody makes to us: RFC 3261 sections 13.3, 9.2, 15.1.2.
import type { Cancel } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomBelow, randomToken } from "../../protocol/base/random.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createUasDialog, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { judgeInvite } from "../../protocol/sip/dialog/offer-gate.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import type { SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { serverKey } from "../../protocol/sip/transaction/match.js";
import type { InviteServerTransaction } from "../../protocol/sip/transaction/invite-server.js";
import { refuse } from "./answer.js";
import type { Accepted, Origin } from "./door.js";
import { EstablishedDialog } from "./established-dialog.js";
import type { Peer } from "./next-hop.js";
import { callerOf } from "./party.js";
import { isTag, type ReplacedDialog } from "../../protocol/sip/refer/replaces.js";
import { ALLOW, SUPPORTED, type Refusal } from "./request-guard.js";
import { SERVER_FULL, type HangupOptions, type IncomingSession, type PartyAddress, type Rejection, type SessionEnd, type SessionEvents } from "./session.js";
import { readSdp, sdpBody } from "./session-body.js";
import { SessionListener } from "./session-listener.js";
import { readDialog, type IncomingState } from "./session-state.js";
import type { DialogOwner, SessionPort } from "./session-port.js";

const TAG_LENGTH = 16;
/** RFC 3261 section 13.3.1.1: a provisional response every minute keeps proxies from giving up. */
const PROVISIONAL_REPEAT_MS = 60_000;
/** A 183 that is lost takes the sound with it, and nothing acknowledges it: it is said again so long after the one before. */
const PROGRESS_REPEATS_MS: readonly number[] = [500, 1000, 2000];

/** What a call is made of, be it new or another process's. */
interface Parts {
  /** Undefined once the INVITE was answered and acknowledged. */
  readonly transaction: InviteServerTransaction | undefined;
  readonly dialog: Dialog;
  readonly remote: PartyAddress;
  readonly called: string;
  readonly offer: string | undefined;
  readonly origin: Origin;
  readonly peer: Peer;
  readonly account: DigestAccount | undefined;
  readonly setupMs: number;
  readonly replaces?: ReplacedDialog | undefined;
}

export class IncomingCall implements IncomingSession, DialogOwner {
  readonly direction = "incoming";
  readonly callId: string;
  readonly localTag: string;
  readonly remote: PartyAddress;
  readonly called: string;
  readonly offer: string | undefined;
  readonly origin: Origin;
  readonly replaces: ReplacedDialog | undefined;
  readonly #port: SessionPort;
  readonly #parts: Parts;
  /** For what we send in the dialog: a carrier's proxy may challenge our BYE. */
  readonly #credentials: DigestClient | undefined;
  readonly #listener: SessionListener;
  readonly #setupEndMs: number;
  readonly #cancelWatchdog: Cancel;
  #repeatAtMs: number | undefined;
  /** Before the usual pause. */
  #repeatsMs: number[] = [];
  #cancelRepeat: Cancel = () => undefined;
  #established: EstablishedDialog | undefined;
  #rejected = false;

  constructor(port: SessionPort, parts: Parts) {
    const { dialog, account, setupMs } = parts;
    this.#port = port;
    this.#parts = parts;
    this.callId = dialog.callId;
    this.localTag = dialog.localTag;
    this.remote = parts.remote;
    this.called = parts.called;
    this.offer = parts.offer;
    this.origin = parts.origin;
    this.replaces = parts.replaces;
    this.#credentials = account && new DigestClient(account);
    this.#listener = new SessionListener(port.clock, port.onFault);
    this.#setupEndMs = port.clock.monoMs() + setupMs;
    this.#cancelWatchdog = port.clock.after(setupMs, () => this.#giveUp());
  }

  static receive(port: SessionPort, transaction: InviteServerTransaction, from: Pick<Accepted, "origin" | "caller" | "account"> & { readonly source: Endpoint; readonly replaces: ReplacedDialog | undefined }): IncomingCall {
    const { request } = transaction;
    return new IncomingCall(port, {
      transaction,
      dialog: createUasDialog(request, randomToken(port.random, TAG_LENGTH)),
      remote: from.caller ?? callerOf(request),
      called: request.uri?.user ?? "",
      offer: readSdp(request),
      origin: from.origin,
      peer: peerOf(port, from.origin, { endpoint: from.source, symmetric: from.origin.kind === "phone" }),
      account: from.account,
      setupMs: port.setupMaxMs,
      replaces: from.replaces,
    });
  }

  /** Goes on with what another process had, `elapsedMs` later; its transactions are restored already. */
  static restore(port: SessionPort, state: IncomingState, context: { readonly elapsedMs: number; readonly account: DigestAccount | undefined }): IncomingCall {
    const { elapsedMs, account } = context;
    const transaction = state.transaction === undefined ? undefined : port.layer.server(state.transaction);
    const { remote, called, offer, origin, peer } = state;
    const call = new IncomingCall(port, {
      transaction: transaction?.kind === "invite" ? transaction : undefined,
      dialog: readDialog(state.dialog),
      remote, called, offer, origin, account,
      peer: peerOf(port, origin, peer),
      setupMs: Math.max(0, state.setupMs - elapsedMs),
    });
    if (state.established !== undefined) {
      call.#establish().restore(state.established, elapsedMs);
      if (state.established.byeWanted) call.#listener.end({ by: "local", cause: "bye" }, false);
    } else if (state.repeatMs !== undefined) call.#repeatAfter(Math.max(0, state.repeatMs - elapsedMs));
    return call;
  }

  suspend(): IncomingState {
    this.#stopTimers();
    const { transaction, dialog, remote, called, offer, origin, peer, account } = this.#parts;
    const nowMs = this.#port.clock.monoMs();
    const repeatAtMs = this.#repeatAtMs;
    return {
      direction: "incoming",
      callId: this.callId,
      localTag: this.localTag,
      remote, called, origin, dialog,
      peer: { endpoint: peer.endpoint, symmetric: peer.symmetric },
      setupMs: Math.max(0, this.#setupEndMs - nowMs),
      ...(offer === undefined ? {} : { offer }),
      ...(account === undefined ? {} : { account: account.username }),
      ...(this.#established === undefined ? (transaction === undefined ? {} : { transaction: serverKey(transaction.request) }) : { established: this.#established.suspend() }),
      ...(this.#established !== undefined || repeatAtMs === undefined ? {} : { repeatMs: Math.max(0, repeatAtMs - nowMs) }),
    };
  }

  /** Until the INVITE is answered. */
  get transaction(): InviteServerTransaction | undefined {
    return this.#isProceeding ? this.#parts.transaction : undefined;
  }

  get remoteEndpoint(): Endpoint {
    return this.#parts.peer.endpoint;
  }

  listen(events: SessionEvents): void {
    this.#listener.listen(events);
  }

  ring(): void {
    const { transaction } = this;
    if (transaction === undefined) return;
    transaction.respond(createResponse(transaction.request, 180, { toTag: this.localTag, extra: this.#dialogHeaders() }));
    this.#repeatAfter(PROVISIONAL_REPEAT_MS);
  }

  progress(sdp: string): void {
    const { transaction } = this;
    if (transaction === undefined) return;
    transaction.respond(createResponse(transaction.request, 183, { toTag: this.localTag, extra: this.#dialogHeaders(), body: sdpBody(sdp) }));
    this.#repeatsMs = [...PROGRESS_REPEATS_MS];
    this.#repeatAfter(this.#repeatsMs.shift()!);
  }

  answer(sdp: string): void {
    const { transaction } = this;
    if (transaction === undefined) return;
    this.#port.count("answered");
    const response = createResponse(transaction.request, 200, { toTag: this.localTag, extra: this.#dialogHeaders(), body: sdpBody(sdp) });
    this.#establish().answer(transaction, response, { offered: this.offer === undefined, initial: true });
  }

  reject(status: number, { reason, q850Cause, retryAfterS, warning }: Rejection = {}): void {
    const answer = reason === undefined ? { status } : { status, reason };
    const extra: (readonly [name: string, value: string])[] = [];
    if (q850Cause !== undefined) extra.push(["Reason", `Q.850;cause=${q850Cause}`]);
    if (retryAfterS !== undefined) extra.push(["Retry-After", String(retryAfterS)]);
    if (warning !== undefined) extra.push(["Warning", warning]);
    if (this.#isProceeding) this.#refuse({ ...answer, extra }, { by: "local", cause: "rejected", ...answer }, true);
  }

  restoreOffer(transaction: SavedTransaction, elapsedMs: number): void {
    this.#established?.restoreOffer(transaction, elapsedMs);
  }

  reoffer(sdp: string): Promise<string | undefined> {
    return this.#established?.reoffer(sdp) ?? Promise.resolve(undefined);
  }

  hangup({ status = 480, ...more }: HangupOptions = {}): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "bye" });
    else this.reject(status, more);
  }

  shutdown(): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "shutdown" });
    else this.#refuse({ status: 503, extra: [["Retry-After", String(SERVER_FULL.retryAfterS)]] }, { by: "local", cause: "shutdown", status: 503 }, true);
  }

  /** The caller's CANCEL matched our INVITE and was answered. Too late after a final response (section 9.2). */
  cancel(): void {
    this.#refuse({ status: 487 }, { by: "remote", cause: "cancelled" }, false);
  }

  receive(transaction: ServerTransaction, source: Endpoint): void {
    if (this.#established !== undefined) return this.#established.receive(transaction, source);
    const { request } = transaction;
    if (request.headers.from.tag !== (this.#parts.dialog.remoteTag === "" ? undefined : this.#parts.dialog.remoteTag)) return refuse(transaction, { status: 481 });
    if (request.method === "BYE") {
      // A caller may send BYE in an early dialog (section 15): the INVITE is then over like after a CANCEL.
      transaction.respond(createResponse(request, 200));
      return this.cancel();
    }
    if (request.method === "REFER") return refuse(transaction, { status: 403 });
    if (request.method !== "INVITE") return refuse(transaction, { status: 405, extra: [ALLOW] });
    const verdict = judgeInvite({ theirsPending: true, oursPending: false, offerUnanswered: false }, randomBelow(this.#port.random, 11));
    if (verdict.kind === "refuse") refuse(transaction, { status: verdict.status, extra: [["Retry-After", String(verdict.retryAfterS ?? 0)]] });
  }

  replaced(fromTag: string): "unknown" | "confirmed" | "ringing" {
    if (!isTag(this.#parts.dialog.remoteTag, fromTag)) return "unknown";
    return this.#established === undefined ? "ringing" : "confirmed";
  }

  receiveAck(ack: SipRequest): void {
    this.#established?.receiveAck(ack);
  }

  get #isProceeding(): boolean {
    return this.#established === undefined && !this.#rejected;
  }

  /** RFC 3261 section 12.1.1: what makes the dialog on the caller's side, the route set first of all. */
  #dialogHeaders(): (readonly [name: string, value: string])[] {
    return [...this.#parts.dialog.routes.map((route) => ["Record-Route", route] as const), ["Contact", this.#port.contact(this.#parts.peer.endpoint)], ALLOW, SUPPORTED];
  }

  #giveUp(): void {
    this.#refuse({ status: 480 }, { by: "failure", cause: "timeout", status: 480 }, false);
  }

  #refuse(answer: Refusal, end: SessionEnd, later: boolean): void {
    if (!this.#isProceeding) return;
    this.#rejected = true;
    this.#stopTimers();
    if (this.#parts.transaction !== undefined) refuse(this.#parts.transaction, answer, this.localTag);
    this.#port.release(this);
    this.#listener.end(end, later);
  }

  #establish(): EstablishedDialog {
    this.#stopTimers();
    const { dialog, peer } = this.#parts;
    return (this.#established = new EstablishedDialog({ port: this.#port, dialog, peer, credentials: this.#credentials, listener: this.#listener, callIdIsOurs: false, onReleased: () => this.#port.release(this) }));
  }

  #repeatAfter(delayMs: number): void {
    this.#cancelRepeat();
    this.#repeatAtMs = this.#port.clock.monoMs() + delayMs;
    this.#cancelRepeat = this.#port.clock.after(delayMs, () => this.#repeat());
  }

  #repeat(): void {
    const last = this.transaction?.lastResponse;
    if (last === undefined) return;
    this.transaction!.respond(last);
    this.#repeatAfter(this.#repeatsMs.shift() ?? PROVISIONAL_REPEAT_MS);
  }

  #stopTimers(): void {
    this.#cancelRepeat();
    this.#cancelWatchdog();
  }
}

const peerOf = (port: SessionPort, { kind, name }: IncomingSession["origin"], peer: Pick<Peer, "endpoint" | "symmetric">): Peer => ({ ...peer, ...(kind === "phone" ? { registered: () => port.contactsOf(name) } : {}) });
