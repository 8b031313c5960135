// A caller behind the carrier's trunk: dials, keys ahead of what is asked, hangs up when it has had enough.
import type { OutgoingSession } from "../../core/signaling/session.js";
import type { SipSignaling } from "../../core/signaling/sip-signaling.js";
import type { MediaSocket } from "../../media/net/media-net.js";
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { RTP_HEADER_BYTES, writeRtp } from "../../protocol/rtp/packet.js";
import { writeTelephoneEvent } from "../../protocol/rtp/telephone-event.js";
import { createTelephoneEventPacket, TelephoneEventSender } from "../../protocol/rtp/telephone-event-sender.js";
import { createAnswer, createOffer, readAnswer } from "../../protocol/sdp/offer-answer.js";
import type { SimNetwork } from "../harness/sim-network.js";

const PACKET_MS = 20;
const KEY_MS = 60;
const EVENT_TYPE = 101;

export interface CallerPlan {
  readonly number: string;
  readonly called: string;
  readonly startMs: number;
  /** Keys and when they are begun, in ms after the answer. */
  readonly keys: readonly { readonly afterMs: number; readonly keys: string }[];
  /** Puts the hospital on hold for a while. */
  readonly hold?: { readonly afterMs: number; readonly forMs: number };
  /** Hangs up so long after dialling, answered or not. */
  readonly patienceMs: number;
}

export interface CallerWorld {
  readonly clock: Clock;
  readonly network: SimNetwork;
  readonly carrier: SipSignaling;
  readonly server: Endpoint;
  /** Of this caller's sound. */
  readonly media: Endpoint;
}

export class SimCaller {
  answered = false;
  ended: string | undefined;
  /** Packets of sound that came, from how many streams, and the longest that none did while the call went on. */
  heard = 0;
  readonly streams = new Set<number>();
  longestPauseMs = 0;
  /** How long none came before it heard that the call is over: a BYE that is lost comes again after 500 ms, 1 s, 2 s. */
  silentEndMs = 0;
  /** It had the hospital on hold: the pause is its own. */
  held = false;
  #heardMs: number | undefined;
  readonly #world: CallerWorld;
  readonly #plan: CallerPlan;
  readonly #sender = new TelephoneEventSender({ packetMs: PACKET_MS, pauseMs: KEY_MS });
  /** Refilled for each packet; a key's repeated end is what stood there before. */
  readonly #packet = createTelephoneEventPacket();
  #session: OutgoingSession | undefined;
  #socket: MediaSocket | undefined;
  #to: Endpoint | undefined;
  #rtpTime = 0;
  #seq = 0;
  #over = false;

  get number(): string {
    return this.#plan.number;
  }

  constructor(world: CallerWorld, plan: CallerPlan) {
    this.#world = world;
    this.#plan = plan;
    world.clock.after(plan.startMs, () => void this.#dial());
  }

  async #dial(): Promise<void> {
    const { clock, network, carrier, server, media } = this.#world;
    const { number, called, patienceMs } = this.#plan;
    this.#socket = await network.bind(media, (bytes) => this.#hear(bytes));
    const offer = createOffer({ address: media.address, port: media.port, codecs: ["PCMA"], dtmf: true, sessionId: "1" });
    const session = carrier.invite({ uri: `sip:${called}@${server.address}:${server.port}`, to: server, from: { number }, offer, callId: `caller-${number}` });
    this.#session = session;
    session.listen({
      onProgress: () => undefined,
      onAnswered: (sdp) => this.#talk(offer, sdp),
      onConfirmed: () => undefined,
      onOffer: (sdp) => this.#reoffered(sdp),
      onEnded: (end) => {
        if (this.#heardMs !== undefined) this.silentEndMs = clock.monoMs() - this.#heardMs;
        this.ended = end.cause;
        this.#over = true;
        this.#socket?.close();
      },
    });
    clock.after(patienceMs, () => session.hangup());
  }

  /** The server's port has changed. */
  #reoffered(offer: string | undefined): string | undefined {
    const { address, port } = this.#world.media;
    const answer = offer === undefined ? undefined : createAnswer(offer, { address, port, codecs: ["PCMA"], dtmf: true, sessionId: "1" });
    if (answer === undefined || answer.fault !== undefined) return undefined;
    this.#to = answer.agreed.remote;
    return answer.sdp;
  }

  #hear(bytes: Uint8Array): void {
    this.heard += 1;
    this.streams.add(new DataView(bytes.buffer, bytes.byteOffset).getUint32(8));
    const nowMs = this.#world.clock.monoMs();
    this.longestPauseMs = Math.max(this.longestPauseMs, nowMs - (this.#heardMs ?? nowMs));
    this.#heardMs = nowMs;
  }

  #talk(offer: string, answer: string): void {
    const { agreed } = readAnswer(offer, answer);
    if (agreed === undefined) return this.#session?.hangup();
    this.answered = true;
    this.#to = agreed.remote;
    for (const { afterMs, keys } of this.#plan.keys) this.#world.clock.after(afterMs, () => void this.#sender.send(keys, KEY_MS));
    const { hold } = this.#plan;
    if (hold !== undefined) this.#world.clock.after(hold.afterMs, () => void this.#hold(hold.forMs));
    this.#beat();
  }

  async #hold(forMs: number): Promise<void> {
    const { address, port } = this.#world.media;
    const offer = (direction: "sendonly" | "sendrecv"): string => createOffer({ address, port, codecs: ["PCMA"], dtmf: true, sessionId: "1" }).replace("a=sendrecv", `a=${direction}`);
    if (this.#over || (await this.#session!.reoffer(offer("sendonly"))) === undefined) return;
    this.held = true;
    this.#world.clock.after(forMs, () => void this.#session!.reoffer(offer("sendrecv")));
  }

  /** Only keys are sent: a line from which nothing else comes is a caller who listens. */
  #beat(): void {
    if (this.#over) return;
    const packet = this.#packet;
    this.#rtpTime = (this.#rtpTime + PACKET_MS * 8) >>> 0;
    if (this.#sender.next(packet, this.#rtpTime)) {
      const bytes = new Uint8Array(RTP_HEADER_BYTES + 4);
      this.#seq = (this.#seq + 1) & 0xffff;
      writeRtp(bytes, 0, { payloadType: EVENT_TYPE, marker: packet.marker, seq: this.#seq, rtpTime: packet.rtpTime, ssrc: 0x5eed });
      const end = writeTelephoneEvent(bytes, RTP_HEADER_BYTES, packet.payload);
      this.#socket?.send(bytes, end, this.#to!);
    }
    this.#world.clock.after(PACKET_MS, () => this.#beat());
  }
}
