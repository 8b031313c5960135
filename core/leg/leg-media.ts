// The media half of a leg: one RTP leg on the media plane, what it plays and records, opened and closed exactly once.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { LegCounters, LegId, MediaEvent, MediaSettings, PlayId, PlayItem, RecordingId, SuspendedMedia } from "../../media/engine/command.js";
import type { Detected, DetectorSet } from "../../media/engine/detection.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import type { MediaHub } from "../media-port/media-hub.js";
import type { MessageLimits, MessageRecording, Playback, RecordingClosed, RecordingContinued } from "./leg.js";

export interface LegMediaEvents {
  onOpened(local: Endpoint): void;
  /** The port could not be had, or the media plane lost the leg. `onClosed` follows. */
  onFailed(reason: string): void;
  onDigit(digit: string): void;
  onDetected(detected: Detected, afterMs: number): void;
  onStarted(from: Endpoint): void;
  onSilent(event: Extract<MediaEvent, { type: "media.silent" }>): void;
  onRecordingClosed(closed: RecordingClosed): void;
  /** Where we listen changed: the far side does not know yet. */
  onMoved(local: Endpoint): void;
  onRecordingContinued(continued: RecordingContinued): void;
  onRecordingFailed(recording: RecordingId, reason: string): void;
  /** Once, the last event: the port is given back and every recording closed. */
  onClosed(): void;
}

export interface LegMediaOptions {
  readonly id: LegId;
  readonly hub: MediaHub;
  readonly clock: Clock;
  readonly events: LegMediaEvents;
  /** Another process had the leg. */
  readonly from?: SuspendedMedia | undefined;
}

/** A media plane that does not answer `leg.open` this long is lost. */
const OPENING_MS_MAX = 5000;
/** As long as a disk may take to close a recording, and a little more. */
const SUSPENDING_MS_MAX = 6000;

/** What a closing disk may take, and the jitter buffer. */
const MESSAGE_CLOSING_MS_MAX = 6000;

type MessageOutcome = Awaited<MessageRecording["ended"]>;
type PlayOutcome = Awaited<Playback["ended"]>;

export class LegMedia {
  readonly #options: LegMediaOptions;
  readonly #plays = new Map<PlayId, (outcome: PlayOutcome) => void>();
  readonly #messages = new Map<RecordingId, (outcome: MessageOutcome) => void>();
  readonly #recordings = new Set<RecordingId>();
  /** The track that each recording goes on in, by the name that it was begun with. */
  readonly #tracks = new Map<RecordingId, RecordingId>();
  #state: "opening" | "open" | "closing" | "closed" = "opening";
  #closeWanted = false;
  #released = false;
  #playCount = 0;
  #counters: LegCounters | undefined;
  #detectors: DetectorSet | undefined;
  #shape: ShapeSettings | undefined;
  #onSuspended: (media: SuspendedMedia | undefined) => void = () => undefined;
  #cancelOpening: Cancel;

  constructor(options: LegMediaOptions) {
    this.#options = options;
    options.hub.attach(options.id, (event) => this.#on(event));
    options.hub.send({ type: "leg.open", leg: options.id, ...(options.from === undefined ? {} : { from: options.from }) });
    this.#cancelOpening = options.clock.after(OPENING_MS_MAX, () => this.#fail("worker"));
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Of the whole leg, known once it is closed. */
  get counters(): LegCounters | undefined {
    return this.#counters;
  }

  apply(settings: MediaSettings): void {
    if (this.isOpen) this.#options.hub.send({ type: "leg.media", leg: this.#options.id, settings });
  }

  play(items: readonly PlayItem[], options: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback {
    if (!this.isOpen) return { ended: Promise.resolve("stopped"), stop: () => {} };
    const { id: leg, hub } = this.#options;
    const play = `${leg}.${(this.#playCount += 1)}` as PlayId;
    const ended = new Promise<PlayOutcome>((resolve) => this.#plays.set(play, resolve));
    hub.send({ type: "play", leg, play, items, ...options });
    return {
      ended,
      stop: () => {
        if (this.isOpen && this.#plays.has(play)) hub.send({ type: "play.stop", leg, play });
      },
    };
  }

  sendDigits(digits: string, durationMs: number): void {
    if (this.isOpen) this.#options.hub.send({ type: "dtmf.send", leg: this.#options.id, digits, durationMs });
  }

  /** As soon as there is a port. */
  detect(detectors: DetectorSet | undefined): void {
    const changes = this.#detectors !== undefined || detectors !== undefined;
    this.#detectors = detectors;
    if (this.isOpen && changes) this.#options.hub.send({ type: "detect", leg: this.#options.id, detectors });
  }

  startRecording(recording: RecordingId): void {
    if (!this.isOpen || this.#recordings.has(recording)) return;
    this.#recordings.add(recording);
    this.#tracks.set(recording, recording);
    this.#options.hub.send({ type: "record.start", leg: this.#options.id, recording });
  }

  recordMessage(recording: RecordingId, { beginMs, silenceMs, lengthMs }: MessageLimits): MessageRecording {
    if (!this.isOpen) return { ended: Promise.resolve({ why: "failed" }), stop: () => {} };
    const { id: leg, hub, clock } = this.#options;
    const ended = new Promise<MessageOutcome>((resolve) => {
      const cancel = clock.after(lengthMs + MESSAGE_CLOSING_MS_MAX, () => this.#messageOver(recording, { why: "failed" }));
      this.#messages.set(recording, (outcome) => {
        cancel();
        resolve(outcome);
      });
    });
    hub.send({ type: "message.start", leg, recording, beginMs, silenceMs, lengthMs });
    return {
      ended,
      stop: () => {
        if (this.isOpen && this.#messages.has(recording)) hub.send({ type: "message.stop", leg, recording });
      },
    };
  }

  #messageOver(recording: RecordingId, outcome: MessageOutcome): void {
    this.#messages.get(recording)?.(outcome);
    this.#messages.delete(recording);
  }

  /** As soon as there is a port. */
  shape(shape: ShapeSettings | undefined): void {
    const changes = this.#shape !== undefined || shape !== undefined;
    this.#shape = shape;
    if (this.isOpen && changes) this.#options.hub.send({ type: "shape", leg: this.#options.id, shape });
  }

  mask(on: boolean): void {
    if (this.isOpen) this.#options.hub.send({ type: "record.mask", leg: this.#options.id, on });
  }

  stopRecording(recording: RecordingId): void {
    const track = this.#tracks.get(recording);
    this.#tracks.delete(recording);
    if (this.isOpen && track !== undefined) this.#options.hub.send({ type: "record.stop", leg: this.#options.id, recording: track });
  }

  /** Gives the port back as soon as there is one; `onClosed` follows. */
  close(): void {
    this.#closeWanted = true;
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#options.hub.send({ type: "leg.close", leg: this.#options.id });
    this.#endPlays();
  }

  /** For another process: resolves with what goes on there when the recordings are closed; undefined where nothing does. Then nothing more is told. */
  suspend(): Promise<SuspendedMedia | undefined> {
    this.#cancelOpening();
    if (this.#state === "closed") return Promise.resolve(undefined);
    this.#state = "closing";
    this.#options.hub.send({ type: "leg.suspend", leg: this.#options.id });
    return new Promise((resolve) => {
      this.#onSuspended = resolve;
      this.#cancelOpening = this.#options.clock.after(SUSPENDING_MS_MAX, () => this.#suspended(undefined));
    });
  }

  /** Stops waiting for a media plane that does not answer; the hub closes the port should it still come. */
  abandon(): void {
    if (this.#state !== "closed") this.#options.hub.send({ type: "leg.close", leg: this.#options.id });
    this.#recordings.clear();
    this.#release();
  }

  #on(event: MediaEvent): void {
    const { events } = this.#options;
    switch (event.type) {
      case "leg.opened":
        return this.#opened({ address: event.address, port: event.port });
      case "leg.failed":
        return this.#fail(event.reason);
      case "leg.closed":
        this.#counters = event.counters;
        return this.#closed(event.lost ?? "closed");
      case "leg.suspended":
        return this.#suspended(event.media);
      case "leg.moved":
        return events.onMoved({ address: event.address, port: event.port });
      case "dtmf":
        return events.onDigit(event.digit);
      case "detected":
        return events.onDetected(event.detected, event.afterMs);
      case "play.ended":
        this.#plays.get(event.play)?.(event.outcome);
        return void this.#plays.delete(event.play);
      case "media.started":
        return events.onStarted(event.from);
      case "media.silent":
        return events.onSilent(event);
      case "record.closed":
        events.onRecordingClosed({ recording: event.recording, durationMs: event.durationMs, sha256: event.sha256 });
        return this.#recordingOver(event.recording);
      case "message.ended":
        return this.#messageOver(event.recording, { why: event.why, durationMs: event.durationMs, sha256: event.sha256 });
      case "record.continued":
        return this.#recordingContinued({ recording: event.recording, next: event.next, ...(event.afterMs === undefined ? {} : { afterMs: event.afterMs }) });
      case "record.failed":
        events.onRecordingFailed(event.recording, event.reason);
        this.#messageOver(event.recording, { why: "failed" });
        return this.#recordingOver(event.recording);
      default:
        event satisfies never;
    }
  }

  #suspended(media: SuspendedMedia | undefined): void {
    this.#cancelOpening();
    this.#released = true;
    this.#state = "closed";
    this.#options.hub.detach(this.#options.id);
    this.#onSuspended(media);
  }

  #opened(local: Endpoint): void {
    if (this.#state !== "opening") return;
    this.#cancelOpening();
    this.#state = "open";
    if (this.#closeWanted) return this.close();
    if (this.#detectors !== undefined) this.#options.hub.send({ type: "detect", leg: this.#options.id, detectors: this.#detectors });
    if (this.#shape !== undefined) this.#options.hub.send({ type: "shape", leg: this.#options.id, shape: this.#shape });
    this.#options.events.onOpened(local);
  }

  #fail(reason: string): void {
    if (this.#state === "closed") return;
    const wasWanted = !this.#closeWanted;
    // No track is closed by a media plane that has lost the leg.
    for (const recording of this.#recordings) this.#options.events.onRecordingFailed(recording, reason);
    this.#recordings.clear();
    this.#state = "closed";
    if (wasWanted) this.#options.events.onFailed(reason);
    this.#release();
  }

  #closed(why: string): void {
    if (this.#state === "closed") return;
    const wasWanted = !this.#closeWanted;
    this.#state = "closed";
    this.#endPlays();
    if (wasWanted) this.#options.events.onFailed(why);
    if (this.#recordings.size === 0) this.#release();
  }

  #recordingContinued(continued: RecordingContinued): void {
    const first = [...this.#tracks].find(([, track]) => track === continued.recording)?.[0];
    if (first === undefined) return;
    this.#tracks.set(first, continued.next);
    this.#recordings.add(continued.next);
    this.#options.events.onRecordingContinued(continued);
  }

  #recordingOver(recording: RecordingId): void {
    this.#recordings.delete(recording);
    if (this.#state === "closed" && this.#recordings.size === 0) this.#release();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#state = "closed";
    this.#cancelOpening();
    this.#endPlays();
    this.#options.hub.detach(this.#options.id);
    this.#options.events.onClosed();
  }

  #endPlays(): void {
    for (const resolve of this.#plays.values()) resolve("stopped");
    this.#plays.clear();
    if (this.#state === "closed") for (const recording of [...this.#messages.keys()]) this.#messageOver(recording, { why: "failed" });
  }
}
