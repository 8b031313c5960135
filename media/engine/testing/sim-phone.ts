// A telephone on a simulated network, for tests: talks in tones, presses keys, and keeps every packet that it hears.
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { seqAdd16, tsAdd32, tsDiff32 } from "../../../protocol/base/sequence.js";
import { createRtpView, readRtp, rtpMarker, rtpPayloadType, rtpSeq, rtpSsrc, rtpTime, writeRtp } from "../../../protocol/rtp/packet.js";
import { createTelephoneEventPacket, TelephoneEventSender } from "../../../protocol/rtp/telephone-event-sender.js";
import { writeTelephoneEvent } from "../../../protocol/rtp/telephone-event.js";
import { AUDIO_FORMATS } from "../../../protocol/sdp/audio-format.js";
import { ownCodecs } from "../../codec/catalog.js";
import type { Codec, Encoder } from "../../codec/codec.js";
import { Tone } from "../../dsp/tone.js";
import type { MediaNet, MediaSocket } from "../../net/media-net.js";
import type { CodecName } from "../command.js";

export interface SimPhoneOptions {
  readonly clock: Clock;
  readonly net: MediaNet;
  readonly local: Endpoint;
  /** PCMA unless told. */
  readonly codec?: CodecName;
  /** Where it is none of our own. */
  readonly coder?: Codec;
  readonly ptimeMs?: number;
  readonly dtmfPayloadType?: number;
  /** First sequence number, timestamp and SSRC. */
  readonly first?: { readonly seq: number; readonly rtpTime: number; readonly ssrc: number };
}

export interface HeardPacket {
  readonly atMs: number;
  readonly from: Endpoint;
  readonly marker: boolean;
  readonly payloadType: number;
  readonly seq: number;
  readonly rtpTime: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

export class SimPhone {
  readonly codec: CodecName;
  readonly coder: Codec;
  readonly #encoder: Encoder;
  readonly heard: HeardPacket[] = [];
  /** Packets. */
  sent = 0;
  /** Sounds when not undefined; else the phone sends silence. */
  tone: Pick<Tone, "fill"> | undefined;
  readonly #clock: Clock;
  readonly #socket: MediaSocket;
  readonly #ptimeMs: number;
  readonly #dtmfPayloadType: number;
  readonly #events: TelephoneEventSender;
  readonly #packet = new Uint8Array(1500);
  readonly #event = createTelephoneEventPacket();
  #seq: number;
  #time: number;
  ssrc: number;
  #talking: Cancel | undefined;

  private constructor(options: SimPhoneOptions, socket: MediaSocket) {
    this.codec = options.codec ?? "PCMA";
    this.coder = options.coder ?? ownCodecs(this.codec, "")!;
    this.#encoder = this.coder.createEncoder();
    this.#clock = options.clock;
    this.#socket = socket;
    this.#ptimeMs = options.ptimeMs ?? 20;
    this.#dtmfPayloadType = options.dtmfPayloadType ?? 101;
    this.#events = new TelephoneEventSender({ packetMs: this.#ptimeMs });
    const first = options.first ?? { seq: 65_530, rtpTime: 4_294_966_000, ssrc: 0x1234_5678 };
    this.#seq = first.seq;
    this.#time = first.rtpTime;
    this.ssrc = first.ssrc;
  }

  static async open(options: SimPhoneOptions): Promise<SimPhone> {
    const view = createRtpView();
    const slot: { phone?: SimPhone } = {};
    const socket = await options.net.bind(options.local, (bytes, length, from) => {
      if (readRtp(view, bytes, length) !== undefined) return;
      const payload = bytes.slice(view.payloadStart, view.payloadEnd);
      slot.phone?.heard.push({ atMs: options.clock.monoMs(), from, marker: rtpMarker(view), payloadType: rtpPayloadType(view), seq: rtpSeq(view), rtpTime: rtpTime(view), ssrc: rtpSsrc(view), payload });
    });
    return (slot.phone = new SimPhone(options, socket));
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  /** Sends a packet every ptime, until `hush`. */
  talk(to: Endpoint): void {
    this.hush();
    const beat = (): void => {
      this.#talking = this.#clock.after(this.#ptimeMs, beat);
      this.#beat(to);
    };
    this.#talking = this.#clock.after(0, beat);
  }

  /** Sends nothing more; time goes on without packets where `talk` comes again after `skipMs`. */
  hush(skipMs = 0): void {
    this.#talking?.();
    this.#talking = undefined;
    this.#time = tsAdd32(this.#time, (skipMs * this.coder.format.clockRateHz) / 1000);
  }

  /** Stops talking and sends one packet of comfort noise; `hush(ms)` and `talk` end the pause. */
  pause(to: Endpoint, payload: Uint8Array, payloadType = 13): void {
    this.hush();
    const end = writeRtp(this.#packet, 0, { marker: false, payloadType, seq: this.#seq, rtpTime: this.#time, ssrc: this.ssrc });
    this.#packet.set(payload, end);
    this.#seq = seqAdd16(this.#seq, 1);
    this.sent += 1;
    this.#socket.send(this.#packet, end + payload.length, to);
  }

  sing(frequencyHz: number, levelDbm0 = -10): void {
    this.tone = new Tone({ frequenciesHz: [frequencyHz], levelDbm0, rateHz: this.coder.sampleRateHz });
  }

  /** Sounds once from now, then silence; at the codec's rate. */
  say(samples: Int16Array): void {
    let at = 0;
    const source = {
      fill: (out: Int16Array, from: number, to: number): void => {
        for (let i = from; i < to; i++) out[i] = samples[at++] ?? 0;
      },
    };
    this.tone = source;
  }

  press(keys: string, durationMs = 100): void {
    this.#events.send(keys, durationMs);
  }

  /** Any bytes from this phone's socket. */
  throw(bytes: Uint8Array, to: Endpoint): void {
    this.#socket.send(bytes, bytes.length, to);
  }

  close(): void {
    this.hush();
    this.#socket.close();
  }

  /** The sound of all packets of this phone's codec since `fromMs`, each at its timestamp, silence where none came; at the codec's rate, 120 s at most. */
  sound(fromMs = 0): Int16Array {
    const packets = this.heard.filter((packet) => packet.payloadType === AUDIO_FORMATS[this.codec].payloadType);
    const first = packets.find(({ atMs }) => atMs >= fromMs);
    if (first === undefined) return new Int16Array(0);
    const { sampleRateHz, format } = this.coder;
    const decoder = this.coder.createDecoder();
    const packet = new Int16Array(sampleRateHz / 8);
    const out = new Int16Array(120 * sampleRateHz);
    let length = 0;
    // What came before is decoded too: codecs remember.
    for (const { rtpTime: time, payload } of packets) {
      const at = Math.round((tsDiff32(time, first.rtpTime) * sampleRateHz) / format.clockRateHz);
      const count = decoder.decode(payload, { start: 0, end: payload.length }, packet);
      if (at < 0 || at + count > out.length) continue;
      out.set(packet.subarray(0, count), at);
      length = Math.max(length, at + count);
    }
    return out.slice(0, length);
  }

  #beat(to: Endpoint): void {
    const units = (this.#ptimeMs * this.coder.format.clockRateHz) / 1000;
    const header = { marker: false, payloadType: AUDIO_FORMATS[this.codec].payloadType, seq: this.#seq, rtpTime: this.#time, ssrc: this.ssrc };
    let end: number;
    if (this.#events.next(this.#event, this.#time)) {
      end = writeRtp(this.#packet, 0, { ...header, marker: this.#event.marker, payloadType: this.#dtmfPayloadType, rtpTime: this.#event.rtpTime });
      end = writeTelephoneEvent(this.#packet, end, this.#event.payload);
    } else {
      const frameMs = this.coder.frameMs(this.#ptimeMs);
      const frame = new Int16Array((this.coder.sampleRateHz * frameMs) / 1000);
      end = writeRtp(this.#packet, 0, header);
      for (let ms = 0; ms < this.#ptimeMs; ms += frameMs) {
        this.tone?.fill(frame, 0, frame.length);
        if (this.tone === undefined) frame.fill(0);
        end = this.#encoder.encode(frame, this.#packet, end);
      }
    }
    this.#seq = seqAdd16(this.#seq, 1);
    this.#time = tsAdd32(this.#time, units);
    this.sent += 1;
    this.#socket.send(this.#packet, end, to);
  }
}
