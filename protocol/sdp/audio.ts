// What the two sides of an audio call say about codecs, direction and packets: the pieces of offer/answer (RFC 3264).
import { attributeOf, type SdpAttribute, type SdpMedia, type SdpSession } from "./session.js";

/** Encoding names of RFC 3551 that we speak. */
export type AudioCodecName = "PCMA" | "PCMU";
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** Payload types that need no rtpmap (RFC 3551 table 4). */
export const STATIC_PAYLOAD_TYPE: Readonly<Record<AudioCodecName, number>> = { PCMU: 0, PCMA: 8 };
const STATIC_CODEC: ReadonlyMap<number, string> = new Map([[0, "PCMU/8000"], [8, "PCMA/8000"]]);

export const DTMF_PAYLOAD_TYPE = 101;
/** The sixteen keys; the flash (16) is nothing that we act on. */
export const DTMF_EVENTS = "0-15";
export const DEFAULT_PTIME_MS = 20;

const CODECS: readonly AudioCodecName[] = ["PCMA", "PCMU"];
const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
const RTPMAP = /^(\d{1,3}) +([^ /]+\/\d{1,6})(?:\/(\d{1,2}))?$/;

export interface AudioFormats {
  /** Codecs that we speak, in the order of the m= line. */
  readonly codecs: readonly { readonly codec: AudioCodecName; readonly payloadType: number }[];
  /** telephone-event at 8000 Hz with at least the keys 0-9, * and #. */
  readonly dtmfPayloadType: number | undefined;
}

/** The stream that a call uses: the first one of audio over plain RTP whose port is not 0. */
export function audioIndex(session: SdpSession): number {
  return session.media.findIndex((media) => media.kind === "audio" && media.port !== 0 && (media.protocol === "RTP/AVP" || media.protocol === "RTP/AVPF"));
}

export function readFormats(media: SdpMedia): AudioFormats {
  const encodings = new Map(STATIC_CODEC);
  for (const { name, value } of media.attributes) {
    const match = name === "rtpmap" ? RTPMAP.exec(value) : null;
    // RFC 8866 section 6.6: the last part of audio's rtpmap is the number of channels.
    if (match !== null) encodings.set(Number(match[1]), match[3] === undefined || match[3] === "1" ? match[2]!.toUpperCase() : "");
  }
  const codecs: AudioFormats["codecs"][number][] = [];
  let dtmfPayloadType: number | undefined;
  for (const format of media.formats) {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    const encoding = payloadType > 127 ? undefined : encodings.get(payloadType);
    const codec = CODECS.find((name) => encoding === `${name}/8000`);
    if (codec !== undefined) codecs.push({ codec, payloadType });
    else if (encoding === "TELEPHONE-EVENT/8000" && dtmfPayloadType === undefined && hasKeys(media.attributes, payloadType)) dtmfPayloadType = payloadType;
  }
  return { codecs, dtmfPayloadType };
}

/** RFC 4733 section 2.4.1: without fmtp the sixteen keys are meant. */
function hasKeys(attributes: readonly SdpAttribute[], payloadType: number): boolean {
  const fmtp = attributes.find(({ name, value }) => name === "fmtp" && value.startsWith(`${payloadType} `));
  if (fmtp === undefined) return true;
  const keys = new Set<number>();
  for (const part of fmtp.value.slice(String(payloadType).length).trim().split(/[,; ]+/)) {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
    if (match === null) continue;
    for (let event = Number(match[1]); event <= Math.min(255, Number(match[2] ?? match[1])); event++) keys.add(event);
  }
  for (let event = 0; event <= 11; event++) if (!keys.has(event)) return false;
  return true;
}

/** The sender's own view. An address of 0.0.0.0 is the hold of RFC 2543: it wants to hear nothing. */
export function directionOf(session: SdpSession, media: SdpMedia): Direction {
  const said = [...media.attributes, ...session.attributes].find(({ name }) => DIRECTIONS.some((direction) => direction === name));
  const direction = DIRECTIONS.find((name) => name === said?.name) ?? "sendrecv";
  const address = addressOf(session, media);
  return address === "0.0.0.0" || address === "::" ? joinDirection(sends(direction), false) : direction;
}

export const sends = (direction: Direction): boolean => direction === "sendrecv" || direction === "sendonly";
export const receives = (direction: Direction): boolean => direction === "sendrecv" || direction === "recvonly";

export function joinDirection(send: boolean, receive: boolean): Direction {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

/** What we may do of what we want, given the far side's view (RFC 3264 section 6.1). */
export const agreeDirection = (theirs: Direction, wanted: Direction): Direction => joinDirection(receives(theirs) && sends(wanted), sends(theirs) && receives(wanted));

export const addressOf = (session: SdpSession, media: SdpMedia): string | undefined => media.address ?? session.address;

/** Numeric and to one host: names would need a resolver, and a call is no multicast. */
export function isUnicast(address: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (parts !== null) return parts.slice(1).every((part) => Number(part) <= 255) && Number(parts[1]) < 224;
  return /^[0-9a-fA-F:.]{2,45}$/.test(address) && address.includes(":") && !/^ff/i.test(address);
}

/** The ptime that the far side asks for, where we can make such packets (10-60 ms in steps of 10), else ours. */
export function agreePtime(media: SdpMedia, oursMs: number): number {
  const asked = Number(attributeOf(media.attributes, "ptime") ?? Number.NaN);
  const most = Number(attributeOf(media.attributes, "maxptime") ?? Number.NaN);
  const ptimeMs = asked >= 10 && asked <= 60 && asked % 10 === 0 ? asked : oursMs;
  // A maxptime below 10 ms is nothing that we can obey.
  return most >= 10 && most < ptimeMs ? Math.floor(most / 10) * 10 : ptimeMs;
}
