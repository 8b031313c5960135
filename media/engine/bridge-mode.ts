// How two bridged legs hear each other.
import type { MediaSettings } from "./command.js";
import type { Hearing } from "./hearing.js";

/** `relay`: packets pass as they are. `process`: frames are decoded and encoded again. `wait`: a side has no media yet. */
export type BridgeMode = "relay" | "process" | "wait";

export interface BridgeSide {
  readonly settings: MediaSettings | undefined;
  readonly hearing: Hearing;
  /** What it says is changed on its way. */
  readonly shaped: boolean;
}

export function bridgeMode(a: BridgeSide, b: BridgeSide | undefined): BridgeMode {
  if (a.settings === undefined || b?.settings === undefined) return "wait";
  return a.shaped || b.shaped || !arePacketsTaken(a, b) ? "process" : "relay";
}

/** Each side could hear the other's packets as they are. */
export function arePacketsTaken(a: BridgeSide, b: BridgeSide | undefined): boolean {
  if (a.settings === undefined || b?.settings === undefined || !isSameStream(a.settings, b.settings)) return false;
  return isNoiseTaken(a.hearing, b.settings) && isNoiseTaken(b.hearing, a.settings);
}

/** Packets of one are packets of the other; a key that one side sends as tones and the other as events must be taken out. */
const isSameStream = (ours: MediaSettings, theirs: MediaSettings): boolean =>
  ours.codec === theirs.codec && ours.fmtp === theirs.fmtp && ours.ptimeMs === theirs.ptimeMs && (ours.dtmfPayloadType === undefined) === (theirs.dtmfPayloadType === undefined);

/** RFC 3389's noise must be made sound for a side that has not agreed to it. */
const isNoiseTaken = (heard: Hearing, { noisePayloadType }: MediaSettings): boolean => !heard.hasNoise || noisePayloadType !== undefined;
