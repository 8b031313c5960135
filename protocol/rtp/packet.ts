// One RTP packet, read and changed in place: RFC 3550 section 5.1.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// |                           timestamp                           |
// |           synchronization source (SSRC) identifier            |
// |            contributing source (CSRC) identifiers, 0-15       |

export type RtpFault = "rtp.short" | "rtp.version" | "rtp.padding";

export const RTP_HEADER_BYTES = 12;

/** One a stream, refilled per packet; `bytes` is the network's buffer and good until the receiver returns. */
export interface RtpView {
  bytes: Uint8Array;
  /** First byte of the payload, after CSRCs and extension. */
  payloadStart: number;
  /** Index after the payload, before padding. */
  payloadEnd: number;
}

export interface RtpHeader {
  marker: boolean;
  /** 0-127. */
  payloadType: number;
  /** uint16. */
  seq: number;
  /** uint32, in units of the RTP clock. */
  rtpTime: number;
  /** uint32. */
  ssrc: number;
}

export const createRtpView = (): RtpView => ({ bytes: new Uint8Array(RTP_HEADER_BYTES), payloadStart: RTP_HEADER_BYTES, payloadEnd: RTP_HEADER_BYTES });

/** Checks every length of `bytes[0..length)` once and fills `view`, which aliases `bytes` until the next call; untouched on a fault. */
export function readRtp(view: RtpView, bytes: Uint8Array, length: number): RtpFault | undefined {
  if (length < RTP_HEADER_BYTES || length > bytes.length) return "rtp.short";
  const b0 = bytes[0]!;
  if (b0 >> 6 !== 2) return "rtp.version";
  let start = RTP_HEADER_BYTES + (b0 & 0x0f) * 4;
  if ((b0 & 0x10) !== 0) {
    if (length < start + 4) return "rtp.short";
    // Section 5.3.1: the length counts 32-bit words after the four bytes it stands in.
    start += 4 + u16(bytes, start + 2) * 4;
  }
  if (length < start) return "rtp.short";
  const padding = (b0 & 0x20) !== 0 ? bytes[length - 1]! : 0;
  if (((b0 & 0x20) !== 0 && padding === 0) || length - padding < start) return "rtp.padding";
  view.bytes = bytes;
  view.payloadStart = start;
  view.payloadEnd = length - padding;
  return undefined;
}

/** Whether a packet on a port shared by both is RTCP (RFC 5761 section 4). */
export const isRtcp = (bytes: Uint8Array, length: number): boolean => length >= 2 && bytes[1]! >= 192 && bytes[1]! <= 223;

export const rtpMarker = (view: RtpView): boolean => (view.bytes[1]! & 0x80) !== 0;
export const rtpPayloadType = (view: RtpView): number => view.bytes[1]! & 0x7f;
export const rtpSeq = (view: RtpView): number => u16(view.bytes, 2);
export const rtpTime = (view: RtpView): number => u32(view.bytes, 4);
export const rtpSsrc = (view: RtpView): number => u32(view.bytes, 8);

export const setRtpMarker = (view: RtpView, marker: boolean): void => void (view.bytes[1] = (view.bytes[1]! & 0x7f) | (marker ? 0x80 : 0));
export const setRtpPayloadType = (view: RtpView, payloadType: number): void => void (view.bytes[1] = (view.bytes[1]! & 0x80) | (payloadType & 0x7f));
/** Rewritten in place: a relay never rebuilds a packet that it only forwards. */
export const setRtpSeq = (view: RtpView, seq: number): void => putU16(view.bytes, 2, seq);
export const setRtpTime = (view: RtpView, time: number): void => putU32(view.bytes, 4, time);
export const setRtpSsrc = (view: RtpView, ssrc: number): void => putU32(view.bytes, 8, ssrc);

/** Writes the 12 bytes of a header without CSRCs and extension; returns where the payload begins. */
export function writeRtp(out: Uint8Array, at: number, header: Readonly<RtpHeader>): number {
  out[at] = 0x80;
  out[at + 1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  putU16(out, at + 2, header.seq);
  putU32(out, at + 4, header.rtpTime);
  putU32(out, at + 8, header.ssrc);
  return at + RTP_HEADER_BYTES;
}

const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;
const u32 = (b: Uint8Array, at: number): number => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

function putU16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

function putU32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}
