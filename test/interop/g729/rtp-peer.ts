// Sound of a foreign G.729 encoder and for a foreign decoder: an RTP endpoint of the test's own that knows nothing of the codec.
import { createSocket, type Socket } from "node:dgram";
import { createRtpView, readRtp, rtpPayloadType, rtpSeq, writeRtp } from "../../../protocol/rtp/packet.js";
import { createTelephoneEventPacket, TelephoneEventSender } from "../../../protocol/rtp/telephone-event-sender.js";
import { writeTelephoneEvent } from "../../../protocol/rtp/telephone-event.js";

const FRAME_BYTES = 10;
const PACKET_MS = 20;
const PACKET_UNITS = 160;
const SSRC = 0x0729_0729;

export class RtpPeer {
  readonly #socket: Socket = createSocket("udp4");
  readonly #events = new TelephoneEventSender();
  readonly #event = createTelephoneEventPacket();
  readonly #packet = new Uint8Array(200);
  readonly #heard = new Map<number, Uint8Array>();
  readonly #frames: Buffer;
  #beat: NodeJS.Timeout | undefined;
  #sent = 0;
  #firstSeq: number | undefined;

  /** @param frames coded, ten bytes each, said over and over once the far side was heard */
  constructor(frames: Buffer) {
    this.#frames = frames;
  }

  /** Binds a port of the loopback; the sound begins with the first packet of the far side. */
  async open(): Promise<number> {
    const view = createRtpView();
    this.#socket.on("message", (bytes, from) => {
      if (readRtp(view, bytes, bytes.length) !== undefined || rtpPayloadType(view) !== 18) return;
      this.#firstSeq ??= rtpSeq(view);
      this.#heard.set((rtpSeq(view) - this.#firstSeq) & 0xffff, bytes.slice(view.payloadStart, view.payloadEnd));
      this.#beat ??= setInterval(() => this.#say(from.port), PACKET_MS);
    });
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    return this.#socket.address().port;
  }

  press(key: string): void {
    this.#events.send(key, 120);
  }

  /** All payloads in order, as records: a length and so many bytes; 0 for a packet of 20 ms that did not come. */
  records(): Buffer {
    const last = Math.max(...this.#heard.keys());
    const parts: Buffer[] = [];
    for (let seq = 0; seq <= last; seq++) {
      const payload = this.#heard.get(seq);
      if (payload === undefined) parts.push(Buffer.of(0, 0));
      else for (let at = 0; at < payload.length; at += FRAME_BYTES) parts.push(Buffer.of(Math.min(FRAME_BYTES, payload.length - at)), Buffer.from(payload.subarray(at, at + FRAME_BYTES)));
    }
    return Buffer.concat(parts);
  }

  close(): void {
    clearInterval(this.#beat);
    this.#socket.close();
  }

  #say(port: number): void {
    const n = this.#sent++;
    const header = { marker: n === 0, payloadType: 18, seq: n & 0xffff, rtpTime: n * PACKET_UNITS, ssrc: SSRC };
    let end: number;
    if (this.#events.next(this.#event, header.rtpTime)) {
      end = writeRtp(this.#packet, 0, { ...header, marker: this.#event.marker, payloadType: 101, rtpTime: this.#event.rtpTime });
      end = writeTelephoneEvent(this.#packet, end, this.#event.payload);
    } else {
      end = writeRtp(this.#packet, 0, header);
      for (let i = 0; i < 2; i++) {
        const at = ((2 * n + i) * FRAME_BYTES) % this.#frames.length;
        this.#packet.set(this.#frames.subarray(at, at + FRAME_BYTES), end);
        end += FRAME_BYTES;
      }
    }
    this.#socket.send(this.#packet.subarray(0, end), port, "127.0.0.1");
  }
}
