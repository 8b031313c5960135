// The desk phones of the load, by SIP: registers 2n of them at a running server, lets every even one call the next, and
// tells where the server wants each one's sound. Their sound itself is another process's.
import { digestHa1, digestResponse } from "../../protocol/sip/auth/digest.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { Transport, TransportFactory } from "../../protocol/base/transport.js";
import { NodeCrypto } from "../../core/crypto/node-crypto.js";
import { UdpTransportFactory } from "../../core/signaling/net/udp-transport.js";
import type { OutgoingSession, SessionEvents } from "../../core/signaling/session.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import { SystemClock } from "../../media/worker/system-clock.js";
import { SystemRandom } from "../../media/worker/system-random.js";

const LOOPBACK = "127.0.0.1";
const CALL_MS_MAX = 20_000;
/** Calls on their way at once: what a carrier would send, not a flood. */
const CALLS_AT_ONCE = 8;

export const extensionOf = (phone: number): string => String(2000 + phone);
export const passwordOf = (phone: number): string => `bench-${extensionOf(phone)}-secret`;

const sdpOf = (port: number): string =>
  `v=0\r\no=- ${port} 1 IN IP4 ${LOOPBACK}\r\ns=-\r\nc=IN IP4 ${LOOPBACK}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n`;

const portOf = (sdp: string): number => Number(/^m=audio (\d+) /m.exec(sdp)![1]);

export interface PhonesOptions {
  readonly server: Endpoint;
  readonly phones: number;
  /** Phone i takes its sound at this plus i. */
  readonly rtpPort: number;
}

export class Phones {
  readonly #options: PhonesOptions;
  readonly #crypto = new NodeCrypto();
  readonly #random = new SystemRandom();
  readonly #signaling: SipSignaling;
  readonly #ports: number[] = [];
  readonly #sessions: OutgoingSession[] = [];
  /** By Call-ID: what to do with the answer to a REGISTER. */
  readonly #registering = new Map<string, (answer: string) => void>();
  #transport: Transport | undefined;

  constructor(options: PhonesOptions) {
    this.#options = options;
    this.#signaling = new SipSignaling({
      clock: new SystemClock(),
      random: this.#random,
      network: this.#network(),
      local: { address: LOOPBACK, port: 0 },
      door: { admit: () => ({ kind: "accept", origin: { kind: "trunk", name: "server" } }) },
      registrar: { register: () => ({ status: 403, headers: [] }) },
    });
  }

  /** Where the server takes the sound of each phone, once all pairs talk. Rejects where one call is not answered. */
  async talk(): Promise<readonly number[]> {
    await this.#signaling.start();
    this.#signaling.onIncoming((session) => {
      const phone = Number(session.called) - Number(extensionOf(0));
      session.listen(quiet);
      session.ring();
      this.#ports[phone] = portOf(session.offer!);
      session.answer(sdpOf(this.#options.rtpPort + phone));
    });
    const pairs = Array.from({ length: this.#options.phones / 2 }, (_, i) => 2 * i);
    await Promise.all(
      Array.from({ length: CALLS_AT_ONCE }, async () => {
        for (let caller = pairs.shift(); caller !== undefined; caller = pairs.shift()) {
          await this.#register(caller + 1);
          await this.#call(caller);
        }
      }),
    );
    return this.#ports;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.hangup();
    await this.#signaling.stop();
  }

  #call(caller: number): Promise<void> {
    const { server, rtpPort } = this.#options;
    const account = new DigestAccount({ username: extensionOf(caller), password: passwordOf(caller), crypto: this.#crypto, random: this.#random });
    const session = this.#signaling.invite({ uri: `sip:${extensionOf(caller + 1)}@${server.address}:${server.port}`, to: server, from: { number: extensionOf(caller) }, offer: sdpOf(rtpPort + caller), callId: `bench-${caller}`, account });
    this.#sessions.push(session);
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`call ${caller} was not answered`)), CALL_MS_MAX);
      session.listen({
        ...quiet,
        onAnswered: (sdp) => {
          clearTimeout(limit);
          this.#ports[caller] = portOf(sdp);
          resolve();
        },
        onEnded: (end) => reject(new Error(`call ${caller}: ${end.cause} ${end.status ?? ""}`)),
      });
    });
  }

  async #register(phone: number): Promise<void> {
    const challenge = await this.#ask(phone, 1, "");
    const parameter = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)![1]!;
    const [realm, nonce, uri, username] = [parameter("realm"), parameter("nonce"), "sip:ringward", extensionOf(phone)];
    const ha1 = digestHa1(this.#crypto, "md5", { username, realm, password: passwordOf(phone) });
    const response = digestResponse(this.#crypto, "md5", { ha1, method: "REGISTER", uri, nonce, nc: "00000001", cnonce: "bench" });
    const answer = await this.#ask(phone, 2, `Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=MD5, qop=auth, nc=00000001, cnonce="bench", response="${response}"\r\n`);
    if (!answer.startsWith("SIP/2.0 200")) throw new Error(`phone ${username} was not registered: ${answer.split("\r\n")[0]}`);
  }

  #ask(phone: number, cseq: number, credentials: string): Promise<string> {
    const [extension, transport] = [extensionOf(phone), this.#transport!];
    const callId = `register-${extension}`;
    const request =
      `REGISTER sip:ringward SIP/2.0\r\nVia: SIP/2.0/UDP ${LOOPBACK}:${transport.local.port};branch=z9hG4bK-${extension}-${cseq};rport\r\nMax-Forwards: 70\r\n` +
      `From: <sip:${extension}@ringward>;tag=${extension}\r\nTo: <sip:${extension}@ringward>\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} REGISTER\r\n` +
      `Contact: <sip:${extension}@${LOOPBACK}:${transport.local.port}>\r\nExpires: 3600\r\n${credentials}Content-Length: 0\r\n\r\n`;
    return new Promise((resolve) => {
      this.#registering.set(callId, resolve);
      transport.send(new TextEncoder().encode(request), this.#options.server);
    });
  }

  /** One socket for all phones; answers to REGISTER are read here, the rest is the calls'. */
  #network(): TransportFactory {
    const udp = new UdpTransportFactory();
    return {
      openUdp: async (local, receive) => {
        this.#transport = await udp.openUdp(local, (bytes, from) => {
          const text = Buffer.from(bytes).toString("latin1");
          const register = /^SIP\/2\.0 [\s\S]*^CSeq: \d+ REGISTER/m.test(text) ? /^Call-ID: (\S+)/m.exec(text)?.[1] : undefined;
          if (register === undefined) receive(bytes, from);
          else this.#registering.get(register)?.(text);
        });
        return this.#transport;
      },
    };
  }
}

const quiet: SessionEvents = { onProgress: () => undefined, onAnswered: () => undefined, onConfirmed: () => undefined, onOffer: () => undefined, onEnded: () => undefined };
