// A leg: one party's signalling and media together, as calls are built from. `SipLeg` is the real one; core/sdk/testing has another.
import type { LegId, PlayItem, RecordingId } from "../../media/engine/command.js";
import type { Detected, DetectorSet } from "../../media/engine/detection.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import type { ReplacedDialog, ReplacedState } from "../../protocol/sip/refer/replaces.js";
import type { Refer } from "../signaling/refer.js";
import type { PartyAddress, Rejection, SessionEnd } from "../signaling/session.js";

export interface Playback {
  /** Resolves when it is over, however; never rejects. */
  readonly ended: Promise<"finished" | "barged" | "stopped" | "unknown-prompt">;
  stop(): void;
}

/** How a message ends; ms. */
export interface MessageLimits {
  /** Without a word. */
  readonly beginMs: number;
  /** Behind the last word; left out of the message. */
  readonly silenceMs: number;
  /** In all. */
  readonly lengthMs: number;
}

export interface MessageRecording {
  /** Resolves when it is closed; never rejects. `failed`: the media plane or the disk lost it. */
  readonly ended: Promise<{ readonly why: "silence" | "no-speech" | "too-long" | "stopped"; readonly durationMs: number; readonly sha256: string } | { readonly why: "failed" }>;
  stop(): void;
}

export interface RecordingClosed {
  readonly recording: RecordingId;
  readonly durationMs: number;
  /** Of the track's bytes, lower-case hex. */
  readonly sha256: string;
}

/** A track ended while the recording goes on in another one. */
export interface RecordingContinued {
  readonly recording: RecordingId;
  readonly next: RecordingId;
  /** The length of the first one, where the next one follows it without a gap; absent, it begins now. */
  readonly afterMs?: number;
}

export interface LegEvents {
  /** Outgoing only: the far side rings. */
  onRinging(): void;
  /** Outgoing: the far side is heard before it answers, for the first time or from another place: an announcement, its own ringback. */
  onEarlyMedia?(): void;
  /** Both talk from here on: our 200 was acknowledged, or theirs came. */
  onAnswered(): void;
  /** `0-9 * # A-D`. */
  onDigit(digit: string): void;
  /** Something that the leg is listened to for, `afterMs` after that began. */
  onDetected?(detected: Detected, afterMs: number): void;
  /** The far side asked not to be sent anything, or takes it back: it holds the call. */
  onHeld?(held: boolean): void;
  /** The far side of an answered leg wants whom it talks to put through. See `SessionEvents`. */
  onRefer?(refer: Refer): number;
  /** No RTP for 3 s: what was expected from where, what came; one plain sentence. */
  onSilent(sentence: string): void;
  onRecordingClosed(closed: RecordingClosed): void;
  /** Before the first track is told as closed, or after. */
  onRecordingContinued?(continued: RecordingContinued): void;
  /** The far side is gone or was let go: no step goes on, and what served this leg is to end now. `onEnded` follows once media is released. */
  onEnding?(end: SessionEnd): void;
  /** Once, the last event; media is released. */
  onEnded(end: SessionEnd): void;
}

export interface Leg {
  readonly id: LegId;
  readonly direction: "incoming" | "outgoing";
  readonly remote: PartyAddress;
  /** The trunk or extension on the far side. */
  readonly origin: { readonly kind: "trunk" | "phone"; readonly name: string };
  readonly state: "setup" | "ringing" | "answered" | "ended";
  /** It can be bridged: it is answered, or before that its sound comes early. */
  readonly hasSound: boolean;
  /** A later listener takes the place of the one before: the leg goes on in another call, or in another place of its own. */
  listen(events: LegEvents): void;
  /** Of a leg that another process had: resolves when it has its port again, or is over. */
  ready?(): Promise<void>;
  /** Incoming: 180. */
  ring(): void;
  /** Incoming: 183 with our answer, so that it hears something before it is answered. False where that can't be: it made no offer, or has no port yet. */
  progress(): boolean;
  /** Incoming: resolves when it is acknowledged; rejects with LegError "LEG_ENDED" or "LEG_NO_CODEC". */
  answer(): Promise<void>;
  reject(status: number, more?: Rejection): void;
  hangup(options?: { readonly status?: number; readonly reason?: string }): void;
  /** Replaces what is played. Only on a leg that has sound; on an ended one it ends at once as `stopped`. */
  play(items: readonly PlayItem[], options: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback;
  /**
   * Puts the far side on hold, so that it listens only, or takes it off again, by a re-INVITE. Resolves with whether it
   * agreed; where it did not, or the leg is over or not answered, all is as it was.
   */
  hold(on: boolean): Promise<boolean>;
  sendDigits(digits: string, durationMs: number): void;
  /** Replaces what the far side is listened to for; undefined: for nothing. Before the answer too: early media is heard as well. */
  detect(detectors: DetectorSet | undefined): void;
  startRecording(recording: RecordingId): void;
  /** Records what the far side says until it has finished, beside the recording of all. Only on an answered leg; one at a time. */
  recordMessage(recording: RecordingId, limits: MessageLimits): MessageRecording;
  /** Changes what others hear of the far side; undefined: as at first. Before the answer of a leg that we dial too. */
  shape(shape: ShapeSettings | undefined): void;
  /** A secret is keyed: the recording holds silence, and keys are not passed on or logged. */
  mask(on: boolean): void;
  stopRecording(recording: RecordingId): void;
}

export type DialTarget =
  | { readonly kind: "phone"; readonly extension: string }
  /** `number` as the carrier is told. */
  | { readonly kind: "outside"; readonly number: string; readonly trunk: string };

/** Whose dialog it is that somebody named, and how far it is. */
export interface DialogLeg {
  readonly leg: Leg;
  readonly state: Exclude<ReplacedState, "unknown" | "ended">;
}

/** Makes legs and joins them. */
export interface Switchboard {
  /**
   * Where the target can't be reached now (not registered, the trunk full), the list is empty. An extension with several contacts gives
   * several legs. `peer` is the leg that will be bridged to the answer: its codec is offered first, so that both can be relayed.
   * `referredBy`: the header value of RFC 3892 for a phone of ours; carriers are not told who it was.
   */
  dial(target: DialTarget, options: { readonly from: PartyAddress; readonly callId: string; readonly peer?: Leg; readonly referredBy?: string | undefined }): readonly Leg[];
  /** Both legs, which have sound, hear each other until the returned function is called or one ends. */
  bridge(a: Leg, b: Leg): () => void;
  /** The leg of the dialog; undefined where there is none that is not over. */
  dialog(named: ReplacedDialog): DialogLeg | undefined;
}
