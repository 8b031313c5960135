// Offer and answer for one audio stream, as functions from text to text (RFC 3264).
import {
  addressOf, agreeDirection, agreePtime, audioIndex, DEFAULT_PTIME_MS, directionOf, DTMF_EVENTS, DTMF_PAYLOAD_TYPE, isUnicast, readFormats, STATIC_PAYLOAD_TYPE,
  type AudioCodecName, type AudioFormats, type Direction,
} from "./audio.js";
import { parseSdp } from "./parse.js";
import { serializeSdp } from "./serialize.js";
import type { SdpAttribute, SdpFault, SdpFaultCode, SdpMedia, SdpSession } from "./session.js";

/** Our side of a call. */
export interface LocalAudio {
  /** Numeric; where we want to receive. */
  readonly address: string;
  readonly port: number;
  /** What we speak, best first. */
  readonly codecs: readonly AudioCodecName[];
  /** Whether keys go as telephone-event (RFC 4733). */
  readonly dtmf: boolean;
  /** 10-60 in steps of 10; default 20. */
  readonly ptimeMs?: number;
  /** What we want to do; default sendrecv. */
  readonly direction?: Direction;
  /** Digits; stays the same for the whole call. */
  readonly sessionId: string;
  /** Our last description in this call: the version goes up by one where the new one differs (RFC 3264 section 8). */
  readonly previous?: string;
  /** Whose order of codecs decides in an answer; default the offerer's (RFC 3264 section 6.1). */
  readonly prefer?: "theirs" | "ours";
}

/** The fields of `MediaSettings` that offer and answer decide. */
export interface AgreedAudio {
  /** Where to send; 0.0.0.0 where the far side holds in the way of RFC 2543, and then nothing is sent. */
  readonly remote: { readonly address: string; readonly port: number };
  readonly codec: AudioCodecName;
  readonly payloadType: number;
  readonly dtmfPayloadType?: number;
  /** Ours. */
  readonly direction: Direction;
  readonly ptimeMs: number;
}

export type AnswerResult = { readonly sdp: string; readonly agreed: AgreedAudio; readonly fault?: never } | { readonly fault: SdpFault; readonly sdp?: never; readonly agreed?: never };
export type ReadAnswerResult = { readonly agreed: AgreedAudio; readonly fault?: never } | { readonly fault: SdpFault; readonly agreed?: never };

interface Chosen {
  readonly codec: AudioCodecName;
  readonly payloadType: number;
  readonly dtmfPayloadType: number | undefined;
}

export function createOffer(ours: LocalAudio): string {
  const codecs = ours.codecs.map((codec) => ({ codec, payloadType: STATIC_PAYLOAD_TYPE[codec] }));
  const flow = { direction: ours.direction ?? "sendrecv", ptimeMs: ours.ptimeMs ?? DEFAULT_PTIME_MS };
  const media = describe(ours, { codecs, dtmfPayloadType: ours.dtmf ? DTMF_PAYLOAD_TYPE : undefined }, flow, "RTP/AVP");
  return versioned(ours, [media]);
}

/** One codec, so that both sides know what flows; every stream but the first audio one is turned down with port 0. */
export function createAnswer(offer: string, ours: LocalAudio): AnswerResult {
  const { session, fault } = parseSdp(offer);
  if (session === undefined) return { fault };
  const index = audioIndex(session);
  const theirs = session.media[index];
  if (theirs === undefined) return failed("sdp.no-audio", "no audio over RTP offered");
  const chosen = choose(readFormats(theirs), ours);
  if (chosen === undefined) return failed("sdp.no-codec", `offered ${theirs.formats.join(" ")}`);
  const remote = remoteOf(session, theirs);
  if (remote === undefined) return failed("sdp.address", "no numeric unicast address");
  const direction = agreeDirection(directionOf(session, theirs), ours.direction ?? "sendrecv");
  const ptimeMs = agreePtime(theirs, ours.ptimeMs ?? DEFAULT_PTIME_MS);
  const answer = describe(ours, { codecs: [chosen], dtmfPayloadType: chosen.dtmfPayloadType }, { direction, ptimeMs }, theirs.protocol);
  const media = session.media.map((offered, i) => (i === index ? answer : { ...offered, port: 0, address: undefined, attributes: [] }));
  return { sdp: versioned(ours, media), agreed: agree(remote, chosen, direction, ptimeMs) };
}

/**
 * What the answer to our offer means. Where it numbers a payload type in its own way (RFC 3264 section 6.1 asks it not
 * to), its number counts: that is what it listens for, and what such senders send.
 */
export function readAnswer(offer: string, answer: string): ReadAnswerResult {
  const mine = parseSdp(offer);
  const theirs = parseSdp(answer);
  if (mine.session === undefined) return { fault: mine.fault };
  if (theirs.session === undefined) return { fault: theirs.fault };
  const offered = mine.session.media[audioIndex(mine.session)];
  const media = theirs.session.media[audioIndex(theirs.session)];
  if (offered === undefined || media === undefined) return failed("sdp.rejected", "no audio stream in the answer");
  const ours = readFormats(offered);
  const formats = readFormats(media);
  const codec = formats.codecs.find((format) => ours.codecs.some((own) => own.codec === format.codec));
  if (codec === undefined) return failed("sdp.no-codec", `answered ${media.formats.join(" ")}`);
  const remote = remoteOf(theirs.session, media);
  if (remote === undefined) return failed("sdp.address", "no numeric unicast address");
  const chosen = { ...codec, dtmfPayloadType: ours.dtmfPayloadType === undefined ? undefined : formats.dtmfPayloadType };
  const direction = agreeDirection(directionOf(theirs.session, media), directionOf(mine.session, offered));
  return { agreed: agree(remote, chosen, direction, agreePtime(media, agreePtime(offered, DEFAULT_PTIME_MS))) };
}

function choose(formats: AudioFormats, ours: LocalAudio): Chosen | undefined {
  const common = formats.codecs.filter(({ codec }) => ours.codecs.includes(codec));
  const first = ours.prefer === "ours" ? ours.codecs.flatMap((codec) => common.filter((format) => format.codec === codec))[0] : common[0];
  return first && { ...first, dtmfPayloadType: ours.dtmf ? formats.dtmfPayloadType : undefined };
}

function remoteOf(session: SdpSession, media: SdpMedia): AgreedAudio["remote"] | undefined {
  const address = addressOf(session, media);
  return address === undefined || !isUnicast(address) ? undefined : { address, port: media.port };
}

const agree = (remote: AgreedAudio["remote"], chosen: Chosen, direction: Direction, ptimeMs: number): AgreedAudio => ({
  remote,
  codec: chosen.codec,
  payloadType: chosen.payloadType,
  ...(chosen.dtmfPayloadType === undefined ? {} : { dtmfPayloadType: chosen.dtmfPayloadType }),
  direction,
  ptimeMs,
});

function describe(ours: LocalAudio, formats: AudioFormats, flow: { direction: Direction; ptimeMs: number }, protocol: string): SdpMedia {
  const attributes: SdpAttribute[] = formats.codecs.map(({ codec, payloadType }) => ({ name: "rtpmap", value: `${payloadType} ${codec}/8000` }));
  const payloadTypes = formats.codecs.map(({ payloadType }) => String(payloadType));
  const dtmf = formats.dtmfPayloadType;
  if (dtmf !== undefined) {
    payloadTypes.push(String(dtmf));
    attributes.push({ name: "rtpmap", value: `${dtmf} telephone-event/8000` }, { name: "fmtp", value: `${dtmf} ${DTMF_EVENTS}` });
  }
  attributes.push({ name: "ptime", value: String(flow.ptimeMs) }, { name: flow.direction, value: "" });
  return { kind: "audio", port: ours.port, protocol, formats: payloadTypes, address: undefined, attributes };
}

/** RFC 3264 section 8: the same description keeps its version, a changed one has the next. */
function versioned(ours: LocalAudio, media: readonly SdpMedia[]): string {
  const write = (version: string): string =>
    serializeSdp({ origin: { username: "-", sessionId: ours.sessionId, version, address: ours.address }, address: ours.address, attributes: [], media });
  const last = ours.previous === undefined ? undefined : parseSdp(ours.previous).session?.origin.version;
  if (last === undefined) return write("1");
  const same = write(last);
  return same === ours.previous ? same : write(String(BigInt(last) + 1n));
}

const failed = (code: SdpFaultCode, detail: string): { readonly fault: SdpFault } => ({ fault: { code, detail } });
