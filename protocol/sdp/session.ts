// A session description as data: what RFC 8866 says and an audio call reads. Lines that no call needs (i=, u=, e=, p=,
// b=, r=, z=, k=) are checked for form and left out.

export interface SdpOrigin {
  readonly username: string;
  /** Digits, up to 64 bits and more: kept as text. */
  readonly sessionId: string;
  readonly version: string;
  readonly address: string;
}

export interface SdpAttribute {
  readonly name: string;
  /** "" for a property attribute such as `sendonly`. */
  readonly value: string;
}

export interface SdpMedia {
  /** `audio`, `video`, ... */
  readonly kind: string;
  /** 0-65535; 0 is a rejected or ended stream. */
  readonly port: number;
  /** `RTP/AVP`. */
  readonly protocol: string;
  /** As written; payload types where the protocol is RTP. */
  readonly formats: readonly string[];
  /** The media's own address; undefined where the session's counts. */
  readonly address: string | undefined;
  readonly attributes: readonly SdpAttribute[];
}

export interface SdpSession {
  readonly origin: SdpOrigin;
  /** `c=` of the session. */
  readonly address: string | undefined;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly SdpMedia[];
}

export type SdpFaultCode =
  /** Longer or with more of something than any real description. */
  | "sdp.limit"
  | "sdp.syntax"
  | "sdp.version"
  /** No numeric unicast address to send to. */
  | "sdp.address"
  /** No audio over RTP, or its port is 0. */
  | "sdp.no-audio"
  /** No codec that both sides have. */
  | "sdp.no-codec"
  /** The far side turned our only stream down. */
  | "sdp.rejected";

export interface SdpFault {
  readonly code: SdpFaultCode;
  readonly detail: string;
}

/** The value of the first attribute of that name. */
export function attributeOf(attributes: readonly SdpAttribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}
