// One outgoing RTP stream: one SSRC, sequence and timeline for the whole leg, whoever is heard in it (RFC 3550 section 5.1).
import { randomUint32, type Random } from "../../protocol/base/random.js";
import { seqAdd16, seqDiff16, tsAdd32, tsDiff32 } from "../../protocol/base/sequence.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { RTP_HEADER_BYTES, rtpMarker, rtpSeq, rtpTime, setRtpMarker, setRtpPayloadType, setRtpSeq, setRtpSsrc, setRtpTime, writeRtp, type RtpHeader, type RtpView } from "../../protocol/rtp/packet.js";
import { createTelephoneEventPacket, TelephoneEventSender, type TelephoneEventSenderState } from "../../protocol/rtp/telephone-event-sender.js";
import { writeTelephoneEvent } from "../../protocol/rtp/telephone-event.js";
import type { MediaSocket } from "../net/media-net.js";

export const FRAME_MS = 20;
/** The engine counts time in 1/8 ms, whatever the codecs' clocks: each of those is a whole multiple. */
export const UNITS_PER_MS = 8;
export const FRAME_UNITS = FRAME_MS * UNITS_PER_MS;

export interface SendSettings {
  readonly payloadType: number;
  /** Of the codec; default 8000. */
  readonly clockRateHz?: number;
  readonly dtmfPayloadType?: number;
  /** Of telephone-event; default the codec's. */
  readonly dtmfClockRateHz?: number;
  /** RFC 3389 comfort noise; absent where the far side takes none. */
  readonly noisePayloadType?: number;
  /** 10-60 in steps of 10. */
  readonly ptimeMs: number;
}

/** When a frame of sound is heard, in units since the engine's start. `last`: nothing follows it in its packet. */
export interface FramePlace {
  readonly units: number;
  readonly durationUnits: number;
  readonly last: boolean;
}

/** Plain data, for a stream that goes on in another place with the same SSRC, numbers and times; times are of the codec's clock. */
export interface RtpSenderState {
  readonly ssrc: number;
  readonly seq: number;
  readonly timeBase: number;
  readonly pausing: boolean;
  readonly packets: number;
  readonly octets: number;
  readonly endTime: number;
  readonly gathered: Uint8Array;
  readonly gatheredAt: number;
  readonly gatheredTime: number;
  readonly events: TelephoneEventSenderState;
}

/** A packet of L16 for 40 ms at 16 kHz, or the longest of Opus (1275). */
const PACKET_BYTES_MAX = RTP_HEADER_BYTES + 1280;
/** A relayed stream whose timestamps have drifted from real time this far is set anew. */
const DRIFT_MS_MAX = 1000;
/** Until so many packets after a switch, one that is older than the switch can still be on its way. */
const STRAGGLERS_MAX = 200;
/** A jump of the relayed sequence that is no loss (RFC 3550 A.1). */
const DROPOUT_MAX = 3000;

/**
 * Moments come in units (1/8 ms) since the engine's start; inside they are of the codec's clock and don't wrap, and the RTP
 * timestamp is that plus a random start. What is sent never overlaps what was sent before, so that relayed and own sound
 * follow each other on one timeline.
 */
export class RtpSender {
  #events = new TelephoneEventSender({ packetMs: FRAME_MS });
  /** int32, as all timestamps that are kept here: uint32 would not fit the engine's small numbers. */
  #timeBase: number;
  /** int32. */
  #ssrc: number;
  readonly #socket: Pick<MediaSocket, "send">;
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  readonly #header: RtpHeader = { marker: false, payloadType: 0, seq: 0, rtpTime: 0, ssrc: 0 };
  readonly #event = createTelephoneEventPacket();
  #settings: SendSettings = { payloadType: 0, ptimeMs: FRAME_MS };
  // Of the settings, in the object that every relayed packet touches anyway; -1: none.
  #payloadType = 0;
  #noisePayloadType = -1;
  #dtmfPayloadType = -1;
  /** Of the codec's clock in a unit. */
  #perUnit = 1;
  #to: Endpoint | undefined;
  #seq: number;
  #packets = 0;
  #octets = 0;
  /** Where the sound sent so far ends; -1 before the first. */
  #endTime = -1;
  /** What was sent last is comfort noise: sound begins with a marker. */
  #pausing = false;
  /** Bytes gathered for the next packet, when they begin and for how long they sound. */
  #gathered = 0;
  #gatheredAt = 0;
  #gatheredTime = 0;
  /** The codec's own comfort noise and nothing else. */
  #gatheredNoise = false;
  /** The relayed stream, as long as no other sound came between. */
  #relaying = false;
  #relaySeq = 0;
  #relaySeqOffset = 0;
  #relayTime = 0;
  #relayAt = 0;
  #relayCount = 0;

  constructor(socket: Pick<MediaSocket, "send">, random: Random) {
    this.#socket = socket;
    this.#ssrc = randomUint32(random) | 0;
    this.#header.ssrc = this.ssrc;
    this.#seq = randomUint32(random) & 0xffff;
    this.#timeBase = randomUint32(random) | 0;
  }

  get ssrc(): number {
    return this.#ssrc >>> 0;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Payload bytes sent. */
  get octets(): number {
    return this.#octets;
  }

  /** Keys on their way to the far side. */
  get events(): TelephoneEventSender {
    return this.#events;
  }

  /** Keys sent to this leg have a payload type to travel in. */
  get takesEvents(): boolean {
    return this.#dtmfPayloadType >= 0;
  }

  /** RTP timestamps advance by so much in a millisecond. */
  get clockPerMs(): number {
    return UNITS_PER_MS * this.#perUnit;
  }

  /** The RTP timestamp of a moment. */
  rtpTimeAt(units: number): number {
    return tsAdd32(this.#timeBase, Math.round(units * this.#perUnit));
  }

  /** @param units now: should the clock change, timestamps go on from here at the new one's pace */
  configure(settings: SendSettings, units: number): void {
    this.#flush();
    this.#settings = settings;
    this.#payloadType = settings.payloadType;
    this.#noisePayloadType = settings.noisePayloadType ?? -1;
    this.#dtmfPayloadType = settings.dtmfPayloadType ?? -1;
    const clockRateHz = settings.clockRateHz ?? 8000;
    const [before, after] = [this.#perUnit, clockRateHz / (1000 * UNITS_PER_MS)];
    if (before === after) return;
    const now = Math.round(units);
    this.#timeBase = tsAdd32(this.#timeBase, now * before - now * after) | 0;
    this.#endTime = this.#endTime < 0 ? -1 : Math.round((this.#endTime / before) * after);
    this.#perUnit = after;
    this.#relaying = false;
    this.#events = new TelephoneEventSender({ packetMs: FRAME_MS, rateHz: clockRateHz });
  }

  /** Undefined: nothing is sent. */
  direct(to: Endpoint | undefined): void {
    this.#to = to;
  }

  save(): RtpSenderState {
    return {
      ssrc: this.ssrc,
      seq: this.#seq,
      timeBase: this.#timeBase >>> 0,
      pausing: this.#pausing,
      packets: this.#packets,
      octets: this.#octets,
      endTime: this.#endTime,
      gathered: this.#packet.slice(RTP_HEADER_BYTES, RTP_HEADER_BYTES + this.#gathered),
      gatheredAt: this.#gatheredAt,
      gatheredTime: this.#gatheredTime,
      events: this.events.save(),
    };
  }

  /**
   * With the settings of the one that saved.
   * @param laterUnits by how much this sender's engine started later; a whole number
   */
  restore(state: RtpSenderState, laterUnits: number): void {
    const later = laterUnits * this.#perUnit;
    this.#ssrc = state.ssrc | 0;
    this.#header.ssrc = state.ssrc;
    this.#seq = state.seq;
    this.#timeBase = tsAdd32(state.timeBase, later) | 0;
    this.#pausing = state.pausing;
    this.#packets = state.packets;
    this.#octets = state.octets;
    this.#endTime = state.endTime - later;
    this.#packet.set(state.gathered, RTP_HEADER_BYTES);
    this.#gathered = state.gathered.length;
    this.#gatheredAt = state.gatheredAt - later;
    this.#gatheredTime = state.gatheredTime;
    this.events.restore(state.events);
  }

  /** Goes on with a stream whose last packet was sent long ago. */
  goOn({ ssrc, seq, timeBase, packets, octets }: Pick<RtpSenderState, "ssrc" | "seq" | "timeBase" | "packets" | "octets">): void {
    this.#ssrc = ssrc | 0;
    this.#header.ssrc = ssrc;
    this.#seq = seq;
    this.#timeBase = timeBase | 0;
    this.#packets = packets;
    this.#octets = octets;
  }

  /** Sends a frame of own sound, the first `length` bytes of `frame`, in packets of the agreed length; none is a pause of that length. */
  sendFrame(frame: Uint8Array, length: number, place: FramePlace): void {
    this.#relaying = false;
    const duration = place.durationUnits * this.#perUnit;
    const at = Math.max(Math.round(place.units * this.#perUnit), this.#endTime);
    if (this.#gathered > 0 && (length === 0 || at !== this.#gatheredAt + this.#gatheredTime || this.#gathered + length > PACKET_BYTES_MAX - RTP_HEADER_BYTES)) this.#flush();
    if (length === 0) this.#pausing = true;
    else {
      if (this.#gathered === 0) {
        this.#gatheredAt = at;
        this.#gatheredTime = 0;
        this.#gatheredNoise = place.last;
      }
      for (let i = 0; i < length; i++) this.#packet[RTP_HEADER_BYTES + this.#gathered + i] = frame[i]!;
      this.#gathered += length;
      this.#gatheredTime += duration;
      if (place.last || this.#gatheredTime >= this.#settings.ptimeMs * UNITS_PER_MS * this.#perUnit) this.#flush();
      this.#pausing ||= place.last;
      this.#endTime = at + duration;
    }
  }

  /** Sends the packet of a key in place of sound; false where no key is on its way at `units`. */
  sendEvent(units: number): boolean {
    if (this.#dtmfPayloadType < 0 || !this.#events.busy) return false;
    const at = Math.max(units * this.#perUnit, this.#endTime);
    if (!this.events.next(this.#event, tsAdd32(this.#timeBase, at))) return false;
    this.#flush();
    this.#relaying = false;
    this.#endTime = at + FRAME_UNITS * this.#perUnit;
    const header = this.#header;
    header.marker = this.#event.marker;
    header.payloadType = this.#dtmfPayloadType;
    header.rtpTime = this.#event.rtpTime;
    header.seq = this.#seq;
    this.#seq = seqAdd16(this.#seq, 1);
    const clockRateHz = this.#settings.clockRateHz ?? 8000;
    this.#event.payload.duration = Math.round((this.#event.payload.duration * (this.#settings.dtmfClockRateHz ?? clockRateHz)) / clockRateHz);
    this.#send(this.#packet, writeTelephoneEvent(this.#packet, writeRtp(this.#packet, 0, header), this.#event.payload));
    return true;
  }

  /** Sends comfort noise, the first `length` bytes of `payload`, that holds from `units` on (RFC 3389 section 4). Not without a payload type for it. */
  sendNoise(payload: Uint8Array, length: number, units: number): void {
    this.#flush();
    this.#relaying = false;
    this.#pausing = true;
    const header = this.#header;
    const at = Math.max(Math.round(units * this.#perUnit), this.#endTime);
    header.marker = false;
    header.payloadType = this.#noisePayloadType;
    header.rtpTime = tsAdd32(this.#timeBase, at);
    header.seq = this.#seq;
    this.#seq = seqAdd16(this.#seq, 1);
    this.#endTime = at;
    const start = writeRtp(this.#packet, 0, header);
    for (let i = 0; i < length; i++) this.#packet[start + i] = payload[i]!;
    this.#send(this.#packet, start + length);
  }

  /**
   * Sends the packet in `view`, its header rewritten in place and without extension, CSRCs and padding: what is lost or
   * out of order in the incoming stream is so in ours. `units` is now; the packet sounds for `duration` of the codec's clock.
   * @param isNoise RFC 3389's, which must have a payload type here
   */
  forward(view: RtpView, units: number, duration: number, isNoise = false): void {
    const length = view.payloadEnd - view.payloadStart;
    if (length === 0) return;
    const seq = rtpSeq(view);
    const time = rtpTime(view);
    let at = this.#relayAt + tsDiff32(time, this.#relayTime);
    const now = units * this.#perUnit;
    const fresh = !this.#relaying || Math.abs(at - now) > DRIFT_MS_MAX * UNITS_PER_MS * this.#perUnit || Math.abs(seqDiff16(seq, this.#relaySeq)) > DROPOUT_MAX;
    if (fresh) at = this.#switchTo(seq, time, now);
    else if (this.#relayCount < STRAGGLERS_MAX && seqDiff16(seq, seqAdd16(this.#seq, -this.#relaySeqOffset)) < -this.#relayCount) return;
    const marker = rtpMarker(view) || (!isNoise && (this.#packets === 0 || (fresh && this.#pausing))) || (fresh && at > this.#endTime + FRAME_UNITS * this.#perUnit);
    this.#pausing = isNoise;
    const outSeq = seqAdd16(seq, this.#relaySeqOffset);
    const ahead = seqDiff16(outSeq, this.#seq);
    if (ahead >= 0) {
      this.#seq = seqAdd16(outSeq, 1);
      this.#relayCount += ahead + 1;
      this.#relaySeq = seq;
      this.#relayTime = time | 0;
      this.#relayAt = at;
    }
    this.#endTime = Math.max(this.#endTime, at + duration);
    if (view.payloadStart !== RTP_HEADER_BYTES) view.bytes.copyWithin(RTP_HEADER_BYTES, view.payloadStart, view.payloadEnd);
    view.bytes[0] = 0x80;
    setRtpMarker(view, marker);
    setRtpPayloadType(view, isNoise ? this.#noisePayloadType : this.#payloadType);
    setRtpSeq(view, outSeq);
    setRtpTime(view, tsAdd32(this.#timeBase, at));
    setRtpSsrc(view, this.#ssrc);
    this.#send(view.bytes, RTP_HEADER_BYTES + length);
  }

  /** The next relayed packet begins anew: another stream, or one whose packets were held back in between. */
  breakRelay(): void {
    this.#relaying = false;
  }

  #switchTo(seq: number, time: number, now: number): number {
    this.#flush();
    const at = Math.max(Math.round(now), this.#endTime);
    this.#relaying = true;
    this.#relaySeqOffset = seqDiff16(this.#seq, seq);
    this.#relayCount = 0;
    this.#relaySeq = seq;
    this.#relayTime = time | 0;
    this.#relayAt = at;
    return at;
  }

  #flush(): void {
    if (this.#gathered === 0) return;
    const header = this.#header;
    // RFC 3551 section 4.1: the first packet after silence that was not sent.
    header.marker = !this.#gatheredNoise && (this.#packets === 0 || this.#pausing || this.#gatheredAt > this.#endTime + FRAME_UNITS * this.#perUnit);
    header.payloadType = this.#payloadType;
    header.rtpTime = tsAdd32(this.#timeBase, this.#gatheredAt);
    this.#pausing = false;
    header.seq = this.#seq;
    this.#seq = seqAdd16(this.#seq, 1);
    const end = writeRtp(this.#packet, 0, header) + this.#gathered;
    this.#endTime = Math.max(this.#endTime, this.#gatheredAt + this.#gatheredTime);
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
