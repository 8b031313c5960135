// RTCP compound packets: sender and receiver reports, SDES and BYE (RFC 3550 section 6).
//
// |V=2|P|   RC    |      PT       |    length in 32-bit words - 1  |

export type RtcpFault = "rtcp.short" | "rtcp.version" | "rtcp.first" | "rtcp.length" | "rtcp.padding" | "rtcp.limit";

/** One block of a report: how the far side hears one source. */
export interface ReportBlock {
  /** Whose packets are reported on. */
  readonly ssrc: number;
  /** 0-255: lost since the last report, of 256. */
  readonly fractionLost: number;
  /** Lost since the start; negative where duplicates came. Signed, 24 bits. */
  readonly lost: number;
  /** Extended highest sequence number received. */
  readonly highestSeq: number;
  /** Interarrival jitter in RTP clock units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report from that source; 0 where none came. */
  readonly lastReport: number;
  /** Since that report, in 1/65536 s. */
  readonly lastReportDelay: number;
}

export interface SenderInfo {
  /** Seconds since 1900, uint32, and their fraction in 1/2^32 s. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  /** The same instant on the stream's RTP clock. */
  readonly rtpTime: number;
  readonly packets: number;
  readonly octets: number;
}

export type RtcpPacket =
  | { readonly type: "sr"; readonly ssrc: number; readonly sender: SenderInfo; readonly blocks: readonly ReportBlock[] }
  | { readonly type: "rr"; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | { readonly type: "sdes"; readonly chunks: readonly { readonly ssrc: number; readonly cname: string | undefined }[] }
  | { readonly type: "bye"; readonly ssrcs: readonly number[]; readonly reason: string | undefined };

export type RtcpResult = { readonly packets: readonly RtcpPacket[]; readonly fault?: never } | { readonly fault: RtcpFault; readonly packets?: never };

/** Packets in one compound; a call's has two or three. */
export const RTCP_PACKETS_MAX = 32;

const SR = 200;
const RR = 201;
const SDES = 202;
const BYE = 203;
const CNAME = 1;
const BLOCK_BYTES = 24;
/** Five bits say how many blocks, chunks or sources there are. */
const COUNT_MAX = 31;
const TEXT_BYTES_MAX = 255;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads `bytes[0..length)`; packets of other types (APP, feedback) are skipped. All checks of RFC 3550 appendix A.2. */
export function readRtcp(bytes: Uint8Array, length: number): RtcpResult {
  if (length < 8 || length > bytes.length) return { fault: "rtcp.short" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const packets: RtcpPacket[] = [];
  let count = 0;
  for (let at = 0; at < length; count++) {
    if (count >= RTCP_PACKETS_MAX) return { fault: "rtcp.limit" };
    if (length - at < 4) return { fault: "rtcp.short" };
    const b0 = view.getUint8(at);
    const type = view.getUint8(at + 1);
    if (b0 >> 6 !== 2) return { fault: "rtcp.version" };
    if (at === 0 && type !== SR && type !== RR) return { fault: "rtcp.first" };
    const end = at + (view.getUint16(at + 2) + 1) * 4;
    if (end > length) return { fault: "rtcp.length" };
    let contentEnd = end;
    if ((b0 & 0x20) !== 0) {
      const padding = view.getUint8(end - 1);
      // Only the last packet may be padded.
      if (end !== length || padding === 0 || padding % 4 !== 0 || padding > end - at - 4) return { fault: "rtcp.padding" };
      contentEnd -= padding;
    }
    const packet = readPacket(type, b0 & 0x1f, new DataView(bytes.buffer, bytes.byteOffset + at + 4, contentEnd - at - 4));
    if (packet === "rtcp.length") return { fault: packet };
    if (packet !== undefined) packets.push(packet);
    at = end;
  }
  return { packets };
}

/** Writes a compound and returns the index after it, or undefined where `out` is too small. Texts are cut at 255 bytes. */
export function writeRtcp(out: Uint8Array, at: number, packets: readonly RtcpPacket[]): number | undefined {
  for (const packet of packets) {
    const end = writePacket(out, at, packet);
    // Typed arrays leave out what is written beyond their end.
    if (end > out.length) return undefined;
    const words = (end - at) / 4 - 1;
    out[at + 2] = words >> 8;
    out[at + 3] = words;
    at = end;
  }
  return at;
}

function readPacket(type: number, count: number, view: DataView): RtcpPacket | "rtcp.length" | undefined {
  switch (type) {
    case SR: {
      if (view.byteLength < 24 + count * BLOCK_BYTES) return "rtcp.length";
      const sender = { ntpSeconds: view.getUint32(4), ntpFraction: view.getUint32(8), rtpTime: view.getUint32(12), packets: view.getUint32(16), octets: view.getUint32(20) };
      return { type: "sr", ssrc: view.getUint32(0), sender, blocks: readBlocks(view, 24, count) };
    }
    case RR:
      if (view.byteLength < 4 + count * BLOCK_BYTES) return "rtcp.length";
      return { type: "rr", ssrc: view.getUint32(0), blocks: readBlocks(view, 4, count) };
    case SDES:
      return readSdes(view, count);
    case BYE: {
      if (view.byteLength < count * 4) return "rtcp.length";
      const reasonAt = count * 4;
      const reason = reasonAt < view.byteLength ? readText(view, reasonAt) : undefined;
      return reason === "rtcp.length" ? reason : { type: "bye", ssrcs: Array.from({ length: count }, (_, i) => view.getUint32(i * 4)), reason: reason?.text };
    }
    default:
      return undefined;
  }
}

const readBlocks = (view: DataView, from: number, count: number): ReportBlock[] =>
  Array.from({ length: count }, (_, i) => {
    const at = from + i * BLOCK_BYTES;
    return {
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4),
      lost: (view.getInt32(at + 4) << 8) >> 8,
      highestSeq: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastReport: view.getUint32(at + 16),
      lastReportDelay: view.getUint32(at + 20),
    };
  });

/** A chunk is an SSRC and items up to a zero byte, padded to 32 bits. */
function readSdes(view: DataView, count: number): RtcpPacket | "rtcp.length" {
  const chunks: { ssrc: number; cname: string | undefined }[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 8 > view.byteLength) return "rtcp.length";
    const ssrc = view.getUint32(at);
    let cname: string | undefined;
    at += 4;
    for (;;) {
      if (at >= view.byteLength) return "rtcp.length";
      const type = view.getUint8(at);
      if (type === 0) break;
      const item = readText(view, at + 1);
      if (item === "rtcp.length") return item;
      if (type === CNAME) cname ??= item.text;
      at = item.end;
    }
    chunks.push({ ssrc, cname });
    at = (at & ~3) + 4;
  }
  return { type: "sdes", chunks };
}

/** A byte of length and so much UTF-8. */
function readText(view: DataView, at: number): { readonly text: string; readonly end: number } | "rtcp.length" {
  const end = at >= view.byteLength ? Infinity : at + 1 + view.getUint8(at);
  if (end > view.byteLength) return "rtcp.length";
  return { text: decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at + 1, end - at - 1)), end };
}

/** All but the length; returns the index after it. */
function writePacket(out: Uint8Array, at: number, packet: RtcpPacket): number {
  switch (packet.type) {
    case "sr": {
      const { sender, blocks } = packet;
      let end = putWord(out, putHead(out, at, { type: SR, count: blocks.length }), packet.ssrc);
      end = putWord(out, putWord(out, end, sender.ntpSeconds), sender.ntpFraction);
      end = putWord(out, putWord(out, putWord(out, end, sender.rtpTime), sender.packets), sender.octets);
      return putBlocks(out, end, blocks);
    }
    case "rr":
      return putBlocks(out, putWord(out, putHead(out, at, { type: RR, count: packet.blocks.length }), packet.ssrc), packet.blocks);
    case "sdes": {
      let end = putHead(out, at, { type: SDES, count: packet.chunks.length });
      for (const { ssrc, cname } of packet.chunks.slice(0, COUNT_MAX)) {
        end = putWord(out, end, ssrc);
        if (cname !== undefined) {
          out[end] = CNAME;
          end = putText(out, end + 1, cname);
        }
        // At least one zero byte ends the items.
        end = pad(out, end, 4 - ((end - at) & 3));
      }
      return end;
    }
    case "bye": {
      let end = putHead(out, at, { type: BYE, count: packet.ssrcs.length });
      for (const ssrc of packet.ssrcs.slice(0, COUNT_MAX)) end = putWord(out, end, ssrc);
      if (packet.reason !== undefined) end = putText(out, end, packet.reason);
      return pad(out, end, (at - end) & 3);
    }
    default:
      return packet satisfies never;
  }
}

function putHead(out: Uint8Array, at: number, { type, count }: { readonly type: number; readonly count: number }): number {
  out[at] = 0x80 | Math.min(COUNT_MAX, count);
  out[at + 1] = type;
  return at + 4;
}

function putBlocks(out: Uint8Array, at: number, blocks: readonly ReportBlock[]): number {
  let end = at;
  for (const block of blocks.slice(0, COUNT_MAX)) {
    // Section 6.4.1: the loss is clamped to 24 bits, not cut to them.
    const loss = (block.fractionLost << 24) | (Math.max(-0x800000, Math.min(0x7fffff, block.lost)) & 0xffffff);
    end = putWord(out, putWord(out, putWord(out, end, block.ssrc), loss), block.highestSeq);
    end = putWord(out, putWord(out, putWord(out, end, block.jitter), block.lastReport), block.lastReportDelay);
  }
  return end;
}

function putWord(out: Uint8Array, at: number, word: number): number {
  out[at] = word >>> 24;
  out[at + 1] = word >>> 16;
  out[at + 2] = word >>> 8;
  out[at + 3] = word;
  return at + 4;
}

/** A byte of length and so much UTF-8. */
function putText(out: Uint8Array, at: number, text: string): number {
  const bytes = encoder.encode(text).subarray(0, TEXT_BYTES_MAX);
  out[at] = bytes.length;
  for (let i = 0; i < bytes.length; i++) out[at + 1 + i] = bytes[i]!;
  return at + 1 + bytes.length;
}

function pad(out: Uint8Array, at: number, zeros: number): number {
  for (let i = 0; i < zeros; i++) out[at + i] = 0;
  return at + zeros;
}
