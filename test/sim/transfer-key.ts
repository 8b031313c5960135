// The transfer key of a simulated desk phone: sends REFERs in the dialogs that its own stack has, beside that stack.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { SimRandom } from "../../protocol/base/sim-random.js";
import type { Transport } from "../../protocol/base/transport.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipMessage } from "../../protocol/sip/message/message.js";
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
/** Of calls that it takes. */
const SHARE = 0.7;
const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

export class TransferKey {
  /** The last NOTIFY of each transfer. */
  readonly finals = new Map<string, number>();
  readonly #options: TransferKeyOptions;
  readonly #calls = new Set<string>();
  readonly #answered = new Set<string>();
  #transport: Transport | undefined;

  constructor(options: TransferKeyOptions) {
    this.#options = options;
  }

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
    if (message.kind !== "response" || method !== "BYE") return bytes;
    return encoder.encode(decoder.decode(bytes).replace(/^CSeq: \d+ BYE/m, `CSeq: ${sequence - BYE_CSEQ} BYE`));
  }

  #outgoing(bytes: Uint8Array): Uint8Array {
    const text = decoder.decode(bytes);
    if (text.startsWith("BYE ")) return encoder.encode(text.replace(/^CSeq: (\d+) BYE/m, (_, sequence) => `CSeq: ${Number(sequence) + BYE_CSEQ} BYE`));
    if (text.startsWith("SIP/2.0 200") && /^CSeq: \d+ INVITE/m.test(text)) this.#answers(text);
    return bytes;
  }

  #answers(text: string): void {
    const { clock, random, targets } = this.#options;
    const value = (name: string): string => new RegExp(`^${name}: ([^\\r]*)`, "m").exec(text)?.[1] ?? "";
    const callId = value("Call-ID");
    if (this.#calls.has(callId)) return;
    this.#calls.add(callId);
    const [presses, afterMs, which] = [random.next() < SHARE, 200 + random.next() * 3000, random.next()];
    const target = targets[Math.floor(which * targets.length)]!;
    if (presses) clock.after(afterMs, () => this.#refer({ callId, from: value("To"), to: value("From"), target, branch: `z9hG4bKrefer${Math.floor(random.next() * 1e9)}` }, 1));
  }

  #refer(of: { readonly callId: string; readonly from: string; readonly to: string; readonly target: string; readonly branch: string }, count: number): void {
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
      `Refer-To: <sip:${of.target}@${server.address}>`,
      "Content-Length: 0",
    ];
    this.#transport!.send(encoder.encode(`${lines.join("\r\n")}\r\n\r\n`), server);
    clock.after(RESEND_MS, () => this.#refer(of, count + 1));
  }
}
