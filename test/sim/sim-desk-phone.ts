// A desk phone on a lossy network: registers until it is taken, again and again, and answers after a while.
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { Random } from "../../protocol/base/random.js";
import type { Transport, TransportFactory } from "../../protocol/base/transport.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import { createAnswer, createOffer } from "../../protocol/sdp/offer-answer.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { digestHa1, digestResponse } from "../../protocol/sip/auth/digest.js";
import { parseMessage } from "../../protocol/sip/message/parse.js";
import type { SipResponse } from "../../protocol/sip/message/message.js";
import type { TransferKey } from "./transfer-key.js";

export interface DeskPhoneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly network: TransportFactory;
  readonly server: Endpoint;
  readonly local: Endpoint;
  readonly extension: string;
  readonly password: string;
  /** Rings so long before it is lifted. */
  readonly liftMs: number;
  /** Talks so long before it hangs up. */
  readonly talkMs: number;
  /** It has one, and uses it. */
  readonly transferKey?: TransferKey;
  /** Whom it calls, once, and how long it waits for an answer. */
  readonly calls?: { readonly extension: string; readonly atMs: number; readonly patienceMs: number };
}

/** Until the next try where no answer came, and between refreshes. */
const RETRY_MS = 700;
const REFRESH_MS = 15_000;
/** Before it puts a caller through, it waits so long for whom it asks. */
const ASKING_MS = 8000;

export class SimDeskPhone {
  readonly #options: DeskPhoneOptions;
  #transport: Transport | undefined;
  #sequence = 0;
  #registered = false;
  #stopped = false;
  /** Of the next REGISTER. */
  #cancelTimer: Cancel = () => undefined;
  answered = 0;
  /** Calls of its own that were answered. */
  talked = 0;

  #agent: SipSignaling | undefined;

  constructor(options: DeskPhoneOptions) {
    this.#options = options;
  }

  /** Dialogs that it is in. */
  get sessions(): number {
    return this.#agent?.snapshot().sessions ?? 0;
  }

  /** One socket for registering and calls, as the server sends calls to where the registration came from. */
  async start(): Promise<void> {
    const { network, clock, random, local, liftMs, talkMs } = this.#options;
    const shared: TransportFactory = {
      openUdp: async (at, receive) => {
        this.#transport = await network.openUdp(at, (bytes, from) => {
          const { message } = parseMessage(bytes);
          if (message?.kind === "response" && message.headers.cseq.method === "REGISTER") this.#onRegisterAnswer(message);
          else {
            const { transferKey } = this.#options;
            const read = transferKey === undefined ? bytes : transferKey.incoming(message, bytes);
            if (read !== undefined) receive(read, from);
          }
        });
        return this.#options.transferKey?.wrap(this.#transport) ?? this.#transport;
      },
    };
    const agent = (this.#agent = new SipSignaling({
      clock,
      random,
      network: shared,
      local,
      door: { admit: () => ({ kind: "accept", origin: { kind: "trunk", name: "server" } }) },
      registrar: { register: () => ({ status: 405, headers: [] }) },
    }));
    agent.onIncoming((session) => {
      session.listen({ onProgress: () => undefined, onAnswered: () => undefined, onConfirmed: () => undefined, onOffer: (offer) => (offer === undefined ? undefined : createAnswer(offer, { address: local.address, port: 4000, codecs: ["PCMA"], dtmf: true, sessionId: "7" }).sdp), onEnded: () => undefined });
      session.ring();
      clock.after(liftMs, () => {
        this.answered += 1;
        session.answer(createOffer({ address: local.address, port: 4000, codecs: ["PCMA"], dtmf: true, sessionId: "7" }));
        clock.after(talkMs, () => session.hangup());
      });
    });
    await agent.start();
    this.#register();
    const { calls } = this.#options;
    if (calls !== undefined) clock.after(calls.atMs, () => this.#call(agent, calls));
    const { transferKey } = this.#options;
    if (transferKey !== undefined) transferKey.call = (extension) => this.#call(agent, { extension, patienceMs: ASKING_MS });
  }

  #call(agent: SipSignaling, { extension, patienceMs }: { readonly extension: string; readonly patienceMs: number }): void {
    const { clock, random, crypto, server, local, talkMs, password } = this.#options;
    const account = new DigestAccount({ username: this.#options.extension, password, crypto, random });
    const offer = createOffer({ address: local.address, port: 4000, codecs: ["PCMA"], dtmf: true, sessionId: "8" });
    const session = agent.invite({ uri: `sip:${extension}@${server.address}:${server.port}`, to: server, from: { number: this.#options.extension }, offer, callId: `desk-${this.#options.extension}`, account });
    const cancelPatience = clock.after(patienceMs, () => session.hangup());
    session.listen({
      onProgress: () => undefined,
      onAnswered: () => {
        cancelPatience();
        this.talked += 1;
        clock.after(talkMs, () => session.hangup());
      },
      onConfirmed: () => undefined,
      onOffer: () => undefined,
      onEnded: () => undefined,
    });
  }

  /** Registers again after `stop`. */
  resume(): void {
    this.#stopped = false;
    this.#register();
  }

  /** Registers no more; what it talks goes on. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  /** Ends its calls and closes its socket. */
  async close(): Promise<void> {
    this.stop();
    await this.#agent?.stop(0);
  }

  #register(authorization?: string): void {
    if (this.#stopped) return;
    const { server, local, extension, clock } = this.#options;
    this.#sequence += 1;
    const sequence = this.#sequence;
    const lines = [
      `REGISTER sip:ringward SIP/2.0`,
      `Via: SIP/2.0/UDP ${local.address}:${local.port};branch=z9hG4bKreg${extension}x${sequence};rport`,
      "Max-Forwards: 70",
      `From: <sip:${extension}@ringward>;tag=reg${sequence}`,
      `To: <sip:${extension}@ringward>`,
      `Call-ID: reg-${extension}`,
      `CSeq: ${sequence} REGISTER`,
      `Contact: <sip:${extension}@${local.address}:${local.port}>;expires=60`,
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      "Content-Length: 0",
    ];
    this.#registered = false;
    this.#transport?.send(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`), server);
    this.#cancelTimer();
    this.#cancelTimer = clock.after(RETRY_MS, () => {
      if (this.#sequence === sequence && !this.#registered) this.#register();
    });
  }

  #onRegisterAnswer(response: SipResponse): void {
    if (response.headers.cseq.sequence !== this.#sequence || this.#registered) return;
    if (response.status === 200) {
      this.#registered = true;
      this.#cancelTimer();
      this.#cancelTimer = this.#options.clock.after(REFRESH_MS, () => this.#register());
    } else if (response.status === 401) this.#register(this.#credentials(response.headers.get("www-authenticate") ?? ""));
  }

  #credentials(challenge: string): string {
    const { crypto, extension, password } = this.#options;
    const field = (name: string): string => new RegExp(`${name}="([^"]+)"`).exec(challenge)?.[1] ?? "";
    const algorithm = /algorithm=SHA-256/.test(challenge) ? "sha256" : "md5";
    const realm = field("realm");
    const ha1 = digestHa1(crypto, algorithm, { username: extension, realm, password });
    const uri = "sip:ringward";
    const response = digestResponse(crypto, algorithm, { ha1, method: "REGISTER", uri, nonce: field("nonce"), nc: "00000001", cnonce: "c" });
    return `Digest username="${extension}", realm="${realm}", nonce="${field("nonce")}", uri="${uri}", algorithm=${algorithm === "md5" ? "MD5" : "SHA-256"}, qop=auth, nc=00000001, cnonce="c", response="${response}"`;
  }
}
