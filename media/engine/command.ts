// What call control tells the media engine. Commands and events are plain data: they cross a thread boundary.
import type { PlayedSound } from "../player/played-sound.js";
import type { Branded } from "../../protocol/base/brand.js";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import type { MessageEnd } from "../recorder/message.js";
import type { Detected, DetectorSet } from "./detection.js";
import type { ShapeSettings } from "./shaping.js";

export type LegId = Branded<"leg">;
export type BridgeId = Branded<"bridge">;
export type PlayId = Branded<"play">;
export type RecordingId = Branded<"recording">;

export type { AudioCodecName as CodecName } from "../../protocol/sdp/audio-format.js";

/** What the last offer/answer agreed for one leg. Sent again after every new one. */
export interface MediaSettings {
  /** Where to send, from the far side's SDP. */
  readonly remote: { readonly address: string; readonly port: number };
  /**
   * The only source address that is listened to until the next offer/answer: the SDP's, or with `nat: true` the one
   * its SIP came from. Any port; the first valid packet locks address and port, and from then on that is also where we send.
   */
  readonly expectAddress: string;
  readonly codec: AudioCodecName;
  /** The far side's parameters for it; absent where it gave none. */
  readonly fmtp?: string;
  /** RTP payload type both ways as agreed, 0-127. */
  readonly payloadType: number;
  /** RFC 4733 telephone-event; absent where not agreed, and then keys are listened for as tones. */
  readonly dtmfPayloadType?: number;
  /** Of telephone-event; default the codec's. */
  readonly dtmfClockRateHz?: number;
  /** RFC 3389 comfort noise; absent where not agreed, or where the codec has its own. */
  readonly noisePayloadType?: number;
  /** Pauses in what we say are not sent, where comfort noise is agreed or the codec has its own; default false. */
  readonly dtx?: boolean;
  /** Ours: `sendonly` is a far side on hold that we may still play to; `inactive` neither sends nor listens. */
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Milliseconds of sound in each packet we send: 10-60 in steps of 10. */
  readonly ptimeMs: number;
}

/** One piece of what a leg hears; pieces follow each other without a gap. */
export type PlayItem =
  | { readonly kind: "prompt"; readonly prompt: string }
  /** Sound of this play alone. */
  | ({ readonly kind: "sound" } & PlayedSound)
  | { readonly kind: "silence"; readonly durationMs: number }
  /** Sine of one or two frequencies; `levelDbm0` is of each, -60..0. */
  | { readonly kind: "tone"; readonly frequenciesHz: readonly number[]; readonly levelDbm0: number; readonly durationMs: number };

/**
 * What a leg needs to go on in another process with the same port and stream: plain data. What it played, heard and
 * recorded does not go on.
 */
export interface SuspendedMedia {
  /** RTP's. */
  readonly port: number;
  /** The RTP timestamp that belongs to `utcMs`, and what the next packet is to carry. */
  readonly utcMs: number;
  readonly rtpTime: number;
  /** By how much timestamps advance in a millisecond: the codec's clock rate. */
  readonly clockPerMs: number;
  readonly seq: number;
  readonly ssrc: number;
  /** Sent so far, for RTCP. */
  readonly packets: number;
  readonly octets: number;
  readonly cname: string;
  /** Where the far side's sound came from. */
  readonly source?: { readonly address: string; readonly port: number };
}

export type MediaCommand =
  /** Sound for `PlayItem` "prompt", loaded once per worker. */
  | ({ readonly type: "prompt.load"; readonly prompt: string } & PlayedSound)
  /**
   * Binds an RTP port (even; RTCP is the odd one above), that of `from` where another process had the leg. Answered by
   * `leg.opened` or `leg.failed`. `again`: it had another port; a key that is down was told already.
   */
  | { readonly type: "leg.open"; readonly leg: LegId; readonly from?: SuspendedMedia; readonly again?: boolean }
  | { readonly type: "leg.media"; readonly leg: LegId; readonly settings: MediaSettings }
  /** Ends what the leg plays, is bridged to and records; its port drains before reuse. Answered by `leg.closed`. */
  | { readonly type: "leg.close"; readonly leg: LegId }
  /** As `leg.close`, without a word to the far side: another process goes on. Answered by `leg.suspended` when its recording is closed. */
  | { readonly type: "leg.suspend"; readonly leg: LegId }
  /** Replaces what the leg plays now. `bargeIn`: a key ends it at once. `repeat`: starts over until stopped. */
  | { readonly type: "play"; readonly leg: LegId; readonly play: PlayId; readonly items: readonly PlayItem[]; readonly bargeIn: boolean; readonly repeat: boolean }
  | { readonly type: "play.stop"; readonly leg: LegId; readonly play: PlayId }
  /** RFC 4733 events sent to the far side, one after the other. */
  | { readonly type: "dtmf.send"; readonly leg: LegId; readonly digits: string; readonly durationMs: number }
  /** The two legs hear each other until `unbridge` or one closes. What either plays meanwhile is heard instead of the other. */
  | { readonly type: "bridge"; readonly bridge: BridgeId; readonly legs: readonly [LegId, LegId] }
  | { readonly type: "unbridge"; readonly bridge: BridgeId }
  /**
   * From now, what the far side says is listened to for these alone; undefined: no longer for any. Told by `detected`. A
   * relayed leg goes on being relayed. Begins anew where another process or a worker's end took the leg; a move does not.
   */
  | { readonly type: "detect"; readonly leg: LegId; readonly detectors: DetectorSet | undefined }
  /** Writes what the leg's far side says, from now, to the recording store under this id. */
  | { readonly type: "record.start"; readonly leg: LegId; readonly recording: RecordingId }
  /** Changes what the other side of a bridge hears of this leg, which then is no longer relayed; undefined: nothing, as at first. */
  | { readonly type: "shape"; readonly leg: LegId; readonly shape: ShapeSettings | undefined }
  /**
   * Records what the far side says beside all that: from its first word to `silenceMs` (30000 at most) behind its last one,
   * which are left out; ends without a word after `beginMs`, and after `lengthMs` in all. One at a time. Told by
   * `message.ended` or `record.failed`. It goes along when the leg moves, and fails where its worker dies.
   */
  | { readonly type: "message.start"; readonly leg: LegId; readonly recording: RecordingId; readonly beginMs: number; readonly silenceMs: number; readonly lengthMs: number }
  | { readonly type: "message.stop"; readonly leg: LegId; readonly recording: RecordingId }
  /** While on, the recording holds silence of the same length (a secret is keyed) and keys are not passed to a bridged leg. */
  | { readonly type: "record.mask"; readonly leg: LegId; readonly on: boolean }
  | { readonly type: "record.stop"; readonly leg: LegId; readonly recording: RecordingId };

/** Packets of one leg, each counted once under the reason that decided. */
export interface LegCounters {
  readonly received: number;
  readonly sent: number;
  readonly lost: number;
  readonly late: number;
  readonly duplicate: number;
  readonly overflow: number;
  /** Not RTP, of another version, or cut short. */
  readonly malformed: number;
  /** From an address or, once locked, a port or SSRC that is not the far side's. */
  readonly foreign: number;
  /** A payload type that was not agreed. */
  readonly unexpectedType: number;
  /** Interarrival jitter, RFC 3550 section 6.4.1, in ms. */
  readonly jitterMs: number;
}

export type MediaEvent =
  | { readonly type: "leg.opened"; readonly leg: LegId; readonly address: string; readonly port: number }
  /** Undefined where it was not open. */
  | { readonly type: "leg.suspended"; readonly leg: LegId; readonly media: SuspendedMedia | undefined }
  | { readonly type: "leg.failed"; readonly leg: LegId; readonly reason: "no-port" | "bind" | "worker" }
  /** `lost`: nobody asked for it; why. */
  | { readonly type: "leg.closed"; readonly leg: LegId; readonly counters: LegCounters; readonly lost?: "worker" }
  /** The port died with its worker, and the leg has another one: the far side is to be told where we listen now. */
  | { readonly type: "leg.moved"; readonly leg: LegId; readonly address: string; readonly port: number }
  /** A key was pressed: once per key, at its first packet. `0-9 * # A-D`. */
  | { readonly type: "dtmf"; readonly leg: LegId; readonly digit: string }
  /** `afterMs`: since the detectors were attached. */
  | { readonly type: "detected"; readonly leg: LegId; readonly detected: Detected; readonly afterMs: number }
  /** `barged`: a key ended it; `stopped`: a command or the leg's end. */
  | { readonly type: "play.ended"; readonly leg: LegId; readonly play: PlayId; readonly outcome: "finished" | "barged" | "stopped" | "unknown-prompt" }
  /** First valid packet since the last offer/answer, and the absence of any for 3 s, each said once. */
  | { readonly type: "media.started"; readonly leg: LegId; readonly from: { readonly address: string; readonly port: number } }
  | { readonly type: "media.silent"; readonly leg: LegId; readonly expected: string; readonly received: number; readonly foreign: number }
  | { readonly type: "record.closed"; readonly leg: LegId; readonly recording: RecordingId; readonly durationMs: number; readonly sha256: string }
  /** `durationMs` 0 where nobody spoke. */
  | { readonly type: "message.ended"; readonly leg: LegId; readonly recording: RecordingId; readonly why: MessageEnd; readonly durationMs: number; readonly sha256: string }
  /** The track ends, and what follows is in `next`. `afterMs`: the track's length where nothing was lost; absent, the next one begins now. */
  | { readonly type: "record.continued"; readonly leg: LegId; readonly recording: RecordingId; readonly next: RecordingId; readonly afterMs?: number }
  | { readonly type: "record.failed"; readonly leg: LegId; readonly recording: RecordingId; readonly reason: string };

/** The media plane as call control sees it: in a worker thread in production, inline in a simulation. */
export interface MediaPort {
  send(command: MediaCommand): void;
  /** One listener; events arrive in order and never inside `send`. */
  onEvent(listener: (event: MediaEvent) => void): void;
}
