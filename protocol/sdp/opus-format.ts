// Opus in SDP (RFC 7587 sections 6.1 and 7): always `opus/48000/2`, whatever flows.
import { parameterOf } from "./fmtp.js";

export interface OpusParameters {
  /** What is heard of what we send: 8000, 12000, 16000, 24000 or 48000. */
  readonly maxPlaybackRateHz: number;
  /** Bits a second that we may send, 6000-510000; undefined where it is left to us. */
  readonly maxAverageBitrate: number | undefined;
  readonly cbr: boolean;
  readonly useInbandFec: boolean;
  readonly useDtx: boolean;
  /** Packets that we send are no shorter, ms. */
  readonly minPtimeMs: number;
}

const RATES_HZ = [8000, 12_000, 16_000, 24_000, 48_000] as const;
const BITRATE_MIN = 6000;
const BITRATE_MAX = 510_000;
const PTIME_MS_MAX = 60;

/** Sent mono, with forward error correction where it is asked for, for whatever the far side can play. */
export const OPUS_OFFER = "minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0";

/** What a far side asks of us; what is absent or makes no sense is the RFC's default. */
export function readOpusFmtp(fmtp: string): OpusParameters {
  const number = (name: string, [min, max]: readonly [number, number]): number | undefined => {
    const text = parameterOf(fmtp, name) ?? "";
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    return value >= min && value <= max ? value : undefined;
  };
  const asked = number("maxplaybackrate", [8000, 48_000]) ?? 48_000;
  return {
    maxPlaybackRateHz: RATES_HZ.findLast((rateHz) => rateHz <= asked) ?? 8000,
    maxAverageBitrate: number("maxaveragebitrate", [BITRATE_MIN, BITRATE_MAX]),
    cbr: parameterOf(fmtp, "cbr") === "1",
    useInbandFec: parameterOf(fmtp, "useinbandfec") === "1",
    useDtx: parameterOf(fmtp, "usedtx") === "1",
    minPtimeMs: number("minptime", [3, PTIME_MS_MAX]) ?? 3,
  };
}

/** Each parameter that an offer named, with our word to it. What is stereo on their side is heard as mono on ours. */
export function answerOpusFmtp(theirs: string): string {
  const { maxPlaybackRateHz, maxAverageBitrate, cbr, useDtx, minPtimeMs } = readOpusFmtp(theirs);
  const ours: readonly (readonly [string, number])[] = [
    ["minptime", Math.max(10, minPtimeMs)],
    ["useinbandfec", 1],
    ["stereo", 0],
    ["sprop-stereo", 0],
    ["maxplaybackrate", maxPlaybackRateHz],
    ["sprop-maxcapturerate", maxPlaybackRateHz],
    ["maxaveragebitrate", maxAverageBitrate ?? BITRATE_MAX],
    ["cbr", cbr ? 1 : 0],
    ["usedtx", useDtx ? 1 : 0],
  ];
  return ours
    .filter(([name]) => name === "useinbandfec" || parameterOf(theirs, name) !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(";");
}
