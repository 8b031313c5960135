// The transfer key of a simulated desk phone: sends REFERs in the dialogs that its own stack has, beside that stack; blind, or
// once whom it asked has answered (RFC 5589 section 7).
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { SimRandom } from "../../protocol/base/sim-random.js";
import type { Transport } from "../../protocol/base/transport.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipMessage, SipResponse } from "../../protocol/sip/message/message.js";
import { serializeMessage } from "../../protocol/sip/message/serialize.js";

export interface TransferKeyOptions {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly server: Endpoint;
  /** Where callers are put through to. */
  readonly targets: readonly string[];
}

/** Of its REFERs; the stack's BYE comes behind. */
const REFER_CSEQ = 500;
const BYE_CSEQ = 1000;
const RESEND_MS = 500;
const SENDS_MAX = 10;
/** Of calls that it takes, and of these of those whose target it asks first. */
const SHARE = 0.7;
const ATTENDED_SHARE = 0.4;
const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

interface Referral {
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly target: string;
  readonly branch: string;
  /** The dialog with whom it asked, as Refer-To names it. */
  readonly replaces?: string;
}

export class TransferKey {
  /** The last NOTIFY of each transfer. */
  readonly finals = new Map<string, number>();
  readonly #options: TransferKeyOptions;
  readonly #calls = new Set<string>();
  readonly #answered = new Set<string>();
  /** By the Call-ID of the call to whom it asks. */
  readonly #asking = new Map<string, Referral>();
  /** While the stack is being told to call. */
  #asks: Referral | undefined;
  /** Transfers whose target was asked, and had answered. */
  readonly attended = new Set<string>();
  #transport: Transport | undefined;

  constructor(options: TransferKeyOptions) {
    this.#options = options;
  }

  /** Set by its phone: calls whom it asks, from another line. */
  call: (extension: string) => void = () => undefined;

  /** What the stack sends goes through here. */
  wrap(transport: Transport): Transport {
    this.#transport = transport;
    return { protocol: "UDP", local: transport.local, close: () => transport.close(), send: (bytes, to) => transport.send(this.#outgoing(bytes), to) };
  }

  /** Undefined where the packet is none of the stack's; else what it is to read. */
  incoming(message: SipMessage | undefined, bytes: Uint8Array): Uint8Array | undefined {
    if (message === undefined) return bytes;
    const { method, sequence } = message.headers.cseq;
    if (message.kind === "request" && method === "NOTIFY") {
      const status = Number(decoder.decode(message.body).slice(8, 11));
      if (status >= 200) this.finals.set(message.headers.callId, status);
      this.#transport?.send(serializeMessage(createResponse(message, 200)), this.#options.server);
      return undefined;
    }
    if (message.kind === "response" && method === "REFER") {
      this.#answered.add(message.headers.callId);
      return undefined;
    }
    if (message.kind === "response" && method === "INVITE" && message.status === 200) this.#reached(message);
    if (message.kind !== "response" || method !== "BYE") return bytes;
    return encoder.encode(decoder.decode(bytes).replace(/^CSeq: \d+ BYE/m, `CSeq: ${sequence - BYE_CSEQ} BYE`));
  }

  #outgoing(bytes: Uint8Array): Uint8Array {
    const text = decoder.decode(bytes);
    if (this.#asks !== undefined && text.startsWith("INVITE ")) this.#asking.set(valueOf(text, "Call-ID"), this.#asks);
    if (text.startsWith("BYE ")) return encoder.encode(text.replace(/^CSeq: (\d+) BYE/m, (_, sequence) => `CSeq: ${Number(sequence) + BYE_CSEQ} BYE`));
    if (text.startsWith("SIP/2.0 200") && /^CSeq: \d+ INVITE/m.test(text)) this.#answers(text);
    return bytes;
  }

  #answers(text: string): void {
    const { clock, random, targets } = this.#options;
    const callId = valueOf(text, "Call-ID");
    if (this.#calls.has(callId)) return;
    this.#calls.add(callId);
    const [presses, afterMs, which, asks] = [random.next() < SHARE, 200 + random.next() * 3000, random.next(), random.next() < ATTENDED_SHARE];
    const target = targets[Math.floor(which * targets.length)]!;
    const referral = { callId, from: valueOf(text, "To"), to: valueOf(text, "From"), target, branch: `z9hG4bKrefer${Math.floor(random.next() * 1e9)}` };
    if (presses) clock.after(afterMs, () => (asks ? this.#ask(referral) : this.#refer(referral, 1)));
  }

  #ask(referral: Referral): void {
    this.#asks = referral;
    this.call(referral.target);
    this.#asks = undefined;
  }

  /** Whom it asked has answered. */
  #reached({ headers }: SipResponse): void {
    const { clock, random } = this.#options;
    const { callId } = headers;
    const referral = this.#asking.get(callId);
    this.#asking.delete(callId);
    if (referral === undefined) return;
    const replaces = encodeURIComponent(`${callId};to-tag=${headers.to.tag ?? ""};from-tag=${headers.from.tag ?? ""}`);
    clock.after(random.next() * 1500, () => {
      this.attended.add(referral.callId);
      this.#refer({ ...referral, replaces }, 1);
    });
  }

  #refer(of: Referral, count: number): void {
    const { clock, server } = this.#options;
    const local = this.#transport!.local;
    if (count > SENDS_MAX || this.#answered.has(of.callId)) return;
    const lines = [
      `REFER sip:${server.address}:${server.port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${local.address}:${local.port};branch=${of.branch};rport`,
      "Max-Forwards: 70",
      `From: ${of.from}`,
      `To: ${of.to}`,
      `Call-ID: ${of.callId}`,
      `CSeq: ${REFER_CSEQ} REFER`,
      `Contact: <sip:${local.address}:${local.port}>`,
      `Refer-To: <sip:${of.target}@${server.address}${of.replaces === undefined ? "" : `?Replaces=${of.replaces}`}>`,
      "Content-Length: 0",
    ];
    this.#transport!.send(encoder.encode(`${lines.join("\r\n")}\r\n\r\n`), server);
    clock.after(RESEND_MS, () => this.#refer(of, count + 1));
  }
}

const valueOf = (text: string, name: string): string => new RegExp(`^${name}: ([^\\r]*)`, "m").exec(text)?.[1] ?? "";
