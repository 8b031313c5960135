// What each codec is called in SDP, and how its parameters are offered and answered (RFC 3551, RFC 8866 section 6.6).
import { parameterOf } from "./fmtp.js";
import { answerOpusFmtp, OPUS_OFFER } from "./opus-format.js";

/** Names inside the program: the encoding name, with the rate where one name has several. */
export type AudioCodecName = "PCMA" | "PCMU" | "G722" | "G729" | "L16/8000" | "L16/16000" | "opus";

export interface AudioFormat {
  readonly codec: AudioCodecName;
  /** rtpmap's encoding name; compared without regard to case. */
  readonly encoding: string;
  /** RTP timestamp units a second; for G.722 and Opus not the sample rate. */
  readonly clockRateHz: number;
  /** Of the rtpmap. Opus says 2 whatever flows (RFC 7587 section 7). */
  readonly channels: 1 | 2;
  /** Static (below 96, RFC 3551 table 4), or the dynamic one that our offers give it. */
  readonly payloadType: number;
  /** Lengths of the packets that we make, ms, ascending. */
  readonly ptimesMs: readonly number[];
  /** A parameter that says no more than its absence. */
  readonly impliedFmtp?: string;
  /** Whether its pauses are RFC 3389's; other codecs have their own. */
  readonly takesNoise: boolean;
  /** The fmtp that offers and answers no pauses of its own: everything is sent, both ways. */
  readonly wholeFmtp?: string;
  /** The fmtp of our offers; "" for none. */
  readonly offerFmtp: string;
  /** The fmtp that answers `theirs` ("" where they gave none); undefined where it asks for what we can't do. */
  answerFmtp(theirs: string): string | undefined;
}

const ANY_PTIME_MS = [10, 20, 30, 40, 50, 60] as const;

/** Nothing to agree: whatever is said is ignored, as RFC 8866 asks for unknown parameters. */
const plain = (format: Pick<AudioFormat, "codec" | "encoding" | "clockRateHz" | "payloadType"> & { readonly ptimesMs?: readonly number[] }): AudioFormat => ({
  channels: 1,
  ptimesMs: ANY_PTIME_MS,
  takesNoise: true,
  offerFmtp: "",
  answerFmtp: () => "",
  ...format,
});

export const AUDIO_FORMATS: Readonly<Record<AudioCodecName, AudioFormat>> = {
  PCMA: plain({ codec: "PCMA", encoding: "PCMA", clockRateHz: 8000, payloadType: 8 }),
  PCMU: plain({ codec: "PCMU", encoding: "PCMU", clockRateHz: 8000, payloadType: 0 }),
  /** RFC 3551 section 4.5.2: 16 kHz sound on a clock of 8000 Hz. */
  G722: plain({ codec: "G722", encoding: "G722", clockRateHz: 8000, payloadType: 9 }),
  /** RFC 4856 section 2.1.9, RFC 7261 section 3.3: where neither side says `annexb=no` pauses may be coded by Annex B. */
  G729: { ...plain({ codec: "G729", encoding: "G729", clockRateHz: 8000, payloadType: 18 }), takesNoise: false, impliedFmtp: "annexb=yes", wholeFmtp: "annexb=no", answerFmtp: (theirs) => (parameterOf(theirs, "annexb") === "no" ? "annexb=no" : "") },
  "L16/8000": plain({ codec: "L16/8000", encoding: "L16", clockRateHz: 8000, payloadType: 98 }),
  /** Longer packets than 40 ms would be cut on their way: 1280 bytes. */
  "L16/16000": plain({ codec: "L16/16000", encoding: "L16", clockRateHz: 16_000, payloadType: 97, ptimesMs: [10, 20, 30, 40] }),
  opus: { ...plain({ codec: "opus", encoding: "opus", clockRateHz: 48_000, payloadType: 96, ptimesMs: [10, 20, 40, 60] }), takesNoise: false, channels: 2, offerFmtp: OPUS_OFFER, answerFmtp: answerOpusFmtp },
};

/** RFC 3389 section 4: comfort noise has the clock of the sound that it stands for; only 8000 Hz has a static number. */
export const NOISE_PAYLOAD_TYPES: ReadonlyMap<number, number> = new Map([[8000, 13], [16_000, 99]]);

/** RFC 4733 section 2.1: events have the clock of the sound that they are sent beside. */
export const DTMF_PAYLOAD_TYPES: ReadonlyMap<number, number> = new Map([[8000, 101], [16_000, 100], [48_000, 102]]);
