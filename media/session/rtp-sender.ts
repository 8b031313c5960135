// One outgoing RTP stream: one SSRC, sequence and timeline for the whole leg, whoever is heard in it (RFC 3550 section 5.1).
import { randomUint32, type Random } from "../../protocol/base/random.js";
import { seqAdd16, seqDiff16, tsAdd32, tsDiff32 } from "../../protocol/base/sequence.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { RTP_HEADER_BYTES, rtpMarker, rtpSeq, rtpTime, setRtpMarker, setRtpPayloadType, setRtpSeq, setRtpSsrc, setRtpTime, writeRtp, type RtpHeader, type RtpView } from "../../protocol/rtp/packet.js";
import { createTelephoneEventPacket, TelephoneEventSender, type TelephoneEventSenderState } from "../../protocol/rtp/telephone-event-sender.js";
import { writeTelephoneEvent } from "../../protocol/rtp/telephone-event.js";
import { SAMPLES_PER_MS } from "../codec/g711.js";
import type { MediaSocket } from "../net/media-net.js";

export const FRAME_MS = 20;
export const FRAME_UNITS = FRAME_MS * SAMPLES_PER_MS;

export interface SendSettings {
  readonly payloadType: number;
  readonly dtmfPayloadType?: number;
  /** 10-60 in steps of 10. */
  readonly ptimeMs: number;
}

/** Plain data, for a stream that goes on in another place with the same SSRC, numbers and times. */
export interface RtpSenderState {
  readonly ssrc: number;
  readonly seq: number;
  readonly timeBase: number;
  readonly packets: number;
  readonly octets: number;
  readonly endUnits: number;
  readonly gathered: Uint8Array;
  readonly gatheredAt: number;
  readonly events: TelephoneEventSenderState;
}

const PACKET_BYTES_MAX = RTP_HEADER_BYTES + 60 * SAMPLES_PER_MS;
/** A relayed stream whose timestamps have drifted from real time this far is set anew. */
const DRIFT_UNITS_MAX = 1000 * SAMPLES_PER_MS;
/** Until so many packets after a switch, one that is older than the switch can still be on its way. */
const STRAGGLERS_MAX = 200;
/** A jump of the relayed sequence that is no loss (RFC 3550 A.1). */
const DROPOUT_MAX = 3000;

/**
 * Time is in units (1/8 ms) since the engine's start and doesn't wrap; the RTP timestamp is that plus a random start. What
 * is sent never overlaps what was sent before, so that relayed and own sound follow each other on one timeline.
 */
export class RtpSender {
  readonly events = new TelephoneEventSender({ packetMs: FRAME_MS });
  #timeBase: number;
  readonly #socket: Pick<MediaSocket, "send">;
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  readonly #header: RtpHeader = { marker: false, payloadType: 0, seq: 0, rtpTime: 0, ssrc: 0 };
  readonly #event = createTelephoneEventPacket();
  #settings: SendSettings = { payloadType: 0, ptimeMs: FRAME_MS };
  #to: Endpoint | undefined;
  #seq: number;
  #packets = 0;
  #octets = 0;
  /** Where the sound sent so far ends; -1 before the first. */
  #endUnits = -1;
  /** Bytes gathered for the next packet, and when they begin. */
  #gathered = 0;
  #gatheredAt = 0;
  /** The relayed stream, as long as no other sound came between. */
  #relaying = false;
  #relaySeq = 0;
  #relaySeqOffset = 0;
  #relayTime = 0;
  #relayUnits = 0;
  #relayCount = 0;

  constructor(socket: Pick<MediaSocket, "send">, random: Random) {
    this.#socket = socket;
    this.#header.ssrc = randomUint32(random);
    this.#seq = randomUint32(random) & 0xffff;
    this.#timeBase = randomUint32(random);
  }

  get ssrc(): number {
    return this.#header.ssrc;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Payload bytes sent. */
  get octets(): number {
    return this.#octets;
  }

  /** Keys sent to this leg have a payload type to travel in. */
  get takesEvents(): boolean {
    return this.#settings.dtmfPayloadType !== undefined;
  }

  /** The RTP timestamp of a moment. */
  rtpTimeAt(units: number): number {
    return tsAdd32(this.#timeBase, Math.round(units));
  }

  configure(settings: SendSettings): void {
    this.#flush();
    this.#settings = settings;
  }

  /** Undefined: nothing is sent. */
  direct(to: Endpoint | undefined): void {
    this.#to = to;
  }

  save(): RtpSenderState {
    return {
      ssrc: this.ssrc,
      seq: this.#seq,
      timeBase: this.#timeBase,
      packets: this.#packets,
      octets: this.#octets,
      endUnits: this.#endUnits,
      gathered: this.#packet.slice(RTP_HEADER_BYTES, RTP_HEADER_BYTES + this.#gathered),
      gatheredAt: this.#gatheredAt,
      events: this.events.save(),
    };
  }

  /** @param laterUnits by how much this sender's engine started later than the one that saved; a whole number */
  restore(state: RtpSenderState, laterUnits: number): void {
    this.#header.ssrc = state.ssrc;
    this.#seq = state.seq;
    this.#timeBase = tsAdd32(state.timeBase, laterUnits);
    this.#packets = state.packets;
    this.#octets = state.octets;
    this.#endUnits = state.endUnits - laterUnits;
    this.#packet.set(state.gathered, RTP_HEADER_BYTES);
    this.#gathered = state.gathered.length;
    this.#gatheredAt = state.gatheredAt - laterUnits;
    this.events.restore(state.events);
  }

  /** Goes on with a stream whose last packet was sent long ago. */
  goOn({ ssrc, seq, timeBase, packets, octets }: Pick<RtpSenderState, "ssrc" | "seq" | "timeBase" | "packets" | "octets">): void {
    this.#header.ssrc = ssrc;
    this.#seq = seq;
    this.#timeBase = timeBase;
    this.#packets = packets;
    this.#octets = octets;
  }

  /** Sends 20 ms of own sound (160 bytes) that belongs to the moment `units`, in packets of the agreed length. */
  sendFrame(frame: Uint8Array, units: number): void {
    this.#relaying = false;
    const at = Math.max(units, this.#endUnits);
    if (this.#gathered > 0 && at !== this.#gatheredAt + this.#gathered) this.#flush();
    const packetUnits = this.#settings.ptimeMs * SAMPLES_PER_MS;
    for (let i = 0; i < FRAME_UNITS; i++) {
      if (this.#gathered === 0) this.#gatheredAt = at + i;
      this.#packet[RTP_HEADER_BYTES + this.#gathered++] = frame[i]!;
      if (this.#gathered === packetUnits) this.#flush();
    }
    this.#endUnits = at + FRAME_UNITS;
  }

  /** Sends the packet of a key in place of sound; false where no key is on its way at `units`. */
  sendEvent(units: number): boolean {
    const payloadType = this.#settings.dtmfPayloadType;
    if (payloadType === undefined || !this.events.busy) return false;
    const at = Math.max(units, this.#endUnits);
    if (!this.events.next(this.#event, this.rtpTimeAt(at))) return false;
    this.#flush();
    this.#relaying = false;
    this.#endUnits = at + FRAME_UNITS;
    const header = this.#header;
    header.marker = this.#event.marker;
    header.payloadType = payloadType;
    header.rtpTime = this.#event.rtpTime;
    header.seq = this.#seq;
    this.#seq = seqAdd16(this.#seq, 1);
    this.#send(this.#packet, writeTelephoneEvent(this.#packet, writeRtp(this.#packet, 0, header), this.#event.payload));
    return true;
  }

  /**
   * Sends the packet in `view`, its header rewritten in place and without extension, CSRCs and padding: what is lost or
   * out of order in the incoming stream is so in ours. `units` is now.
   */
  forward(view: RtpView, units: number): void {
    const length = view.payloadEnd - view.payloadStart;
    if (length === 0) return;
    const seq = rtpSeq(view);
    const time = rtpTime(view);
    let at = this.#relayUnits + tsDiff32(time, this.#relayTime);
    const fresh = !this.#relaying || Math.abs(at - units) > DRIFT_UNITS_MAX || Math.abs(seqDiff16(seq, this.#relaySeq)) > DROPOUT_MAX;
    if (fresh) at = this.#switchTo(seq, time, units);
    else if (this.#relayCount < STRAGGLERS_MAX && seqDiff16(seq, seqAdd16(this.#seq, -this.#relaySeqOffset)) < -this.#relayCount) return;
    const marker = rtpMarker(view) || this.#packets === 0 || (fresh && at > this.#endUnits + FRAME_UNITS);
    const outSeq = seqAdd16(seq, this.#relaySeqOffset);
    const ahead = seqDiff16(outSeq, this.#seq);
    if (ahead >= 0) {
      this.#seq = seqAdd16(outSeq, 1);
      this.#relayCount += ahead + 1;
      this.#relaySeq = seq;
      this.#relayTime = time;
      this.#relayUnits = at;
    }
    this.#endUnits = Math.max(this.#endUnits, at + length);
    if (view.payloadStart !== RTP_HEADER_BYTES) view.bytes.copyWithin(RTP_HEADER_BYTES, view.payloadStart, view.payloadEnd);
    view.bytes[0] = 0x80;
    setRtpMarker(view, marker);
    setRtpPayloadType(view, this.#settings.payloadType);
    setRtpSeq(view, outSeq);
    setRtpTime(view, this.rtpTimeAt(at));
    setRtpSsrc(view, this.ssrc);
    this.#send(view.bytes, RTP_HEADER_BYTES + length);
  }

  /** The next relayed packet begins anew: another stream, or one whose packets were held back in between. */
  breakRelay(): void {
    this.#relaying = false;
  }

  #switchTo(seq: number, time: number, units: number): number {
    this.#flush();
    const at = Math.max(Math.round(units), this.#endUnits);
    this.#relaying = true;
    this.#relaySeqOffset = seqDiff16(this.#seq, seq);
    this.#relayCount = 0;
    this.#relaySeq = seq;
    this.#relayTime = time;
    this.#relayUnits = at;
    return at;
  }

  #flush(): void {
    if (this.#gathered === 0) return;
    const header = this.#header;
    // RFC 3551 section 4.1: the first packet after silence that was not sent.
    header.marker = this.#packets === 0 || this.#gatheredAt > this.#endUnits + FRAME_UNITS;
    header.payloadType = this.#settings.payloadType;
    header.rtpTime = this.rtpTimeAt(this.#gatheredAt);
    header.seq = this.#seq;
    this.#seq = seqAdd16(this.#seq, 1);
    const end = writeRtp(this.#packet, 0, header) + this.#gathered;
    this.#endUnits = Math.max(this.#endUnits, this.#gatheredAt + this.#gathered);
    this.#gathered = 0;
    this.#send(this.#packet, end);
  }

  #send(bytes: Uint8Array, length: number): void {
    if (this.#to === undefined) return;
    this.#packets += 1;
    this.#octets += length - RTP_HEADER_BYTES;
    this.#socket.send(bytes, length, this.#to);
  }
}
