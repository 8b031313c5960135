// A phone's sound without its codec: sends payloads that somebody coded, keeps those that come, and notes when.
import { createSocket, type Socket } from "node:dgram";
import { performance } from "node:perf_hooks";
import { createRtpView, readRtp, rtpPayloadType, rtpSeq, writeRtp } from "../../../protocol/rtp/packet.js";
import type { ForeignCodec } from "./foreign-codec.js";

export const PACKET_MS = 20;
/** RFC 3551 section 6: comfort noise of sound at 8000 Hz. */
export const NOISE_PAYLOAD_TYPE = 13;
const SSRC = 0x0729_0729;
const PACKET_BYTES_MAX = 1500;
/** Packets by which time is told: their median. */
const LATEST = 200;

/** Comfort noise in place of sound. */
export interface NoisePacket {
  readonly noise: Uint8Array;
}

export interface HeardSound {
  /** From the first packet to the last; undefined where one did not come. */
  readonly payloads: readonly (Uint8Array | undefined)[];
  /** When the first one would have come, as the last ones say; ms. A far side may pause in between, numbers don't. */
  readonly fromMs: number;
  /** Payloads of comfort noise, in the order in which they came. */
  readonly noises: readonly Uint8Array[];
}

export class RtpEnd {
  readonly #socket: Socket = createSocket("udp4");
  readonly #codec: ForeignCodec;
  readonly #payloads: readonly (Uint8Array | NoisePacket | undefined)[];
  readonly #noises: Uint8Array[] = [];
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  readonly #heard = new Map<number, { readonly payload: Uint8Array; readonly atMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #seq = 0;
  #firstSeq: number | undefined;
  #fromMs = 0;

  /** @param payloads sent once, 20 ms each, from when the far side was first heard; nothing is sent where there is none */
  constructor(codec: ForeignCodec, payloads: readonly (Uint8Array | NoisePacket | undefined)[]) {
    this.#codec = codec;
    this.#payloads = payloads;
  }

  /** When the first packet was due, ms. */
  get sendsFromMs(): number {
    return this.#fromMs;
  }

  /** Binds a port of the loopback. */
  async open(): Promise<number> {
    const view = createRtpView();
    this.#socket.on("message", (bytes, from) => {
      if (readRtp(view, bytes, bytes.length) !== undefined) return;
      if (rtpPayloadType(view) === NOISE_PAYLOAD_TYPE) this.#noises.push(bytes.slice(view.payloadStart, view.payloadEnd));
      if (rtpPayloadType(view) !== this.#codec.payloadType) return;
      this.#firstSeq ??= rtpSeq(view);
      this.#heard.set((rtpSeq(view) - this.#firstSeq) & 0xffff, { payload: bytes.slice(view.payloadStart, view.payloadEnd), atMs: performance.now() });
      if (this.#timer === undefined) this.#begin(from.port);
    });
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    return this.#socket.address().port;
  }

  heard(): HeardSound {
    const last = Math.max(...this.#heard.keys());
    const payloads = Array.from({ length: last + 1 }, (_, n) => this.#heard.get(n)?.payload);
    const starts = [...this.#heard].filter(([n]) => n > last - LATEST).map(([n, { atMs }]) => atMs - n * PACKET_MS).sort((a, b) => a - b);
    return { payloads, fromMs: starts[starts.length >> 1]!, noises: this.#noises };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  /** By the clock and not by the timer, which is late a little each time. */
  #begin(port: number): void {
    this.#fromMs = performance.now();
    const beat = (): void => {
      this.#say(port);
      this.#timer = setTimeout(beat, this.#fromMs + this.#sent * PACKET_MS - performance.now());
    };
    beat();
  }

  #say(port: number): void {
    const n = this.#sent++;
    const due = this.#payloads[n];
    if (due === undefined) return;
    const isNoise = "noise" in due;
    const payload = isNoise ? due.noise : due;
    const units = (this.#codec.clockRateHz * PACKET_MS) / 1000;
    // RFC 3550 section 5.1: numbers count packets, time goes on while nothing is sent.
    const before = this.#payloads[n - 1];
    const marker = !isNoise && (before === undefined || "noise" in before);
    const header = { marker, payloadType: isNoise ? NOISE_PAYLOAD_TYPE : this.#codec.payloadType, seq: this.#seq++ & 0xffff, rtpTime: n * units, ssrc: SSRC };
    const start = writeRtp(this.#packet, 0, header);
    this.#packet.set(payload, start);
    this.#socket.send(this.#packet.subarray(0, start + payload.length), port, "127.0.0.1");
  }
}
