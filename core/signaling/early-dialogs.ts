// The early dialogs of a call that we make, one for each branch of a fork (RFC 3261 section 12.1): what each has answered
// before the 2xx, and the acknowledgement of those provisional responses that ask for one (RFC 3262).
import type { DigestClient } from "../../protocol/sip/auth/digest-client.js";
import { createInDialog, createUacDialog, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import type { SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import { exchange } from "./exchange.js";
import { nextHop, type Peer } from "./next-hop.js";
import { readSdp } from "./session-body.js";
import { readDialog, type EarlyState } from "./session-state.js";
import type { SessionPort } from "./session-port.js";

export const RELIABLE = "100rel";

export interface EarlyDialogsOptions {
  readonly port: SessionPort;
  readonly peer: Peer;
  readonly credentials: DigestClient | undefined;
}

interface EarlyDialog {
  readonly dialog: Dialog;
  /** Of the last response that was acknowledged. */
  sequence?: number;
  /** The last answer that it gave. */
  sdp?: string;
}

/** More branches than a fork of any sense has: what further ones say is heard, but not acknowledged. */
const EARLY_DIALOGS_MAX = 16;
const RSEQ_MAX = 0xffffffff;
const NOTHING = { onResponse: (): void => undefined, onTimeout: (): void => undefined };

export class EarlyDialogs {
  readonly #options: EarlyDialogsOptions;
  /** By the far side's tag. */
  readonly #dialogs = new Map<string, EarlyDialog>();

  constructor(options: EarlyDialogsOptions) {
    this.#options = options;
  }

  /**
   * Takes a 101-199 to `invite` and acknowledges it where it asks for that. Returns the answer in it, where it is one that
   * this branch has not given before; undefined where the whole response is no news: a reliable one that comes again, or
   * before one that is missing yet (RFC 3262 section 4).
   */
  take(invite: SipRequest, response: SipResponse): { readonly sdp: string | undefined } | undefined {
    const early = this.#find(invite, response);
    const sequence = readSequence(response);
    const sdp = readSdp(response);
    if (sequence !== undefined) {
      if (early === undefined || (early.sequence !== undefined && sequence !== early.sequence + 1)) return undefined;
      early.sequence = sequence;
      this.#acknowledge(early.dialog, invite, sequence);
    }
    if (early === undefined || sdp === undefined) return { sdp };
    const isNews = sdp !== early.sdp;
    early.sdp = sdp;
    return { sdp: isNews ? sdp : undefined };
  }

  /** What the branch has answered: its 2xx need not say it again where the answer was acknowledged. */
  answerOf(remoteTag: string): string | undefined {
    return this.#dialogs.get(remoteTag)?.sdp;
  }

  /** A branch whose far side has that tag. */
  has(remoteTag: string): boolean {
    return this.#dialogs.has(remoteTag);
  }

  /** The dialog of a 2xx counts on from what was sent in it before. */
  confirm(dialog: Dialog): Dialog {
    const early = this.#dialogs.get(dialog.remoteTag)?.dialog;
    if (early !== undefined) dialog.localSequence = Math.max(dialog.localSequence, early.localSequence);
    return dialog;
  }

  /** Another INVITE takes the place of the one that was challenged. */
  clear(): void {
    this.#dialogs.clear();
  }

  save(): readonly EarlyState[] {
    return [...this.#dialogs.values()].map(({ dialog, sequence, sdp }) => ({ dialog, ...(sequence === undefined ? {} : { sequence }), ...(sdp === undefined ? {} : { sdp }) }));
  }

  restore(states: readonly EarlyState[]): void {
    for (const { dialog, ...rest } of states) this.#dialogs.set(dialog.remoteTag, { dialog: readDialog(dialog), ...rest });
  }

  /** Undefined where the response makes no dialog, for want of a tag or of room. */
  #find(invite: SipRequest, response: SipResponse): EarlyDialog | undefined {
    const tag = response.headers.to.tag ?? "";
    const known = this.#dialogs.get(tag);
    if (known !== undefined || tag === "" || this.#dialogs.size >= EARLY_DIALOGS_MAX) return known;
    const early = { dialog: createUacDialog(invite, response) };
    this.#dialogs.set(tag, early);
    return early;
  }

  /** Until it is answered or nobody does: then the far side ends the INVITE by itself (RFC 3262 section 3). */
  #acknowledge(dialog: Dialog, invite: SipRequest, sequence: number): void {
    const { port, peer, credentials } = this.#options;
    exchange({
      layer: port.layer,
      to: () => nextHop(dialog, peer, port.isConnected),
      credentials,
      make: () => createInDialog(dialog, "PRACK", { extra: [["RAck", `${sequence} ${invite.headers.cseq.sequence} INVITE`]] }),
      ...NOTHING,
    });
  }
}

/** Undefined where nobody asks for an acknowledgement: RSeq alone does not. */
function readSequence({ headers }: SipResponse): number | undefined {
  if (!headers.require.includes(RELIABLE)) return undefined;
  const text = headers.get("rseq") ?? "";
  const sequence = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return sequence >= 1 && sequence <= RSEQ_MAX ? sequence : undefined;
}
