// A leg that goes from one engine to another while it talks, and what the engines' owner tells them for it. Plain data, but
// for the channels in the sockets' parcels, which are transferred.
import type { EarState } from "./ear.js";
import type { Pause } from "./hearing.js";
import type { KeyTonesState } from "./key-tones.js";
import type { JitterState } from "../jitter/jitter-buffer.js";
import type { SocketPairParcel } from "./leg-sockets.js";
import type { MessageState } from "../recorder/message.js";
import type { Play, PlayPosition } from "../player/player.js";
import type { RtcpReporterState } from "../session/rtcp-reporter.js";
import type { RtpReceiverState } from "../session/rtp-receiver.js";
import type { RtpSenderState } from "../session/rtp-sender.js";
import type { ShapeSettings } from "./shaping.js";
import type { LegId, MediaCommand, MediaEvent, MediaSettings, RecordingId, SuspendedMedia } from "./command.js";

/** Ticks and units count from `epochMs`, of a clock that both engines read. */
export interface LegState {
  readonly epochMs: number;
  /** The beat up to which the far side was listened to. */
  readonly lastTick: number;
  readonly settings: MediaSettings | undefined;
  readonly sender: RtpSenderState;
  readonly receiver: RtpReceiverState;
  readonly reporter: RtcpReporterState;
  readonly jitter: JitterState;
  /** Of the far side, where it is silent on purpose. */
  readonly pause: Pause | undefined;
  readonly play: { readonly order: Play; readonly position: PlayPosition } | undefined;
  /** What was recorded until now, closed where it was: what follows is another track. */
  readonly recorded: { readonly recording: RecordingId; readonly durationMs: number } | undefined;
  /** A key that the far side holds down as tones, and those that we send so. */
  readonly heldTone: string | undefined;
  readonly keyTones: KeyTonesState;
  /** What it is listened to for, with what was heard. */
  readonly ear: EarState | undefined;
  /** A message that is being left. */
  readonly message: MessageState | undefined;
  readonly shape: ShapeSettings | undefined;
  readonly maskedUntilTick: number;
  readonly receivedTick: number;
  readonly silentTold: boolean;
}

/** The port stays in use where it was taken from until `port.free`. */
export interface LegParcel extends SocketPairParcel {
  /** Undefined where the engine that had the leg is gone: it begins anew on the same sockets. */
  readonly state: LegState | undefined;
}

export type EngineCommand =
  | MediaCommand
  /** Lets go of an open leg: bridge and recording end, what it plays does not. Answered by `leg.released`. */
  | { readonly type: "leg.release"; readonly leg: LegId }
  /** Goes on with it; `recording` is the track that follows the one it was recorded to. Answered by `leg.adopted` or `leg.failed`. */
  | { readonly type: "leg.adopt"; readonly leg: LegId; readonly parcel: LegParcel; readonly recording?: RecordingId }
  /** A port of ours is in use by a leg that another engine has. */
  | { readonly type: "port.away"; readonly port: number }
  /** Such a leg is closed: the port drains. */
  | { readonly type: "port.free"; readonly port: number }
  /** Closes a track whose engine is gone at what the store has of it. Answered by `record.closed` or `record.failed`. */
  | { readonly type: "record.recover"; readonly leg: LegId; readonly recording: RecordingId };

/** For the engines' owner, in order with the rest. */
export type MoveEvent = { readonly type: "leg.released"; readonly leg: LegId; readonly parcel: LegParcel } | { readonly type: "leg.adopted"; readonly leg: LegId };

export type EngineEvent = MediaEvent | MoveEvent;

/** What a released leg needs to go on in another process; `at`: its port, and the moment that its RTP time belongs to. */
export function suspendedMedia({ sender, receiver, reporter }: LegState, at: Pick<SuspendedMedia, "port" | "utcMs" | "rtpTime" | "clockPerMs">): SuspendedMedia {
  const { ssrc, seq, packets, octets } = sender;
  const source = receiver.locked;
  return { ...at, seq, ssrc, packets, octets, cname: reporter.cname, ...(source === undefined ? {} : { source: { address: source.address, port: source.port } }) };
}
