// What the two sides of an audio call say about codecs, direction and packets: the pieces of offer/answer (RFC 3264).
import { AUDIO_FORMATS, NOISE_PAYLOAD_TYPES, type AudioCodecName, type AudioFormat } from "./audio-format.js";
import { attributeOf, type SdpMedia, type SdpSession } from "./session.js";

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** The sixteen keys; the flash (16) is nothing that we act on. */
export const DTMF_EVENTS = "0-15";
export const DEFAULT_PTIME_MS = 20;

const FORMATS: readonly AudioFormat[] = Object.values(AUDIO_FORMATS);
/** Payload types that need no rtpmap (RFC 3551 table 4). */
const STATIC_ENCODINGS = [...FORMATS.filter(({ payloadType }) => payloadType < 96).map((format) => [format.payloadType, encodingOf(format)] as const), [NOISE_PAYLOAD_TYPES.get(8000)!, "CN/8000/1"] as const];
const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
const EVENTS = /^TELEPHONE-EVENT\/(\d+)\/1$/;
const NOISE = /^CN\/(\d+)\/1$/;
const RTPMAP = /^(\d{1,3}) +([^ /]+\/\d{1,6})(?:\/(\d{1,2}))?$/;

/** A codec as one side of a call names it. */
export interface OfferedCodec {
  readonly codec: AudioCodecName;
  readonly payloadType: number;
  /** "" where it has none. */
  readonly fmtp: string;
}

export interface AudioFormats {
  /** Codecs that we know, in the order of the m= line. */
  readonly codecs: readonly OfferedCodec[];
  /** telephone-event with at least the keys 0-9, * and #, for each clock. */
  readonly dtmf: readonly ClockedType[];
  /** Comfort noise (RFC 3389), for each clock. */
  readonly noise: readonly ClockedType[];
}

/** A format that goes beside codecs of one clock. */
export interface ClockedType {
  readonly payloadType: number;
  readonly clockRateHz: number;
}

/** The stream that a call uses: the first one of audio over plain RTP whose port is not 0. */
export function audioIndex(session: SdpSession): number {
  return session.media.findIndex((media) => media.kind === "audio" && media.port !== 0 && (media.protocol === "RTP/AVP" || media.protocol === "RTP/AVPF"));
}

export function readFormats(media: SdpMedia): AudioFormats {
  const encodings = new Map<number, string>(STATIC_ENCODINGS);
  for (const { name, value } of media.attributes) {
    const match = name === "rtpmap" ? RTPMAP.exec(value) : null;
    // RFC 8866 section 6.6: the last part of audio's rtpmap is the number of channels, 1 where it is left out.
    if (match !== null) encodings.set(Number(match[1]), `${match[2]!.toUpperCase()}/${match[3] ?? "1"}`);
  }
  const codecs: OfferedCodec[] = [];
  const dtmf: ClockedType[] = [];
  const noise: ClockedType[] = [];
  for (const format of media.formats) {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    const encoding = payloadType > 127 ? undefined : encodings.get(payloadType);
    const known = FORMATS.find((one) => encoding === encodingOf(one));
    if (known !== undefined) codecs.push({ codec: known.codec, payloadType, fmtp: fmtpOf(media, payloadType) ?? "" });
    const event = encoding === undefined ? null : EVENTS.exec(encoding);
    if (event !== null && hasKeys(fmtpOf(media, payloadType))) dtmf.push({ payloadType, clockRateHz: Number(event[1]) });
    const pause = encoding === undefined ? null : NOISE.exec(encoding);
    if (pause !== null) noise.push({ payloadType, clockRateHz: Number(pause[1]) });
  }
  return { codecs, dtmf, noise };
}

/** Of the codec's clock where there is one, else the first: most phones know no other than 8000 Hz. */
export const dtmfFor = ({ dtmf }: AudioFormats, codec: AudioCodecName): ClockedType | undefined =>
  dtmf.find(({ clockRateHz }) => clockRateHz === AUDIO_FORMATS[codec].clockRateHz) ?? dtmf[0];

/** That of the codec's clock, for a codec that takes it. */
export const noiseFor = ({ noise }: AudioFormats, codec: AudioCodecName): ClockedType | undefined =>
  AUDIO_FORMATS[codec].takesNoise ? noise.find(({ clockRateHz }) => clockRateHz === AUDIO_FORMATS[codec].clockRateHz) : undefined;

function encodingOf({ encoding, clockRateHz, channels }: AudioFormat): string {
  return `${encoding.toUpperCase()}/${clockRateHz}/${channels}`;
}

function fmtpOf(media: SdpMedia, payloadType: number): string | undefined {
  const start = `${payloadType} `;
  return media.attributes.find(({ name, value }) => name === "fmtp" && value.startsWith(start))?.value.slice(start.length).trim();
}

/** RFC 4733 section 2.4.1: without fmtp the sixteen keys are meant. */
function hasKeys(fmtp: string | undefined): boolean {
  if (fmtp === undefined) return true;
  const keys = new Set<number>();
  for (const part of fmtp.split(/[,; ]+/)) {
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

/** The ptime that the far side asks for, where we can make such packets of the codec, else ours; not above its maxptime. */
export function agreePtime(media: SdpMedia, { ptimesMs }: AudioFormat, oursMs: number): number {
  const asked = Number(attributeOf(media.attributes, "ptime") ?? Number.NaN);
  const most = Number(attributeOf(media.attributes, "maxptime") ?? Number.NaN);
  // A maxptime below the shortest is nothing that we can obey.
  const fitting = ptimesMs.filter((ptimeMs) => !(most >= ptimesMs[0]! && ptimeMs > most));
  if (fitting.includes(asked)) return asked;
  const wanted = ptimesMs.includes(asked) ? asked : oursMs;
  return fitting.findLast((ptimeMs) => ptimeMs <= wanted) ?? fitting[0]!;
}
