// A desk phone without a stack: registers with digest, rings and lifts at once, says 200 to BYE.
import type { Crypto } from "../../../protocol/base/crypto.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { Transport } from "../../../protocol/base/transport.js";
import { digestHa1, digestResponse } from "../../../protocol/sip/auth/digest.js";
import { createResponse } from "../../../protocol/sip/message/build.js";
import type { SipMessage, SipRequest, SipResponse } from "../../../protocol/sip/message/message.js";
import { parseMessage } from "../../../protocol/sip/message/parse.js";
import { serializeMessage } from "../../../protocol/sip/message/serialize.js";
import { createOffer } from "../../../protocol/sdp/offer-answer.js";
import type { SimNetwork } from "../sim-network.js";

export interface DeskPhoneOptions {
  readonly network: SimNetwork;
  readonly crypto: Crypto;
  readonly server: Endpoint;
  readonly local: Endpoint;
  readonly extension: string;
  readonly password: string;
}

const REALM = "ringward";

export class DeskPhone {
  readonly requests: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  readonly #options: DeskPhoneOptions;
  #transport: Transport | undefined;
  #sequence = 0;
  /** Credentials went out once; a second 401 means that they are wrong. */
  #tried = false;

  constructor(options: DeskPhoneOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#transport = await this.#options.network.openUdp(this.#options.local, (bytes) => {
      const { message } = parseMessage(bytes);
      if (message !== undefined) this.#receive(message);
    });
  }

  /** Its Contact names an address that nobody could reach, as behind NAT. */
  register(extra: readonly string[] = []): void {
    this.#send("REGISTER", { uri: "sip:ringward", extra: ["Contact: <sip:deskphone@192.168.1.20:5060>;expires=600", ...extra] });
  }

  invite(number: string, extra: readonly string[] = []): void {
    const sdp = createOffer({ address: this.#options.local.address, port: 9000, codecs: ["PCMA"], dtmf: true, sessionId: "9" });
    this.#send("INVITE", { uri: `sip:${number}@ringward`, extra: ["Contact: <sip:deskphone@192.168.1.20:5060>", "Content-Type: application/sdp", ...extra], body: sdp });
  }

  statuses(method: string): readonly number[] {
    return this.responses.filter((response) => response.headers.cseq.method === method && response.status !== 100).map((response) => response.status);
  }

  #receive(message: SipMessage): void {
    if (message.kind === "request") return this.#answer(message);
    this.responses.push(message);
    const { method } = message.headers.cseq;
    if (message.status !== 401 || this.#tried) return;
    this.#tried = true;
    const uri = method === "REGISTER" ? "sip:ringward" : "sip:95001@ringward";
    if (method === "REGISTER") this.register([this.#credentials(message, method, uri)]);
    else this.invite("95001", [this.#credentials(message, method, uri)]);
  }

  #credentials(challenge: SipResponse, method: string, uri: string): string {
    const { crypto, extension, password } = this.#options;
    const nonce = /nonce="([^"]+)"/.exec(challenge.headers.get("www-authenticate") ?? "")?.[1] ?? "";
    const ha1 = digestHa1(crypto, "sha256", { username: extension, realm: REALM, password });
    const response = digestResponse(crypto, "sha256", { ha1, method, uri, nonce, nc: "00000001", cnonce: "c" });
    return `Authorization: Digest username="${extension}", realm="${REALM}", nonce="${nonce}", uri="${uri}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c", response="${response}"`;
  }

  #answer(request: SipRequest): void {
    this.requests.push(request);
    if (request.method === "ACK") return;
    const ok = (status: number, sdp?: string): void => {
      const body = sdp === undefined ? {} : { body: { contentType: "application/sdp", bytes: new TextEncoder().encode(sdp) } };
      const response = createResponse(request, status, { toTag: "phone", extra: [["Contact", "<sip:deskphone@192.168.1.20:5060>"]], ...body });
      this.#transport?.send(serializeMessage(response), this.#options.server);
    };
    if (request.method !== "INVITE") return ok(200);
    ok(180);
    ok(200, createOffer({ address: this.#options.local.address, port: 9000, codecs: ["PCMA"], dtmf: true, sessionId: "9" }));
  }

  #send(method: string, { uri, extra, body = "" }: { readonly uri: string; readonly extra: readonly string[]; readonly body?: string }): void {
    const { extension, local, server } = this.#options;
    this.#sequence += 1;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK${extension}${this.#sequence};rport`,
      "Max-Forwards: 70",
      `From: <sip:${extension}@ringward>;tag=p${this.#sequence}`,
      `To: <${method === "REGISTER" ? `sip:${extension}@ringward` : uri}>`,
      `Call-ID: ${method}-${extension}-${local.port}`,
      `CSeq: ${this.#sequence} ${method}`,
      ...extra,
      `Content-Length: ${body.length}`,
    ];
    this.#transport?.send(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${body}`), server);
  }
}
