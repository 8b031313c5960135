// The REFERs of one dialog's far side: judged, answered, and followed by NOTIFYs until the end (RFC 3515 section 2.4).
import type { Cancel } from "../../protocol/base/clock.js";
import { createInDialog, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { readReferTo } from "../../protocol/sip/refer/refer-to.js";
import { sipfrag } from "../../protocol/sip/refer/sipfrag.js";
import type { ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import type { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { refuse } from "./answer.js";
import { exchange } from "./exchange.js";
import { nextHop, type Peer } from "./next-hop.js";
import type { Refer } from "./refer.js";
import type { SessionListener } from "./session-listener.js";
import type { SessionPort } from "./session-port.js";

export interface ReferServerOptions {
  readonly port: SessionPort;
  readonly dialog: Dialog;
  readonly peer: Peer;
  readonly credentials: DigestClient | undefined;
  readonly listener: SessionListener;
}

/** A subscription of which nothing is heard for so long is over by its own word; transfers are decided earlier. */
const EXPIRES_S = 180;
/** So long who finishes waits for the far side to take the last NOTIFY. */
const TAKEN_MS_MAX = 4000;
/** Of a transfer that a restart of the server cut off. */
const CUT_OFF = 503;

export class ReferServer {
  readonly #options: ReferServerOptions;
  #subscription: Subscription | undefined;
  /** The first REFER of a dialog has no id (section 2.4.6). */
  #isFirst = true;

  constructor(options: ReferServerOptions) {
    this.#options = options;
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const to = readReferTo(request.headers);
    if (typeof to === "string") return refuse(transaction, { status: 400, reason: `Bad Request (${to})` });
    // One at a time: a second one would be put through to somebody else than the first.
    if (this.#subscription?.isOpen === true) return refuse(transaction, { status: 491 });
    const silent = request.headers.get("refer-sub")?.trim().toLowerCase().startsWith("false") === true;
    const subscription = new Subscription(this.#options, { event: this.#event(request), silent });
    this.#subscription = subscription;
    const refer: Refer = { to, progress: (status) => subscription.tell(status), finish: (status) => subscription.finish(status) };
    const status = this.#options.listener.refer(refer);
    if (status >= 300) {
      this.#subscription = undefined;
      return refuse(transaction, { status });
    }
    this.#isFirst = false;
    const { port, peer } = this.#options;
    // RFC 4488 section 4: who wants no subscription is told that there is none.
    transaction.respond(createResponse(request, 202, { extra: [["Contact", port.contact(peer.endpoint)], ...(silent ? [["Refer-Sub", "false"] as const] : [])] }));
    subscription.begin();
  }

  /** The event of a transfer that is not decided, for another process to end. */
  suspend(): string | undefined {
    const subscription = this.#subscription;
    subscription?.close();
    return subscription?.isOpen === true && !subscription.silent ? subscription.event : undefined;
  }

  restore(event: string): void {
    this.#isFirst = false;
    const subscription = new Subscription(this.#options, { event, silent: false });
    void subscription.finish(CUT_OFF);
  }

  #event({ headers }: SipRequest): string {
    return this.#isFirst ? "refer" : `refer;id=${headers.cseq.sequence}`;
  }
}

/** Tells one REFER's end the newest status, each NOTIFY when the one before has its answer, so that none overtakes another. */
class Subscription {
  readonly event: string;
  readonly silent: boolean;
  readonly #options: ReferServerOptions;
  /** Not told yet; the newest. */
  #next: number | undefined;
  #began = false;
  #sending = false;
  #over = false;
  #cancelWait: Cancel = () => undefined;
  #onTaken: () => void = () => undefined;
  isOpen = true;

  constructor(options: ReferServerOptions, { event, silent }: { readonly event: string; readonly silent: boolean }) {
    this.#options = options;
    this.event = event;
    this.silent = silent;
  }

  /** The REFER is answered: an immediate NOTIFY follows (section 2.4.4). */
  begin(): void {
    this.#began = true;
    this.#next ??= 100;
    this.#send();
  }

  tell(status: number): void {
    if (!this.isOpen) return;
    this.#next = status;
    if (this.#began) this.#send();
  }

  finish(status: number): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    this.isOpen = false;
    this.#next = status;
    if (this.silent) return Promise.resolve();
    const taken = new Promise<void>((resolve) => void (this.#onTaken = resolve));
    this.#cancelWait = this.#options.port.clock.after(TAKEN_MS_MAX, () => this.#onTaken());
    // Of another process the REFER was answered long ago.
    this.#began = true;
    this.#send();
    return taken;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#over = true;
    this.#cancelWait();
  }

  #send(): void {
    const status = this.#next;
    if (this.silent || this.#sending || this.#over || status === undefined) return;
    this.#next = undefined;
    this.#sending = true;
    const { port, dialog, peer, credentials } = this.#options;
    const isLast = status >= 200;
    const state = isLast ? "terminated;reason=noresource" : `active;expires=${EXPIRES_S}`;
    exchange({
      layer: port.layer,
      to: () => nextHop(dialog, peer, port.isConnected),
      credentials,
      make: () => createInDialog(dialog, "NOTIFY", { contact: port.contact(peer.endpoint), extra: [["Event", this.event], ["Subscription-State", state]], body: sipfrag(status) }),
      onSent: (_request, transaction) => {
        if (transaction === undefined) this.#sent(isLast, 503);
      },
      onResponse: (response) => {
        if (response.status >= 200) this.#sent(isLast, response.status);
      },
      onTimeout: () => this.#sent(isLast, 408),
    });
  }

  #sent(isLast: boolean, status: number): void {
    this.#sending = false;
    // Refused: the far side has no such subscription, or wants no more of it (RFC 6665 section 4.2.2).
    if (isLast || status >= 300) this.#over = true;
    if (this.#over) {
      this.#cancelWait();
      this.#onTaken();
    } else this.#send();
  }
}
