// An offer of ours inside of a dialog: re-INVITE as RFC 3261 section 14.1 has it, until the far side's answer.
import type { Cancel } from "../../protocol/base/clock.js";
import type { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createAck2xx, createInDialog, refreshTarget, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import type { SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { createCancel } from "../../protocol/sip/transaction/derived-request.js";
import { exchange, type ExchangeOptions } from "./exchange.js";
import { nextHop, type Peer } from "./next-hop.js";
import { ALLOW } from "./request-guard.js";
import { readSdp, sdpBody } from "./session-body.js";
import type { SessionPort } from "./session-port.js";

/** `refused`: all stays as it was. `glare`: the far side offers at the same time. `dead`: the far side knows nothing of the dialog any more, or says nothing (section 12.2.1.2). */
export type ReofferOutcome = { readonly kind: "answered"; readonly sdp: string } | { readonly kind: "refused"; readonly status: number } | { readonly kind: "glare" } | { readonly kind: "dead" };

export interface ReofferOptions {
  readonly port: SessionPort;
  readonly dialog: Dialog;
  readonly peer: Peer;
  readonly credentials: DigestClient | undefined;
  readonly sdp: string;
  /** Once. */
  readonly onDone: (outcome: ReofferOutcome) => void;
}

/** A machine needs no longer to decide; a person should not be asked. */
const ANSWER_MS_MAX = 35_000;
const NOTHING = { onResponse: (): void => undefined, onTimeout: (): void => undefined };

/** It has no final answer yet. */
export const isOpen = ({ machine }: SavedTransaction): boolean => machine.state === "calling" || machine.state === "proceeding";

export class Reoffer {
  readonly #options: ReofferOptions;
  #invite: SipRequest | undefined;
  #ack: SipRequest | undefined;
  #provisional = false;
  #done = false;
  #cancelTimer: Cancel = () => undefined;

  constructor(options: ReofferOptions) {
    this.#options = options;
  }

  /** @param restored where another process sent it; one that had its answer by then only acknowledges that when it comes again */
  start(restored?: ExchangeOptions["restored"]): void {
    if (restored !== undefined && !isOpen(restored.transaction)) this.#done = true;
    const { port, dialog, peer, credentials, sdp } = this.#options;
    if (!this.#done) this.#cancelTimer = port.clock.after(ANSWER_MS_MAX, () => this.#giveUp());
    exchange({
      layer: port.layer,
      to: () => nextHop(dialog, peer, port.isConnected),
      credentials,
      restored,
      make: () => createInDialog(dialog, "INVITE", { contact: port.contact(peer.endpoint), extra: [ALLOW], body: sdpBody(sdp) }),
      isWanted: () => !this.#done,
      onSent: (invite, transaction) => {
        this.#invite = invite;
        if (transaction === undefined) this.#finish({ kind: "refused", status: 503 });
      },
      onResponse: (response) => this.#receive(response),
      onTimeout: () => this.#finish({ kind: "dead" }),
    });
  }

  /** The session ends: nothing more is told, but a 2xx is still acknowledged. */
  abandon(): void {
    this.#done = true;
    this.#cancelTimer();
  }

  #receive(response: SipResponse): void {
    const { status } = response;
    if (status < 200) this.#provisional = true;
    else if (status < 300) this.#accepted(response);
    else if (status === 491) this.#finish({ kind: "glare" });
    else this.#finish(status === 408 || status === 481 ? { kind: "dead" } : { kind: "refused", status });
  }

  /** Each 2xx has its ACK, the repeated ones the same again (section 13.2.2.4). */
  #accepted(response: SipResponse): void {
    const { port, dialog, peer } = this.#options;
    if (this.#ack === undefined) refreshTarget(dialog, response);
    const hop = nextHop(dialog, peer, port.isConnected);
    if (this.#ack === undefined) {
      this.#ack = createAck2xx(dialog, this.#invite!);
      port.layer.addVia(this.#ack, hop);
    }
    port.send(this.#ack, hop);
    const sdp = readSdp(response);
    this.#finish(sdp === undefined ? { kind: "refused", status: 488 } : { kind: "answered", sdp });
  }

  #giveUp(): void {
    if (this.#provisional) this.#options.port.layer.request(createCancel(this.#invite!), nextHop(this.#options.dialog, this.#options.peer, this.#options.port.isConnected), NOTHING);
    this.#finish({ kind: "refused", status: 408 });
  }

  #finish(outcome: ReofferOutcome): void {
    if (this.#done) return;
    this.abandon();
    this.#options.onDone(outcome);
  }
}
