// A call that we make: RFC 3261 sections 13.2, 9.1; forks and crossings included.
import type { Cancel } from "../../protocol/base/clock.js";
import { messageText, readMessageText } from "../../protocol/sip/message/message-text.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { sameEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken } from "../../protocol/base/random.js";
import { AckKeeper } from "../../protocol/sip/dialog/ack-keeper.js";
import { createAck2xx, createUacDialog, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { judgeInvite } from "../../protocol/sip/dialog/offer-gate.js";
import { createRequest } from "../../protocol/sip/message/build.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import { parseUri } from "../../protocol/sip/message/uri.js";
import { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createCancel } from "../../protocol/sip/transaction/derived-request.js";
import { InviteClientTransaction } from "../../protocol/sip/transaction/invite-client.js";
import type { ClientTransaction, ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import { refuse } from "./answer.js";
import { EarlyDialogs, RELIABLE } from "./early-dialogs.js";
import { EstablishedDialog, sendBye } from "./established-dialog.js";
import { describeRefusal, exchange } from "./exchange.js";
import { nextHop, uriEndpoint, type Peer } from "./next-hop.js";
import { formatFrom, uriHost } from "./party.js";
import { isTag } from "../../protocol/sip/refer/replaces.js";
import { ALLOW, SUPPORTED } from "./request-guard.js";
import { FLOW_FAILED, type InviteRequest, type OutgoingSession, type PartyAddress, type SessionEnd, type SessionEvents } from "./session.js";
import { readSdp, sdpBody } from "./session-body.js";
import { SessionListener } from "./session-listener.js";
import { readDialog, type OutgoingState } from "./session-state.js";
import type { DialogOwner, SessionPort } from "./session-port.js";

const TAG_LENGTH = 16;
const CALL_ID_LENGTH = 24;
const NOTHING = { onResponse: (): void => undefined, onTimeout: (): void => undefined };

export class OutgoingCall implements OutgoingSession, DialogOwner {
  readonly direction = "outgoing";
  readonly callId: string;
  readonly localTag: string;
  readonly remote: PartyAddress;
  readonly #port: SessionPort;
  readonly #listener: SessionListener;
  readonly #peer: Peer;
  readonly #request: InviteRequest;
  /** Kept for the whole dialog: what challenged the INVITE challenges the BYE too. */
  readonly #credentials: DigestClient | undefined;
  /** The last one that was sent: a challenge is answered by another. */
  #invite: SipRequest;
  readonly #acks = new AckKeeper();
  readonly #early: EarlyDialogs;
  readonly #setupEndMs: number;
  readonly #cancelWatchdog: Cancel;
  #silenceEndMs: number | undefined;
  #cancelSilence: Cancel = () => undefined;
  #sequence = 0;
  #transaction: InviteClientTransaction | undefined;
  #provisional = false;
  #cancelled = false;
  /** Ended as far as call control knows; a 2xx from now on is acknowledged and ended. */
  #abandoned = false;
  #established: EstablishedDialog | undefined;

  constructor(port: SessionPort, request: InviteRequest, state?: OutgoingState) {
    this.#port = port;
    this.callId = state?.callId ?? `${randomToken(port.random, CALL_ID_LENGTH)}@${uriHost(port.local)}`;
    this.localTag = state?.localTag ?? randomToken(port.random, TAG_LENGTH);
    this.remote = state?.remote ?? { number: parseUri(request.uri)?.user ?? "" };
    const direct = uriEndpoint(request.uri);
    this.#peer = { called: request.uri, ...(state?.peer ?? { endpoint: request.to, symmetric: request.symmetric ?? (direct === undefined || !sameEndpoint(direct, request.to)) }) };
    this.#listener = new SessionListener(port.clock, port.onFault);
    this.#request = request;
    this.#credentials = request.account && new DigestClient(request.account);
    this.#early = new EarlyDialogs({ port, peer: this.#peer, credentials: this.#credentials });
    this.#invite = state === undefined ? this.#nextInvite() : readInvite(state.invite);
    const setupMs = state?.setupMs ?? port.setupMaxMs;
    this.#setupEndMs = port.clock.monoMs() + setupMs;
    this.#cancelWatchdog = port.clock.after(setupMs, () => this.#abandon({ by: "failure", cause: "timeout", status: 408 }, false));
  }

  /** Goes on with what another process had, `elapsedMs` later; `transaction` is its INVITE's, where that lives yet. */
  static restore(port: SessionPort, state: OutgoingState, context: { readonly elapsedMs: number; readonly account: DigestAccount | undefined; readonly transaction: SavedTransaction | undefined }): OutgoingCall {
    const { elapsedMs, account, transaction } = context;
    const left = (ms: number): number => Math.max(0, ms - elapsedMs);
    const call = new OutgoingCall(port, { ...state.request, account }, { ...state, setupMs: left(state.setupMs) });
    call.#sequence = state.sequence;
    for (const [tag, ack] of state.acks) call.#acks.keep(tag, readInvite(ack));
    if (state.established !== undefined && state.dialog !== undefined) {
      call.#cancelWatchdog();
      call.#establish(readDialog(state.dialog)).restore(state.established, elapsedMs);
      if (state.established.byeWanted) call.#listener.end({ by: "local", cause: "bye" }, false);
    }
    if (transaction !== undefined) call.#exchange({ transaction, elapsedMs });
    else if (state.established === undefined) call.fail("the INVITE was lost");
    call.#early.restore(state.early ?? []);
    call.#provisional = state.provisional;
    call.#cancelled = state.cancelled;
    if (state.silenceMs !== undefined) call.#watchSilence(left(state.silenceMs));
    return call;
  }

  /** What is left of a call that was given up while its INVITE had no final answer: a 2xx is acknowledged and ended, a 1xx brings the CANCEL. */
  static restoreAbandoned(port: SessionPort, transaction: SavedTransaction, elapsedMs: number): OutgoingCall {
    const invite = readInvite(transaction.request);
    const { headers } = invite;
    const to = transaction.way.to;
    const request = { uri: invite.rawUri, to, from: { number: "" }, offer: "", callId: "" };
    const remote = { number: invite.uri?.user ?? "" };
    const sequence = headers.cseq.sequence;
    const state: OutgoingState = { direction: "outgoing", callId: headers.callId, localTag: headers.from.tag ?? "", remote, peer: { endpoint: to, symmetric: true }, setupMs: 0, request, invite: transaction.request, sequence, provisional: false, cancelled: false, acks: [] };
    const call = new OutgoingCall(port, request, state);
    call.#cancelWatchdog();
    call.#abandoned = true;
    call.#cancelled = transaction.machine.timers.some(([timer]) => timer === "X");
    call.#exchange({ transaction, elapsedMs });
    return call;
  }

  suspend(): OutgoingState {
    const { account, ...request } = this.#request;
    const nowMs = this.#port.clock.monoMs();
    const silenceEndMs = this.#silenceEndMs;
    this.#cancelWatchdog();
    this.#cancelSilence();
    const established = this.#established;
    const early = this.#early.save();
    return {
      direction: "outgoing",
      callId: this.callId,
      localTag: this.localTag,
      remote: this.remote,
      peer: { endpoint: this.#peer.endpoint, symmetric: this.#peer.symmetric },
      setupMs: Math.max(0, this.#setupEndMs - nowMs),
      request: outgoingRequest(request),
      invite: messageText(this.#invite),
      sequence: this.#sequence,
      provisional: this.#provisional,
      cancelled: this.#cancelled,
      acks: this.#acks.entries().map(([tag, ack]) => [tag, messageText(ack)]),
      ...(account === undefined ? {} : { account: account.username }),
      ...(silenceEndMs === undefined ? {} : { silenceMs: Math.max(0, silenceEndMs - nowMs) }),
      ...(established === undefined ? {} : { established: established.suspend(), dialog: established.dialog }),
      ...(early.length === 0 || established !== undefined ? {} : { early }),
    };
  }

  get remoteEndpoint(): Endpoint {
    return this.#peer.endpoint;
  }

  /** Sends the INVITE; once, by the endpoint, when requests of the dialog can reach the session. */
  start(): void {
    const { silenceMaxMs } = this.#request;
    if (silenceMaxMs !== undefined) this.#watchSilence(silenceMaxMs);
    this.#exchange();
  }

  /** Nobody can be connected to: the contact's connection is gone, and it names nothing that takes one. */
  unreachable(): void {
    this.#finish({ by: "failure", cause: "transport", status: FLOW_FAILED, reason: "the connection that it registered on is gone" }, true);
  }

  /** Never sent, or not to be sent. */
  fail(reason: string): void {
    this.#finish({ by: "failure", cause: "transport", status: 503, reason }, true);
  }

  listen(events: SessionEvents): void {
    this.#listener.listen(events);
  }

  restoreOffer(transaction: SavedTransaction, elapsedMs: number): void {
    this.#established?.restoreOffer(transaction, elapsedMs);
  }

  reoffer(sdp: string): Promise<string | undefined> {
    return this.#established?.reoffer(sdp) ?? Promise.resolve(undefined);
  }

  hangup(): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "bye" });
    else this.#abandon({ by: "local", cause: "cancelled" }, true);
  }

  shutdown(): void {
    if (this.#established !== undefined) this.#established.bye({ by: "local", cause: "shutdown" });
    else this.#abandon({ by: "local", cause: "shutdown" }, true);
  }

  receive(transaction: ServerTransaction, source: Endpoint): void {
    if (this.#established !== undefined) return this.#established.receive(transaction, source);
    const { method } = transaction.request;
    if (method !== "INVITE") return refuse(transaction, method === "BYE" ? { status: 481 } : { status: 405, extra: [ALLOW] });
    const verdict = judgeInvite({ theirsPending: false, oursPending: true, offerUnanswered: false }, 0);
    if (verdict.kind === "refuse") refuse(transaction, { status: verdict.status });
  }

  replaced(fromTag: string): "unknown" | "confirmed" | "rung" {
    if (this.#established !== undefined) return isTag(this.#established.dialog.remoteTag, fromTag) ? "confirmed" : "unknown";
    return this.#early.has(fromTag) ? "rung" : "unknown";
  }

  receiveAck(ack: SipRequest): void {
    this.#established?.receiveAck(ack);
  }

  #exchange(restored?: { readonly transaction: SavedTransaction; readonly elapsedMs: number }): void {
    exchange({
      layer: this.#port.layer,
      to: () => this.#peer.endpoint,
      credentials: this.#credentials,
      restored,
      make: () => (this.#transaction === undefined ? this.#invite : this.#nextInvite()),
      isWanted: () => !this.#abandoned,
      onSent: (invite, transaction) => this.#sent(invite, transaction),
      onResponse: (response, refusal) => this.#receiveResponse(response, refusal && describeRefusal(refusal)),
      onTimeout: () => this.#giveUp(),
    });
  }

  #giveUp(): void {
    const { registered, to } = this.#request;
    if (registered === true && to.protocol === "TCP" && !this.#port.isConnected(to)) this.unreachable();
    else this.#finish({ by: "failure", cause: "timeout", status: 408 }, false);
  }

  #watchSilence(durationMs: number): void {
    this.#silenceEndMs = this.#port.clock.monoMs() + durationMs;
    const cancel = this.#port.clock.after(durationMs, () => this.#abandon({ by: "failure", cause: "timeout", status: 408 }, false));
    this.#cancelSilence = () => {
      this.#silenceEndMs = undefined;
      cancel();
    };
  }

  #establish(dialog: Dialog): EstablishedDialog {
    return (this.#established = new EstablishedDialog({ port: this.#port, dialog, peer: this.#peer, credentials: this.#credentials, listener: this.#listener, callIdIsOurs: true, onReleased: () => this.#port.release(this) }));
  }

  #nextInvite(): SipRequest {
    this.#sequence += 1;
    return createInvite(this.#port, { callId: this.callId, localTag: this.localTag, sequence: this.#sequence }, this.#request);
  }

  #sent(invite: SipRequest, transaction: ClientTransaction | undefined): void {
    if (!(transaction instanceof InviteClientTransaction)) return this.fail("too many transactions");
    this.#invite = invite;
    this.#transaction = transaction;
    this.#provisional = false;
    this.#early.clear();
  }

  #receiveResponse(response: SipResponse, refusal: string | undefined): void {
    this.#cancelSilence();
    if (response.status < 200) return this.#receiveProvisional(response);
    if (response.status < 300) return this.#receiveAnswer(response);
    const { retryAfterS } = response.headers;
    this.#finish({ by: "remote", cause: "rejected", status: response.status, reason: refusal ?? response.reason, ...(retryAfterS === undefined ? {} : { retryAfterS }) }, false);
  }

  #receiveProvisional(response: SipResponse): void {
    this.#provisional = true;
    const { status } = response;
    // Also of a call that was given up: unacknowledged it would come again and again (RFC 3262 section 3).
    const news = status > 100 && this.#established === undefined ? this.#early.take(this.#invite, response) : undefined;
    if (this.#abandoned) return this.#sendCancel();
    if (news !== undefined) this.#listener.emit((events) => events.onProgress(status, news.sdp));
  }

  #receiveAnswer(response: SipResponse): void {
    const remoteTag = response.headers.to.tag ?? "";
    const known = this.#acks.get(remoteTag);
    if (known === undefined && this.#acks.isFull) return;
    const dialog = this.#early.confirm(createUacDialog(this.#invite, response));
    const ack = known ?? createAck2xx(dialog, this.#invite);
    const hop = nextHop(dialog, this.#peer, this.#port.isConnected);
    if (known === undefined) this.#port.layer.addVia(ack, hop);
    this.#port.send(ack, hop);
    if (known !== undefined) return;
    this.#acks.keep(remoteTag, ack);
    const sdp = readSdp(response) ?? this.#early.answerOf(remoteTag);
    // The answer crossed our CANCEL, or another branch of a fork was first (section 13.2.2.4), or there is nothing to hear.
    if (this.#abandoned || this.#established !== undefined) return this.#endDialog(dialog);
    if (sdp === undefined) {
      this.#endDialog(dialog);
      return this.#finish({ by: "failure", cause: "rejected", status: 488, reason: "answered without a session description" }, false);
    }
    this.#cancelWatchdog();
    this.#port.count("answered");
    this.#establish(dialog);
    this.#listener.emit((events) => events.onAnswered(sdp));
  }

  #endDialog(dialog: Dialog): void {
    sendBye(this.#port, { dialog, peer: this.#peer, credentials: this.#credentials });
  }

  /** Section 9.1: a CANCEL goes out only when a provisional response has come. */
  #abandon(end: SessionEnd, later: boolean): void {
    if (this.#abandoned || this.#established !== undefined) return;
    this.#finish(end, later);
    if (this.#provisional) this.#sendCancel();
  }

  #sendCancel(): void {
    if (this.#cancelled || this.#transaction === undefined) return;
    this.#cancelled = true;
    this.#transaction.cancelled();
    this.#port.layer.request(createCancel(this.#invite), this.#peer.endpoint, NOTHING);
  }

  #finish(end: SessionEnd, later: boolean): void {
    this.#cancelWatchdog();
    this.#cancelSilence();
    // A second final response of a fork, after the session was answered, ends nothing.
    if (this.#abandoned || this.#established !== undefined) return;
    this.#abandoned = true;
    this.#port.release(this);
    this.#listener.end(end, later);
  }
}

function readInvite(text: string): SipRequest {
  const message = readMessageText(text);
  if (message?.kind !== "request") throw new Error("a saved call has no request");
  return message;
}

/** Without what is undefined: plain data. */
function outgoingRequest(request: Omit<InviteRequest, "account">): OutgoingState["request"] {
  const { uri, to, from, offer, callId, fromHost, headers, symmetric, silenceMaxMs } = request;
  return {
    uri, to, from, offer, callId,
    ...(fromHost === undefined ? {} : { fromHost }),
    ...(headers === undefined ? {} : { headers }),
    ...(symmetric === undefined ? {} : { symmetric }),
    ...(silenceMaxMs === undefined ? {} : { silenceMaxMs }),
  };
}

function createInvite(port: SessionPort, call: { readonly callId: string; readonly localTag: string; readonly sequence: number }, request: InviteRequest): SipRequest {
  return createRequest({
    method: "INVITE",
    uri: request.uri,
    from: formatFrom(request.from, request.fromHost ?? port.local, call.localTag),
    to: `<${request.uri.replace(/[<>\s]/g, "")}>`,
    callId: call.callId,
    sequence: call.sequence,
    contact: port.contact(request.to),
    extra: [ALLOW, ["Supported", `${RELIABLE}, ${SUPPORTED[1]}`], ["X-Ringward-Call", request.callId], ...(request.headers ?? [])],
    body: sdpBody(request.offer),
  });
}
