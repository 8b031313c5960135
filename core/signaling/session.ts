// One INVITE dialog as call control sees it; SIP stays below. Implemented over transactions and dialogs in this folder.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { ReplacedDialog, ReplacedState } from "../../protocol/sip/refer/replaces.js";
import type { Refer } from "./refer.js";

export interface PartyAddress {
  /** User part of the From (incoming) or the dialled URI (outgoing), decoded; empty where anonymous. */
  readonly number: string;
  readonly displayName?: string;
  /** The party asked that its number and name be shown to nobody (RFC 3323, RFC 3325). */
  readonly withheld?: boolean;
}

/** Why a session is over; `media`: its sound could not go on, for the reason given. `status` and `reason` are the far side's final answer or our own rejection. */
export interface SessionEnd {
  readonly by: "remote" | "local" | "failure";
  /** `cancelled`: the caller hung up before the answer. */
  readonly cause: "bye" | "cancelled" | "rejected" | "timeout" | "no-ack" | "transport" | "media" | "shutdown";
  readonly status?: number;
  readonly reason?: string;
  /** For so long the far side wants nothing more of ours (RFC 3261 section 20.33). */
  readonly retryAfterS?: number;
}

/** The status of a call to a registered contact that could not be connected to, by a connection of its own or ours (RFC 5626 section 11.5). */
export const FLOW_FAILED = 430;

/** Listeners may be set once; they are never called inside a method of the session. */
export interface SessionEvents {
  /**
   * Outgoing: 180, 183 and the like; `sdp` where it carries an answer that is news: early media may come. Of several
   * branches of a fork the last one to answer counts until the 2xx, which may be another's.
   */
  onProgress(status: number, sdp: string | undefined): void;
  /** Outgoing: 2xx, acknowledged by the session; `sdp` is the answer. */
  onAnswered(sdp: string): void;
  /**
   * Incoming: our 2xx was acknowledged; `sdp` where the ACK carried the answer to an offerless INVITE. Comes again, in
   * either direction, when the answer to an offer arrives that `onOffer(undefined)` made.
   */
  onConfirmed(sdp: string | undefined): void;
  /** A re-INVITE or UPDATE; `offer` undefined means that we are to offer. Return the SDP for the 2xx, or undefined or a whole Warning value for 488. */
  onOffer(offer: string | undefined): string | { readonly warning: string } | undefined;
  /** A key that came in an INFO; `0-9 * # A-D`. */
  onKey?(key: string, durationMs: number): void;
  /** The far side wants whom it talks to put through to somebody else. Return 202, or 300-699 to refuse; 603 without a listener. */
  onRefer?(refer: Refer): number;
  /** Once, the last event. */
  onEnded(end: SessionEnd): void;
}

interface SessionBase {
  /** The Call-ID of the dialog, which SIP traces go by. */
  readonly callId: string;
  /** Ours in the dialog; with the Call-ID it names the session. */
  readonly localTag: string;
  readonly remote: PartyAddress;
  /** The address the far side's SIP came from or goes to: what `nat: true` expects RTP from. */
  readonly remoteEndpoint: Endpoint;
  listen(events: SessionEvents): void;
  /**
   * Offers anew once the session is answered: another port, codec or direction (RFC 3261 section 14.1). Offers follow each
   * other, and wait for one of the far side's. Resolves with the answer; undefined where it is refused or the session ends,
   * and then all stays as it was.
   */
  reoffer(sdp: string): Promise<string | undefined>;
  /** BYE, CANCEL or a final answer, whichever the state asks for. Idempotent. */
  hangup(options?: HangupOptions): void;
}

export interface IncomingSession extends SessionBase {
  readonly direction: "incoming";
  /** The called number: user part of the Request-URI, decoded. */
  readonly called: string;
  /** The INVITE's offer; undefined where the caller waits for ours. */
  readonly offer: string | undefined;
  /** It shall take the place of this dialog of ours, which was there and might be replaced when it came (RFC 3891). */
  readonly replaces?: ReplacedDialog | undefined;
  /** Who sent it: a trunk's name or a phone's extension, as the door (trunks, digest) decided. */
  readonly origin: { readonly kind: "trunk" | "phone"; readonly name: string };
  ring(): void;
  /** 183 with `sdp`, the answer that `answer` will repeat (RFC 3261 section 13.3.1.4): sound may pass from now on. Not for an offerless INVITE. */
  progress(sdp: string): void;
  /** 200 with `sdp`, an answer or, to an offerless INVITE, our offer. */
  answer(sdp: string): void;
  reject(status: number, more?: Rejection): void;
}

/** What a caller hears who was not answered yet. */
export interface HangupOptions extends Pick<Rejection, "reason" | "retryAfterS"> {
  /** 480 unless told. */
  readonly status?: number;
}

/** What a final answer of 300-699 says besides its status. */
export interface Rejection {
  /** The usual phrase where absent. */
  readonly reason?: string;
  /** What ISDN would say (RFC 3326), for a carrier that decides by it where the call goes next. */
  readonly q850Cause?: number;
  /** Who hears it may send nothing at all for so long (RFC 3261 section 20.33): only where the whole server is meant. */
  readonly retryAfterS?: number;
  /** A whole Warning value. */
  readonly warning?: string;
}

/** With 503, where the whole server is full or on its way down: who asks may stay silent for a while (RFC 3261 section 20.33). */
export const SERVER_FULL: Rejection = { retryAfterS: 10 };

export interface OutgoingSession extends SessionBase {
  readonly direction: "outgoing";
}

export interface InviteRequest {
  /** Request-URI, and where to send it when that is not what the URI says (a phone behind NAT). */
  readonly uri: string;
  readonly to: Endpoint;
  /** What the called phone shows. */
  readonly from: PartyAddress;
  readonly offer: string;
  /** Our id of the call, sent as X-Ringward-Call so that one id joins all legs. */
  readonly callId: string;
  /** The host of From; our own address unless told. */
  readonly fromHost?: string | undefined;
  /** Further header fields: P-Asserted-Identity, Privacy. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
  /** `to` is where a REGISTER came from: where that was a connection which is gone, `uri` is tried, else the call ends as FLOW_FAILED. */
  readonly registered?: boolean | undefined;
  /** Answers 401 and 407, for the whole dialog. */
  readonly account?: DigestAccount | undefined;
  /** Whether the far side's Contact is beyond reach; unless told where `to` is not what `uri` says. */
  readonly symmetric?: boolean | undefined;
  /** Given up (408) where nothing at all, not even 100, came by then; unless told RFC 3261's 32 s. */
  readonly silenceMaxMs?: number | undefined;
}

/** The signalling plane as call control sees it. */
export interface Signaling {
  /** New calls that passed the door; one listener. */
  onIncoming(listener: (session: IncomingSession) => void): void;
  invite(request: InviteRequest): OutgoingSession;
  /** The session of a dialog that a far side names, and how far it is. */
  dialog(named: ReplacedDialog): { readonly state: ReplacedState; readonly session?: IncomingSession | OutgoingSession };
  /** One that another process had. */
  session(callId: string, localTag: string): IncomingSession | OutgoingSession | undefined;
}
