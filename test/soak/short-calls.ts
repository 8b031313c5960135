// Many short calls over real sockets: hung up in the welcome, led to a desk phone, given up before the answer.
import { createSocket, type Socket } from "node:dgram";
import { NodeCrypto, systemRandom } from "../../core/crypto/node-crypto.js";
import { SocketTransports } from "../../core/signaling/net/socket-transports.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import { SystemClock } from "../../media/worker/system-clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { RTP_HEADER_BYTES, writeRtp } from "../../protocol/rtp/packet.js";
import { writeTelephoneEvent } from "../../protocol/rtp/telephone-event.js";
import { createOffer, readAnswer } from "../../protocol/sdp/offer-answer.js";
import { freeUdpPort } from "../interop/server-process.js";
import { SimDeskPhone } from "../sim/sim-desk-phone.js";

export interface CallLoad {
  /** Resolves when `calls` of them are over. */
  run(calls: number): Promise<{ readonly answered: number }>;
  /** How often the desk phone was reached. */
  readonly reached: () => number;
  /** The phone registers no more: what is left of it on the server is its binding. */
  rest(): void;
  stop(): Promise<void>;
}

const AT_ONCE = 20;
const HANG_UP_MS = { welcome: 400, operator: 7000, early: 15 } as const;
const WAYS = ["welcome", "operator", "early"] as const;
const [KEY_AFTER_MS, KEY_PACKETS, PACKET_MS] = [200, 6, 20];
const EVENT_TYPE = 101;

export async function startCallLoad(server: Endpoint): Promise<CallLoad> {
  const clock = new SystemClock();
  const network = new SocketTransports(clock);
  const local = { address: "127.0.0.1", port: await freeUdpPort() };
  const carrier = new SipSignaling({ clock, random: systemRandom, network, local, door: { admit: () => ({ kind: "drop" }) }, registrar: { register: () => ({ status: 405, headers: [] }) } });
  await carrier.start();
  const media = createSocket("udp4");
  await new Promise<void>((resolve) => void media.bind(0, "127.0.0.1", resolve));
  const phone = new SimDeskPhone({ clock, random: systemRandom, crypto: new NodeCrypto(), network, server, local: { address: "127.0.0.1", port: await freeUdpPort() }, extension: "1001", password: "demo-1001", liftMs: 100, talkMs: 300 });
  await phone.start();
  const load = { answered: 0, next: 0 };

  const call = (way: (typeof WAYS)[number]): Promise<void> =>
    new Promise((resolve) => {
      const offer = createOffer({ address: "127.0.0.1", port: media.address().port, codecs: ["PCMA"], dtmf: true, sessionId: "1" });
      const session = carrier.invite({ uri: `sip:95001@${server.address}:${server.port}`, to: server, from: { number: `139${String(load.next).padStart(8, "0")}` }, offer, callId: "soak" });
      clock.after(HANG_UP_MS[way], () => session.hangup());
      session.listen({
        onProgress: () => undefined,
        onAnswered: (sdp) => {
          load.answered += 1;
          const to = readAnswer(offer, sdp).agreed?.remote;
          if (way === "operator" && to !== undefined) clock.after(KEY_AFTER_MS, () => pressZero(media, to));
        },
        onConfirmed: () => undefined,
        onOffer: () => undefined,
        onEnded: () => resolve(),
      });
    });

  return {
    reached: () => phone.answered,
    rest: () => phone.stop(),
    run: async (calls) => {
      const before = load.answered;
      const untilCount = load.next + calls;
      const worker = async (): Promise<void> => {
        while (load.next < untilCount) await call(WAYS[load.next++ % WAYS.length]!);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      return { answered: load.answered - before };
    },
    stop: async () => {
      phone.stop();
      await carrier.stop(1000);
      await phone.close();
      media.close();
    },
  };
}

/** RFC 4733: the key 0 for 60 ms, its end three times. */
function pressZero(media: Socket, to: { readonly address: string; readonly port: number }): void {
  const ssrc = Math.floor(Math.random() * 2 ** 32);
  for (let i = 0; i < KEY_PACKETS; i++)
    setTimeout(() => {
      const bytes = new Uint8Array(RTP_HEADER_BYTES + 4);
      writeRtp(bytes, 0, { payloadType: EVENT_TYPE, marker: i === 0, seq: i, rtpTime: 0, ssrc });
      const end = writeTelephoneEvent(bytes, RTP_HEADER_BYTES, { event: 0, end: i >= 3, volume: 10, duration: Math.min(i + 1, 3) * 160 });
      media.send(bytes.subarray(0, end), to.port, to.address);
    }, i * PACKET_MS);
}
