// A peer without a stack: writes the packets that a test wants, and reads what comes back.
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { Transport } from "../../../protocol/base/transport.js";
import { createRequest, createResponse, type RequestParts } from "../../../protocol/sip/message/build.js";
import type { SipMessage, SipRequest, SipResponse } from "../../../protocol/sip/message/message.js";
import { parseMessage } from "../../../protocol/sip/message/parse.js";
import { serializeMessage } from "../../../protocol/sip/message/serialize.js";
import { describeMessage, SERVER, STRANGER, type Pair } from "./pair.js";

const encoder = new TextEncoder();

export class Peer {
  readonly received: SipMessage[];
  readonly #transport: Transport;
  #branch = 0;

  private constructor(transport: Transport, received: SipMessage[]) {
    this.#transport = transport;
    this.received = received;
  }

  static async create(pair: Pair, local: Endpoint = STRANGER): Promise<Peer> {
    const received: SipMessage[] = [];
    const transport = await pair.network.openUdp(local, (bytes) => {
      const { message } = parseMessage(bytes);
      if (message !== undefined) received.push(message);
    });
    return new Peer(transport, received);
  }

  /** Start lines of what came: `200 INVITE`, `BYE`. */
  get lines(): readonly string[] {
    return this.received.map(describeMessage);
  }

  get last(): SipMessage | undefined {
    return this.received.at(-1);
  }

  request(parts: Partial<RequestParts> & { readonly method: string }): SipRequest {
    return createRequest({
      uri: "sip:95001@10.0.0.1",
      via: `SIP/2.0/UDP ${this.#transport.local.address}:${this.#transport.local.port};branch=z9hG4bKpeer${++this.#branch}`,
      from: "<sip:peer@10.0.0.9>;tag=peer",
      to: "<sip:95001@10.0.0.1>",
      callId: "peer-call",
      sequence: 1,
      contact: "<sip:peer@10.0.0.9:5070>",
      ...parts,
    });
  }

  send(message: SipMessage, to: Endpoint = SERVER): void {
    this.#transport.send(serializeMessage(message), to);
  }

  sendText(text: string, to: Endpoint = SERVER): void {
    this.#transport.send(encoder.encode(text), to);
  }

  /** An answer to a request that came. */
  respond(request: SipRequest, status: number, parts: { readonly toTag?: string; readonly sdp?: string; readonly contact?: string } = {}): SipResponse {
    return createResponse(request, status, {
      toTag: parts.toTag ?? "peer-tag",
      extra: [["Contact", parts.contact ?? "<sip:peer@10.0.0.9:5070>"]],
      ...(parts.sdp === undefined ? {} : { body: { contentType: "application/sdp", bytes: encoder.encode(parts.sdp) } }),
    });
  }
}

export const sdp = (text: string): { contentType: string; bytes: Uint8Array } => ({ contentType: "application/sdp", bytes: encoder.encode(text) });
