// Offer and answer for one audio stream, as functions from text to text (RFC 3264).
import {
  addressOf, agreeDirection, agreePtime, audioIndex, DEFAULT_PTIME_MS, directionOf, dtmfFor, DTMF_EVENTS, isUnicast, noiseFor, readFormats,
  type AudioFormats, type ClockedType, type Direction, type OfferedCodec,
} from "./audio.js";
import { AUDIO_FORMATS, DTMF_PAYLOAD_TYPES, NOISE_PAYLOAD_TYPES, type AudioCodecName, type AudioFormat } from "./audio-format.js";
import { normalizeFmtp } from "./fmtp.js";
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
  /** Whether pauses may be comfort noise: RFC 3389's, or the codec's own where it has one and says so in its parameters; default false. */
  readonly noise?: boolean;
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
  /** The far side's parameters, the same text for the same meaning; absent where it gave none. */
  readonly fmtp?: string;
  readonly dtmfPayloadType?: number;
  /** Where telephone-event's clock is not the codec's. */
  readonly dtmfClockRateHz?: number;
  /** Comfort noise of the codec's clock, where both sides have it. */
  readonly noisePayloadType?: number;
  /** Ours. */
  readonly direction: Direction;
  readonly ptimeMs: number;
}

export type AnswerResult = { readonly sdp: string; readonly agreed: AgreedAudio; readonly fault?: never } | { readonly fault: SdpFault; readonly sdp?: never; readonly agreed?: never };
export type ReadAnswerResult = { readonly agreed: AgreedAudio; readonly fault?: never } | { readonly fault: SdpFault; readonly agreed?: never };

/** What flows: `codec.fmtp` is the far side's. */
interface Chosen {
  readonly codec: OfferedCodec;
  readonly dtmf: ClockedType | undefined;
  readonly noise: ClockedType | undefined;
}

export function createOffer(ours: LocalAudio): string {
  const formats = ours.codecs.map((codec) => AUDIO_FORMATS[codec]);
  const codecs = formats.map(({ codec, payloadType, offerFmtp, wholeFmtp }) => ({ codec, payloadType, fmtp: (ours.noise === true ? undefined : wholeFmtp) ?? offerFmtp }));
  const dtmf = ours.dtmf ? clocked(DTMF_PAYLOAD_TYPES, formats) : [];
  const noise = ours.noise === true ? clocked(NOISE_PAYLOAD_TYPES, formats.filter(({ takesNoise }) => takesNoise)) : [];
  const flow = { direction: ours.direction ?? "sendrecv", ptimeMs: ours.ptimeMs ?? DEFAULT_PTIME_MS };
  return versioned(ours, [describe(ours, asBefore({ codecs, dtmf, noise }, ours.previous), flow, "RTP/AVP")]);
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
  const format = AUDIO_FORMATS[chosen.codec.codec];
  const ptimeMs = agreePtime(theirs, format, ours.ptimeMs ?? DEFAULT_PTIME_MS);
  const codecs = [{ ...chosen.codec, fmtp: (ours.noise === true ? undefined : format.wholeFmtp) ?? format.answerFmtp(chosen.codec.fmtp) ?? "" }];
  const answer = describe(ours, { codecs, dtmf: listOf(chosen.dtmf), noise: listOf(chosen.noise) }, { direction, ptimeMs }, theirs.protocol);
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
  const codec = formats.codecs.find((format) => ours.codecs.some((own) => own.codec === format.codec) && AUDIO_FORMATS[format.codec].answerFmtp(format.fmtp) !== undefined);
  if (codec === undefined) return failed("sdp.no-codec", `answered ${media.formats.join(" ")}`);
  const remote = remoteOf(theirs.session, media);
  if (remote === undefined) return failed("sdp.address", "no numeric unicast address");
  const chosen = { codec, dtmf: ours.dtmf.length === 0 ? undefined : dtmfFor(formats, codec.codec), noise: noiseFor(ours, codec.codec) && noiseFor(formats, codec.codec) };
  const direction = agreeDirection(directionOf(theirs.session, media), directionOf(mine.session, offered));
  const format = AUDIO_FORMATS[codec.codec];
  return { agreed: agree(remote, chosen, direction, agreePtime(media, format, agreePtime(offered, format, DEFAULT_PTIME_MS))) };
}

function choose(formats: AudioFormats, ours: LocalAudio): Chosen | undefined {
  const common = formats.codecs.filter(({ codec, fmtp }) => ours.codecs.includes(codec) && AUDIO_FORMATS[codec].answerFmtp(fmtp) !== undefined);
  const codec = ours.prefer === "ours" ? ours.codecs.flatMap((name) => common.filter((format) => format.codec === name))[0] : common[0];
  return codec && { codec, dtmf: ours.dtmf ? dtmfFor(formats, codec.codec) : undefined, noise: ours.noise === true ? noiseFor(formats, codec.codec) : undefined };
}

/** RFC 3264 section 8.3.2: what a dynamic number means stays the same for the whole call, whoever gave it. */
function asBefore(wanted: AudioFormats, previous: string | undefined): AudioFormats {
  const session = previous === undefined ? undefined : parseSdp(previous).session;
  const media = session?.media[audioIndex(session)];
  if (media === undefined) return wanted;
  const before = readFormats(media);
  const taken = new Set([...before.codecs, ...before.dtmf, ...before.noise].map(({ payloadType }) => payloadType));
  const free = (payloadType: number): number => {
    let number = payloadType;
    while (taken.has(number)) number = number < 96 || number === 127 ? 96 : number + 1;
    taken.add(number);
    return number;
  };
  const clockedAsBefore = (types: readonly ClockedType[], earlier: readonly ClockedType[]): readonly ClockedType[] =>
    types.map((one) => ({ ...one, payloadType: earlier.find(({ clockRateHz }) => clockRateHz === one.clockRateHz)?.payloadType ?? free(one.payloadType) }));
  return {
    codecs: wanted.codecs.map((one) => ({ ...one, payloadType: before.codecs.find(({ codec }) => codec === one.codec)?.payloadType ?? free(one.payloadType) })),
    dtmf: clockedAsBefore(wanted.dtmf, before.dtmf),
    noise: clockedAsBefore(wanted.noise, before.noise),
  };
}

/** Those of `types` (clock to number) that a format's clock asks for. */
function clocked(types: ReadonlyMap<number, number>, formats: readonly AudioFormat[]): readonly ClockedType[] {
  const clocks = new Set(formats.map(({ clockRateHz }) => clockRateHz));
  return [...types].filter(([clockRateHz]) => clocks.has(clockRateHz)).map(([clockRateHz, payloadType]) => ({ clockRateHz, payloadType }));
}

const listOf = (one: ClockedType | undefined): readonly ClockedType[] => (one === undefined ? [] : [one]);

function remoteOf(session: SdpSession, media: SdpMedia): AgreedAudio["remote"] | undefined {
  const address = addressOf(session, media);
  return address === undefined || !isUnicast(address) ? undefined : { address, port: media.port };
}

function agree(remote: AgreedAudio["remote"], { codec, dtmf, noise }: Chosen, direction: Direction, ptimeMs: number): AgreedAudio {
  const normal = normalizeFmtp(codec.fmtp);
  const fmtp = normal === AUDIO_FORMATS[codec.codec].impliedFmtp ? "" : normal;
  return {
    remote,
    codec: codec.codec,
    payloadType: codec.payloadType,
    ...(fmtp === "" ? {} : { fmtp }),
    ...(dtmf === undefined ? {} : { dtmfPayloadType: dtmf.payloadType }),
    ...(dtmf === undefined || dtmf.clockRateHz === AUDIO_FORMATS[codec.codec].clockRateHz ? {} : { dtmfClockRateHz: dtmf.clockRateHz }),
    ...(noise === undefined ? {} : { noisePayloadType: noise.payloadType }),
    direction,
    ptimeMs,
  };
}

function describe(ours: LocalAudio, { codecs, dtmf, noise }: AudioFormats, flow: { direction: Direction; ptimeMs: number }, protocol: string): SdpMedia {
  const attributes: SdpAttribute[] = [];
  for (const { codec, payloadType, fmtp } of codecs) {
    const { encoding, clockRateHz, channels } = AUDIO_FORMATS[codec];
    attributes.push({ name: "rtpmap", value: `${payloadType} ${encoding}/${clockRateHz}${channels === 1 ? "" : `/${channels}`}` });
    if (fmtp !== "") attributes.push({ name: "fmtp", value: `${payloadType} ${fmtp}` });
  }
  for (const { payloadType, clockRateHz } of noise) attributes.push({ name: "rtpmap", value: `${payloadType} CN/${clockRateHz}` });
  for (const { payloadType, clockRateHz } of dtmf) attributes.push({ name: "rtpmap", value: `${payloadType} telephone-event/${clockRateHz}` }, { name: "fmtp", value: `${payloadType} ${DTMF_EVENTS}` });
  attributes.push({ name: "ptime", value: String(flow.ptimeMs) }, { name: flow.direction, value: "" });
  const formats = [...codecs, ...noise, ...dtmf].map(({ payloadType }) => String(payloadType));
  return { kind: "audio", port: ours.port, protocol, formats, address: undefined, attributes };
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
