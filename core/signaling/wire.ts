// Bytes to messages and back: what is not SIP ends here, malformed requests are answered without state.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { StreamTransport, Transport } from "../../protocol/base/transport.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipFault } from "../../protocol/sip/message/fault.js";
import type { SipMessage, SipRequest, SipResponse } from "../../protocol/sip/message/message.js";
import { MESSAGE_BYTES_MAX, parseMessage } from "../../protocol/sip/message/parse.js";
import { serializeMessage } from "../../protocol/sip/message/serialize.js";
import { reasonPhrase } from "../../protocol/sip/message/status.js";
import { receivedVia } from "../../protocol/sip/message/via.js";
import { responseEndpoint } from "../../protocol/sip/transaction/layer.js";
import type { Counters } from "./counters.js";
import { uriHost } from "./party.js";

/** Where a message came from or goes, and what crossed the wire: the network's again on return. */
export interface WirePlace {
  readonly endpoint: Endpoint;
  readonly bytes: Uint8Array;
}

export type MessageObserver = (direction: "received" | "sent", message: SipMessage, at: WirePlace) => void;

export interface WireOptions {
  readonly local: Endpoint;
  readonly transport: () => Transport | undefined;
  /** Undefined where the network has no TCP. */
  readonly streams: () => StreamTransport | undefined;
  readonly counters: Counters;
  /** A well-formed message, the top Via of a request completed with where it came from. */
  readonly onMessage: (message: SipMessage, source: Endpoint) => void;
  readonly observe: MessageObserver | undefined;
  readonly onFault: (error: unknown) => void;
}

/** RFC 3261 section 18.1.1: a larger request belongs on TCP where the path's MTU is unknown. */
const UDP_REQUEST_BYTES_MAX = 1300;
/** What the Via adds to a request that has none yet: more than any of ours. */
const VIA_BYTES = 100;
/** The largest UDP payload over IPv4. */
const DATAGRAM_BYTES_MAX = 65_507;

export class Wire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Never throws: what goes wrong inside is counted and told to `onFault`. */
  receive(bytes: Uint8Array, source: Endpoint): void {
    try {
      const { message, fault } = parseMessage(bytes);
      if (message === undefined) return this.#receiveFault(fault, source, bytes);
      this.#options.counters.add("received");
      this.#observe("received", message, { endpoint: source, bytes });
      if (message.kind === "request") completeVia(message, source);
      else if (!this.#isOurs(message)) return this.#options.counters.add("viaMismatched");
      this.#options.onMessage(message, source);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** `onLost`: TCP could not send it. UDP never says. */
  send(message: SipMessage, to: Endpoint, onLost = (): void => undefined): void {
    const bytes = serializeMessage(message);
    if (bytes.length > (to.protocol === "TCP" ? MESSAGE_BYTES_MAX : DATAGRAM_BYTES_MAX)) return this.#options.counters.add("oversize");
    this.#options.counters.add("sent");
    this.#observe("sent", message, { endpoint: to, bytes });
    if (to.protocol === "TCP") this.#sendStream(bytes, this.#connectedHop(message, to), onLost);
    else this.#options.transport()?.send(bytes, to);
  }

  /** Where a request goes that has no Via yet: TCP where it is too large for one unfragmented datagram. Without TCP it goes as it is, in fragments. */
  route(request: SipRequest, to: Endpoint): Endpoint {
    if (to.protocol === "TCP" || this.#options.streams() === undefined) return to;
    return serializeMessage(request).length + VIA_BYTES > UDP_REQUEST_BYTES_MAX ? { ...to, protocol: "TCP" } : to;
  }

  #sendStream(bytes: Uint8Array, to: Endpoint, onLost: () => void): void {
    this.#options.streams()?.send(bytes, to, () => {
      this.#options.counters.add("streamLost");
      onLost();
    });
  }

  /** RFC 3261 section 18.2.2: where the request's connection is gone, its answer goes by a new one to the port of the sent-by. */
  #connectedHop(message: SipMessage, to: Endpoint): Endpoint {
    if (message.kind === "request" || this.#options.streams()?.has(to) !== false) return to;
    return { ...to, port: message.headers.vias[0]?.port ?? 5060 };
  }

  /** Answers without a transaction; retransmissions get the same tag, which RFC 3261 section 8.2.7 asks for. */
  answerStateless(request: SipRequest, source: Endpoint, answer: { readonly status: number; readonly reason?: string; readonly extra?: readonly (readonly [string, string])[] }): void {
    const via = request.headers.vias[0];
    this.send(createResponse(request, answer.status, { ...answer, toTag: statelessTag(request) }), via === undefined ? source : responseEndpoint(via, source));
  }

  #receiveFault(fault: SipFault, source: Endpoint, bytes: Uint8Array): void {
    const { counters } = this.#options;
    if (fault.code === "sip.keepalive") return counters.add("keepAlives");
    if (fault.code === "sip.foreign") return counters.add("foreign");
    if (fault.answer === undefined) return counters.add("malformedDropped");
    const { request, status } = fault.answer;
    counters.add("malformedAnswered");
    this.#observe("received", request, { endpoint: source, bytes });
    completeVia(request, source);
    this.answerStateless(request, source, { status, reason: `${reasonPhrase(status)} (${fault.detail})` });
  }

  /** RFC 3261 section 18.1.2: a response whose topmost sent-by is not ours is discarded. */
  #isOurs(response: SipResponse): boolean {
    const { local } = this.#options;
    const via = response.headers.topVia;
    return via.host === uriHost(local).toLowerCase() && (via.port ?? 5060) === local.port;
  }

  #observe(direction: "received" | "sent", message: SipMessage, at: WirePlace): void {
    try {
      this.#options.observe?.(direction, message, at);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}

function completeVia(request: SipRequest, source: Endpoint): void {
  const via = request.headers.vias[0];
  if (via === undefined) return;
  if (via.rport === undefined && via.received === undefined && via.host === source.address) return;
  request.headers.replaceFirst("Via", receivedVia(via, source));
}

/** FNV-1a over what a retransmission repeats. */
function statelessTag(request: SipRequest): string {
  const { headers } = request;
  let hash = 0x811c9dc5;
  for (const char of `${headers.get("via")}\n${headers.get("from")}\n${headers.get("call-id")}\n${headers.get("cseq")}`) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return `s${hash.toString(36)}`;
}
