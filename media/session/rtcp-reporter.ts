// What we tell the far side every 5 s of what we sent and how we hear it, and when we leave (RFC 3550 section 6).
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, randomUint32, type Random } from "../../protocol/base/random.js";
import { readRtcp, writeRtcp, type ReportBlock, type RtcpPacket, type SenderInfo } from "../../protocol/rtp/rtcp.js";
import type { MediaSocket } from "../net/media-net.js";
import type { RtpReceiver } from "./rtp-receiver.js";
import type { RtpSender } from "./rtp-sender.js";

export interface RtcpReporterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly socket: Pick<MediaSocket, "send">;
  readonly sender: RtpSender;
  readonly receiver: RtpReceiver;
  /** Now, on the sender's timeline. */
  units(): number;
}

/** Plain data, for a reporter that goes on in another place; times are of a clock that both read. */
export interface RtcpReporterState {
  readonly cname: string;
  readonly nextMs: number;
  readonly packetsReported: number;
  readonly expectedReported: number;
  readonly lostReported: number;
  readonly lastReport: number;
  readonly lastReportMs: number;
  readonly received: number;
}

/** Section 6.2: the least mean interval. */
const INTERVAL_MS = 5000;
/** From 1900, NTP's beginning, to 1970: RFC 5905 section 6. */
const NTP_OFFSET_S = 2_208_988_800;
const PACKET_BYTES_MAX = 256;

export class RtcpReporter {
  readonly #options: RtcpReporterOptions;
  #cname: string;
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  #nextMs: number;
  #packetsReported = 0;
  #expectedReported = 0;
  #lostReported = 0;
  /** Middle 32 bits of the far side's last report, and when it came. */
  #lastReport = 0;
  #lastReportMs = 0;
  #received = 0;
  #loss = 0;

  constructor(options: RtcpReporterOptions) {
    this.#options = options;
    // RFC 7022 section 4.2: short-lived, so that calls of one caller are not tied to each other by it.
    this.#cname = randomToken(options.random, 20);
    this.#nextMs = options.clock.monoMs() + this.#intervalMs();
  }

  /** Reports understood. */
  get received(): number {
    return this.#received;
  }

  /** So much of what we send was lost lately, 0..1, as the far side's last report says. */
  get loss(): number {
    return this.#loss;
  }

  get isDue(): boolean {
    return this.#options.clock.monoMs() >= this.#nextMs;
  }

  /** Sends a report and sets the time of the next; without an address only that. */
  report(to: Endpoint | undefined): void {
    this.#nextMs = this.#options.clock.monoMs() + this.#intervalMs();
    if (to !== undefined) this.#send(to, []);
  }

  /** Section 6.3.7: says that our stream ends, where there was one. */
  bye(to: Endpoint | undefined): void {
    const { sender } = this.#options;
    if (to !== undefined && sender.packets > 0) this.#send(to, [{ type: "bye", ssrcs: [sender.ssrc], reason: undefined }]);
  }

  /** False where the bytes are no RTCP. */
  receive(bytes: Uint8Array, length: number): boolean {
    const { packets } = readRtcp(bytes, length);
    if (packets === undefined) return false;
    this.#received += 1;
    for (const packet of packets) {
      if (packet.type === "sr" || packet.type === "rr") for (const block of packet.blocks) if (block.ssrc === this.#options.sender.ssrc) this.#loss = block.fractionLost / 256;
      if (packet.type !== "sr" || packet.ssrc !== this.#options.receiver.ssrc) continue;
      this.#lastReport = ((packet.sender.ntpSeconds << 16) | (packet.sender.ntpFraction >>> 16)) >>> 0;
      this.#lastReportMs = this.#options.clock.monoMs();
    }
    return true;
  }

  save(): RtcpReporterState {
    return {
      cname: this.#cname,
      nextMs: this.#nextMs,
      packetsReported: this.#packetsReported,
      expectedReported: this.#expectedReported,
      lostReported: this.#lostReported,
      lastReport: this.#lastReport,
      lastReportMs: this.#lastReportMs,
      received: this.#received,
    };
  }

  /** Goes on as the same source, though what it heard from the far side is forgotten. */
  goOn({ cname, packetsReported }: Pick<RtcpReporterState, "cname" | "packetsReported">): void {
    this.#cname = cname;
    this.#packetsReported = packetsReported;
  }

  restore(state: RtcpReporterState): void {
    this.#cname = state.cname;
    this.#nextMs = state.nextMs;
    this.#packetsReported = state.packetsReported;
    this.#expectedReported = state.expectedReported;
    this.#lostReported = state.lostReported;
    this.#lastReport = state.lastReport;
    this.#lastReportMs = state.lastReportMs;
    this.#received = state.received;
  }

  #send(to: Endpoint, more: readonly RtcpPacket[]): void {
    const { sender, socket } = this.#options;
    const blocks = this.#blocks();
    const report: RtcpPacket = sender.packets > this.#packetsReported ? { type: "sr", ssrc: sender.ssrc, sender: this.#senderInfo(), blocks } : { type: "rr", ssrc: sender.ssrc, blocks };
    this.#packetsReported = sender.packets;
    const end = writeRtcp(this.#packet, 0, [report, { type: "sdes", chunks: [{ ssrc: sender.ssrc, cname: this.#cname }] }, ...more]);
    if (end !== undefined) socket.send(this.#packet, end, to);
  }

  #senderInfo(): SenderInfo {
    const { clock, sender } = this.#options;
    const utcMs = clock.utcMs();
    const ntpSeconds = Math.floor(utcMs / 1000) + NTP_OFFSET_S;
    return { ntpSeconds, ntpFraction: Math.floor(((utcMs % 1000) / 1000) * 2 ** 32), rtpTime: sender.rtpTimeAt(this.#options.units()), packets: sender.packets, octets: sender.octets };
  }

  #blocks(): ReportBlock[] {
    const { receiver, clock } = this.#options;
    const { sequence, ssrc } = receiver;
    if (ssrc === undefined) return [];
    const expected = sequence.expected - this.#expectedReported;
    const lost = sequence.lost - this.#lostReported;
    this.#expectedReported = sequence.expected;
    this.#lostReported = sequence.lost;
    return [
      {
        ssrc,
        fractionLost: expected > 0 && lost > 0 ? Math.min(255, Math.floor((lost * 256) / expected)) : 0,
        lost: sequence.lost,
        highestSeq: sequence.highestExtended,
        jitter: Math.floor(sequence.jitterUnits),
        lastReport: this.#lastReport,
        lastReportDelay: this.#lastReport === 0 ? 0 : Math.floor(((clock.monoMs() - this.#lastReportMs) * 65_536) / 1000) >>> 0,
      },
    ];
  }

  /** Section 6.3.1: half to one and a half of the interval, so that reports of many calls don't come together. */
  #intervalMs(): number {
    return INTERVAL_MS * (0.5 + randomUint32(this.#options.random) / 2 ** 32);
  }
}
