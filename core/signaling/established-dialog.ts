// A session's dialog once a 2xx was sent or received: re-INVITE, BYE, and the 2xx that waits for its ACK.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomBelow } from "../../protocol/base/random.js";
import type { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { AnswerKeeper, type AnswerKeeperState } from "../../protocol/sip/dialog/answer-keeper.js";
import { checkSequence, createInDialog, refreshTarget, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { judgeInvite } from "../../protocol/sip/dialog/offer-gate.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import type { SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { serverKey } from "../../protocol/sip/transaction/match.js";
import type { ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import { refuse } from "./answer.js";
import { exchange } from "./exchange.js";
import { readInfoKey } from "./info-keys.js";
import { nextHop, type Peer } from "./next-hop.js";
import { OfferQueue } from "./offer-queue.js";
import { ReferServer } from "./refer-server.js";
import { ALLOW, SUPPORTED } from "./request-guard.js";
import type { SessionEnd } from "./session.js";
import { readSdp, sdpBody } from "./session-body.js";
import type { SessionListener } from "./session-listener.js";
import type { EstablishedState } from "./session-state.js";
import type { SessionPort } from "./session-port.js";

export interface EstablishedOptions {
  readonly port: SessionPort;
  readonly dialog: Dialog;
  readonly peer: Peer;
  /** Of the dialog: they go onto every request of ours in it. */
  readonly credentials: DigestClient | undefined;
  readonly listener: SessionListener;
  readonly callIdIsOurs: boolean;
  /** The dialog is over and nothing waits for a request any more. */
  readonly onReleased: () => void;
}

interface UnackedAnswer {
  readonly transaction: ServerTransaction;
  readonly keeper: AnswerKeeper;
  /** Our 2xx made the offer: its ACK brings the answer. */
  readonly offered: boolean;
  readonly initial: boolean;
}

/** Retry-After of a refused re-INVITE is 0 to this (RFC 3261 section 14.2). */
const RETRY_MAX_S = 10;

export class EstablishedDialog {
  readonly #options: EstablishedOptions;
  #unacked: UnackedAnswer | undefined;
  readonly #offers: OfferQueue;
  readonly #refers: ReferServer;
  #byeWanted = false;
  #over = false;

  constructor(options: EstablishedOptions) {
    this.#options = options;
    this.#refers = new ReferServer(options);
    this.#offers = new OfferQueue({
      ...options,
      isFree: () => this.#unacked === undefined && !this.#over && !this.#byeWanted,
      onDead: () => {
        this.#sendBye();
        options.listener.end({ by: "failure", cause: "timeout" }, false);
      },
    });
  }

  /** Sends a 2xx and keeps sending it until its ACK comes. */
  answer(transaction: ServerTransaction, response: SipResponse, kind: { readonly offered: boolean; readonly initial: boolean }): void {
    transaction.respond(response);
    this.#unacked = { transaction, keeper: this.#keep(transaction, response), ...kind };
  }

  get dialog(): Dialog {
    return this.#options.dialog;
  }

  /** For another process: nothing happens here from now on. */
  suspend(): EstablishedState {
    const unacked = this.#unacked;
    this.#over = true;
    this.#offers.suspend();
    this.#offers.clear();
    const referred = this.#refers.suspend();
    const state = { byeWanted: this.#byeWanted, ...(referred === undefined ? {} : { referred }) };
    if (unacked === undefined) return state;
    const { transaction, offered, initial, keeper } = unacked;
    keeper.stop();
    return { ...state, unacked: { transaction: serverKey(transaction.request), offered, initial, ...keeper.save() } };
  }

  /** Goes on with what another process had, `elapsedMs` later. */
  restore({ byeWanted, unacked, referred }: EstablishedState, elapsedMs: number): void {
    if (referred !== undefined) this.#refers.restore(referred);
    this.#byeWanted = byeWanted;
    const transaction = unacked && this.#options.port.layer.server(unacked.transaction);
    const response = transaction?.kind === "invite" ? transaction.lastResponse : undefined;
    if (unacked === undefined || transaction === undefined || response === undefined) return;
    const { offered, initial, intervalMs } = unacked;
    const from = { intervalMs, resendMs: Math.max(0, unacked.resendMs - elapsedMs), endMs: Math.max(0, unacked.endMs - elapsedMs) };
    this.#unacked = { transaction, offered, initial, keeper: this.#keep(transaction, response, from) };
  }

  #keep(transaction: ServerTransaction, response: SipResponse, from?: AnswerKeeperState): AnswerKeeper {
    const { clock, timers } = this.#options.port;
    return new AnswerKeeper({ clock, timers, resend: () => transaction.respond(response), onAckMissing: () => this.#ackMissing(), ...(from === undefined ? {} : { from }) });
  }

  receive(transaction: ServerTransaction, source: Endpoint): void {
    const { request } = transaction;
    const { dialog, peer } = this.#options;
    if (this.#over || request.headers.from.tag !== (dialog.remoteTag === "" ? undefined : dialog.remoteTag)) return refuse(transaction, { status: 481 });
    if (checkSequence(dialog, request) === "old") return refuse(transaction, { status: 500, reason: "CSeq out of order" });
    peer.endpoint = source;
    if (request.method === "BYE") return this.#receiveBye(transaction);
    if (request.method === "INVITE" && transaction.kind === "invite") return this.#receiveInvite(transaction);
    if (request.method === "INFO") return this.#receiveInfo(transaction);
    if (request.method === "REFER") return this.#byeWanted ? refuse(transaction, { status: 481 }) : this.#refers.receive(transaction);
    return refuse(transaction, request.method === "OPTIONS" ? { status: 200, extra: [ALLOW] } : { status: 405, extra: [ALLOW] });
  }

  receiveAck(ack: SipRequest): void {
    const unacked = this.#unacked;
    if (unacked === undefined || ack.headers.cseq.sequence !== unacked.transaction.request.headers.cseq.sequence) return;
    this.#acknowledged(unacked, readSdp(ack));
  }

  /** An offer of ours that another process had sent. */
  restoreOffer(transaction: SavedTransaction, elapsedMs: number): void {
    this.#offers.restore(transaction, elapsedMs);
  }

  /** See `SessionBase.reoffer`. */
  reoffer(sdp: string): Promise<string | undefined> {
    return this.#over || this.#byeWanted ? Promise.resolve(undefined) : this.#offers.add(sdp);
  }

  /** Ends the dialog from our side. Before the ACK of our 2xx no BYE may go out (RFC 3261 section 15): it follows the ACK, or the wait for it. */
  bye(end: SessionEnd): void {
    if (this.#over || this.#byeWanted) return;
    this.#options.listener.end(end, true);
    if (this.#unacked?.initial === true) this.#byeWanted = true;
    else this.#sendBye();
  }

  /** RFC 6086 section 4.2.2: one without a body is answered too. */
  #receiveInfo(transaction: ServerTransaction): void {
    const { request } = transaction;
    const key = request.body.length === 0 ? undefined : readInfoKey(request);
    if (request.body.length > 0 && key === undefined) return refuse(transaction, { status: 400, reason: "Bad Request (no key)" });
    transaction.respond(createResponse(request, 200));
    if (key !== undefined) this.#options.listener.emit((events) => events.onKey?.(key.key, key.durationMs));
  }

  #receiveBye(transaction: ServerTransaction): void {
    transaction.respond(createResponse(transaction.request, 200));
    this.#unacked?.keeper.stop();
    this.#release();
    this.#options.listener.end({ by: "remote", cause: "bye" }, false);
  }

  #receiveInvite(transaction: ServerTransaction): void {
    const { port, dialog, listener } = this.#options;
    if (this.#byeWanted) return refuse(transaction, { status: 481 });
    const verdict = judgeInvite({ theirsPending: false, oursPending: this.#offers.pending, offerUnanswered: this.#unacked?.offered ?? false }, randomBelow(port.random, RETRY_MAX_S + 1));
    if (verdict.kind === "refuse") return refuse(transaction, { status: verdict.status });
    // They would not ask again without our last 2xx: its ACK was lost or overtaken.
    if (this.#unacked !== undefined) this.#acknowledged(this.#unacked, undefined);
    transaction.respond(createResponse(transaction.request, 100));
    const offer = readSdp(transaction.request);
    const sdp = listener.offer(offer);
    if (this.#over) return refuse(transaction, { status: 481 });
    if (typeof sdp !== "string") return refuse(transaction, { status: 488, extra: sdp === undefined ? [] : [["Warning", sdp.warning]] });
    refreshTarget(dialog, transaction.request);
    const response = createResponse(transaction.request, 200, { extra: [["Contact", port.contact(this.#options.peer.endpoint)], ALLOW, SUPPORTED], body: sdpBody(sdp) });
    this.answer(transaction, response, { offered: offer === undefined, initial: false });
  }

  #acknowledged(unacked: UnackedAnswer, sdp: string | undefined): void {
    unacked.keeper.stop();
    this.#unacked = undefined;
    this.#options.dialog.confirmed = true;
    if (this.#byeWanted) return this.#sendBye();
    this.#offers.next();
    // Of a re-INVITE only the answer to our offer is news.
    if (unacked.initial || (unacked.offered && sdp !== undefined)) this.#options.listener.emit((events) => events.onConfirmed(unacked.offered ? sdp : undefined));
  }

  #ackMissing(): void {
    this.#unacked = undefined;
    this.#options.port.count("noAck");
    this.#sendBye();
    this.#options.listener.end({ by: "failure", cause: "no-ack" }, false);
  }

  #sendBye(): void {
    this.#unacked?.keeper.stop();
    this.#release();
    sendBye(this.#options.port, this.#options);
  }

  #release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unacked = undefined;
    this.#offers.clear();
    this.#options.onReleased();
  }
}

/** Whatever comes back but a challenge, or nothing: the session is over (RFC 3261 section 15.1.1). */
export function sendBye(port: SessionPort, { dialog, peer, credentials }: Pick<EstablishedOptions, "dialog" | "peer" | "credentials">): void {
  exchange({
    layer: port.layer,
    to: () => nextHop(dialog, peer, port.isConnected),
    credentials,
    make: () => createInDialog(dialog, "BYE"),
    onResponse: () => undefined,
    onTimeout: () => undefined,
  });
}
