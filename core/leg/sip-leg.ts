// One party's signalling and media together: every way out closes both, and is told once.
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { CodecName, LegId, PlayItem, RecordingId, SuspendedMedia } from "../../media/engine/command.js";
import type { DetectorSet } from "../../media/engine/detection.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import { SERVER_FULL, type HangupOptions, type IncomingSession, type OutgoingSession, type PartyAddress, type Rejection, type SessionEnd } from "../signaling/session.js";
import { Answering } from "./answering.js";
import { LegError } from "./error.js";
import { KeyFilter, type KeySource } from "./key-filter.js";
import { LegEmitter } from "./leg-emitter.js";
import { LegEnding } from "./leg-ending.js";
import { LegMedia } from "./leg-media.js";
import type { LegState } from "./leg-state.js";
import { LegTerms } from "./leg-terms.js";
import type { Leg, LegEvents, MessageLimits, MessageRecording, Playback } from "./leg.js";
import { guardObserver, type LegObserver } from "./observation.js";
import type { OutgoingParty, SipLegOptions } from "./sip-leg-options.js";
import { silenceSentence } from "./silence.js";

/** What the media plane says where all workers are out of ports: the whole server is full. */
const NO_PORT = "no-port";
const DECLINED = 603;
const NO_CODEC: SessionEnd = { by: "failure", cause: "rejected", status: 488, reason: "no codec in common" };

export class SipLeg implements Leg {
  readonly id: LegId;
  readonly origin: SipLegOptions["origin"];
  readonly remote: PartyAddress;
  readonly #options: SipLegOptions;
  readonly #incoming: IncomingSession | undefined;
  readonly #outgoing: OutgoingParty | undefined;
  readonly #media: LegMedia;
  readonly #emitter: LegEmitter;
  readonly #keys: KeyFilter;
  readonly #observe: LegObserver;
  #state: Leg["state"] = "setup";
  #session: IncomingSession | OutgoingSession | undefined;
  readonly #terms: LegTerms;
  readonly #ending: LegEnding;
  #detectors: DetectorSet | undefined;
  #shape: ShapeSettings | undefined;
  readonly #answering: Answering;
  /** What another process had of it, until its port is open. */
  #past: LegState | undefined;
  #whenReady: (() => void)[] = [];

  /** @param past of a leg that another process had; `party` is then its session */
  constructor(options: SipLegOptions, party: IncomingSession | OutgoingParty, past?: { readonly state: LegState; readonly session: IncomingSession | OutgoingSession }) {
    this.id = options.id;
    this.origin = options.origin;
    this.remote = party.remote;
    this.#options = options;
    this.#observe = guardObserver(options.observe);
    this.#keys = new KeyFilter(options.clock);
    this.#emitter = new LegEmitter((error) => this.#observe({ type: "leg.listener-failed", leg: this.id, error }));
    this.#incoming = "invite" in party ? undefined : party;
    this.#outgoing = "invite" in party ? party : undefined;
    this.#terms = this.#createTerms();
    this.#ending = this.#createEnding();
    this.#answering = new Answering(this.id, this.#terms);
    if (past !== undefined) this.#takeUp(past.state, past.session);
    else {
      this.#observe({ type: "leg.created", leg: this.id, direction: this.direction, origin: this.origin, callId: options.callId });
      if (this.#incoming !== undefined) this.#join(this.#incoming);
    }
    this.#media = this.#openMedia(past?.state.media);
    if (past?.state.detectors !== undefined) this.detect(past.state.detectors);
    const shape = past?.state.shape ?? options.shape;
    if (shape !== undefined) this.shape(shape);
  }

  /**
   * Writes the leg down for another process and stops its media without a word to the far side; nothing happens to it from
   * now on. Undefined: it can't go on, for it is over or was not yet known to the far side.
   */
  async suspend(): Promise<LegState | undefined> {
    const session = this.#session;
    if (this.#state === "ended" || session === undefined) {
      this.hangup();
      return undefined;
    }
    const { id, callId, origin, nat, negotiation } = this.#options;
    const state = {
      id, callId, origin, nat,
      direction: this.direction,
      remote: this.remote,
      state: this.#state,
      session: { callId: session.callId, localTag: session.localTag },
      sessionId: negotiation.sessionId,
      ...this.#answering.save(),
      ...this.#terms.save(),
      ...(this.#detectors === undefined ? {} : { detectors: this.#detectors }),
      ...(this.#shape === undefined ? {} : { shape: this.#shape }),
    };
    const media = (await this.#media.suspend()) ?? this.#past?.media;
    return media === undefined ? state : { ...state, media };
  }

  /** Resolves when a leg that another process had has its port again, or is over. */
  ready(): Promise<void> {
    return this.#past === undefined || this.#state === "ended" ? Promise.resolve() : new Promise((resolve) => void this.#whenReady.push(resolve));
  }

  /** Whether the dialog is this leg's. */
  isOf({ callId, localTag }: Pick<IncomingSession, "callId" | "localTag">): boolean {
    return this.#session?.callId === callId && this.#session.localTag === localTag;
  }

  get direction(): "incoming" | "outgoing" {
    return this.#incoming === undefined ? "outgoing" : "incoming";
  }

  get state(): Leg["state"] {
    return this.#state;
  }

  get hasSound(): boolean {
    return this.#state === "answered" || (this.#terms.early && this.#state !== "ended");
  }

  /** What was agreed or, before the answer, what the caller's offer would lead to. */
  get codec(): CodecName | undefined {
    return this.#terms.codec(this.#incoming?.offer);
  }

  /** What the other leg of the bridge to come has agreed: an unanswered caller who offers it too gets it, so that both can be relayed. */
  prefer(codec: CodecName): void {
    this.#terms.prefer(codec);
  }

  listen(events: LegEvents): void {
    this.#emitter.listen(events);
  }

  ring(): void {
    if (this.#incoming === undefined || this.#state !== "setup") return;
    this.#state = "ringing";
    this.#incoming.ring();
    this.#observe({ type: "leg.ringing", leg: this.id });
  }

  progress(): boolean {
    if (this.hasSound) return true;
    const session = this.#incoming;
    if (session?.offer === undefined || this.#state === "ended" || this.#answering.sent || !this.#media.isOpen) return false;
    const answer = this.#terms.answer(session.offer, "early");
    if (typeof answer !== "string") return false;
    this.#state = "ringing";
    session.progress(answer);
    return true;
  }

  answer(): Promise<void> {
    if (this.#answering.promise !== undefined) return this.#answering.promise;
    if (this.#incoming === undefined || this.#state === "ended") return Promise.reject(this.#ended());
    const promise = this.#answering.want();
    if (this.#media.isOpen) this.#sendAnswer(this.#incoming);
    return promise;
  }

  reject(status: number, more: Rejection = {}): void {
    // Once our 200 is out there is nothing left to reject.
    if (this.#incoming === undefined || this.#state === "ended" || this.#state === "answered" || this.#answering.sent) return this.hangup();
    this.#incoming.reject(status, more);
    this.#finish({ by: "local", cause: "rejected", status, ...(more.reason === undefined ? {} : { reason: more.reason }) });
  }

  hangup(options?: { readonly status?: number; readonly reason?: string }): void {
    if (this.#state === "ended") return;
    const cause = this.#state === "answered" ? "bye" : this.#incoming === undefined ? "cancelled" : "rejected";
    this.#release(options, { by: "local", cause, ...options });
  }

  /** As `hangup`, because the server goes down: an unanswered caller hears 503, and when to come back. */
  shutdown(): void {
    const end: SessionEnd = { by: "local", cause: "shutdown" };
    if (this.#state !== "ended") this.#fail(end, { status: 503, ...SERVER_FULL });
  }

  play(items: readonly PlayItem[], options: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback {
    this.#needAnswered("play");
    return this.#media.play(items, options);
  }

  /** Whether the far side holds the call. */
  get held(): boolean {
    return this.#terms.held;
  }

  hold(on: boolean): Promise<boolean> {
    return this.#state === "answered" ? this.#terms.hold(on) : Promise.resolve(false);
  }

  sendDigits(digits: string, durationMs: number): void {
    this.#needAnswered("sendDigits");
    this.#media.sendDigits(digits, durationMs);
  }

  detect(detectors: DetectorSet | undefined): void {
    if (this.#state === "ended") return;
    this.#detectors = detectors;
    this.#media.detect(detectors);
  }

  startRecording(recording: RecordingId): void {
    this.#needAnswered("startRecording");
    this.#media.startRecording(recording);
  }

  recordMessage(recording: RecordingId, limits: MessageLimits): MessageRecording {
    this.#needAnswered("recordMessage");
    return this.#media.recordMessage(recording, limits);
  }

  shape(shape: ShapeSettings | undefined): void {
    if (this.#state === "ended") return;
    this.#shape = { ...this.#options.shape, ...shape };
    this.#media.shape(this.#shape);
  }

  mask(on: boolean): void {
    this.#media.mask(on);
  }

  stopRecording(recording: RecordingId): void {
    this.#media.stopRecording(recording);
  }

  /** An ended leg ignores sound, since its caller may not know yet; one that was never answered is a fault. */
  #needAnswered(step: string): void {
    if (this.#state !== "ended" && !this.hasSound) throw new LegError("LEG_NOT_ANSWERED", "sound before the answer", { leg: this.id, step });
  }

  #takeUp(state: LegState, session: IncomingSession | OutgoingSession): void {
    this.#past = state;
    this.#state = state.state;
    this.#answering.restore(state, state.state === "answered");
    this.#terms.restore(state);
    this.#join(session);
  }

  #openMedia(from: SuspendedMedia | undefined): LegMedia {
    const { id } = this;
    const { hub, clock } = this.#options;
    const whileAlive = (step: () => void): void => void (this.#state === "ended" || step());
    return new LegMedia({
      id,
      hub,
      clock,
      from,
      events: {
        onOpened: (local) => whileAlive(() => this.#mediaOpened(local)),
        onFailed: (reason) => this.#fail({ by: "failure", cause: "media", reason }, { status: 503, ...(reason === NO_PORT ? SERVER_FULL : {}) }),
        onDigit: (digit) => whileAlive(() => this.#pressed(digit, "media")),
        onDetected: (detected, afterMs) => whileAlive(() => this.#emitter.emit("onDetected", detected, afterMs)),
        onStarted: (from) => {
          this.#observe({ type: "leg.started", leg: id, from: formatEndpoint(from) });
          // Many a 183 with a session description is followed by no sound (RFC 3960 section 3.2): until it comes, ringback it is.
          if (this.#terms.early && this.#outgoing !== undefined) whileAlive(() => this.#emitter.emit("onEarlyMedia"));
        },
        onSilent: (event) => whileAlive(() => this.#silent(silenceSentence(this.origin, event))),
        onMoved: (local) => whileAlive(() => this.#mediaMoved(local)),
        onRecordingContinued: (continued) => this.#emitter.emit("onRecordingContinued", continued),
        onRecordingClosed: (closed) => this.#emitter.emit("onRecordingClosed", closed),
        onRecordingFailed: (recording, reason) => this.#observe({ type: "leg.recording-failed", leg: id, recording, reason }),
        onClosed: () => this.#ending.mediaClosed(),
      },
    });
  }

  #mediaOpened(local: Endpoint): void {
    this.#terms.open(local);
    const tellsPort = this.#past?.tellsPort === true && this.#state === "answered";
    this.#beReady();
    if (tellsPort) this.#tellPort();
    if (this.#incoming !== undefined && this.#answering.waits) this.#sendAnswer(this.#incoming);
    if (this.#session !== undefined) return;
    try {
      this.#join(this.#outgoing!.invite(this.#terms.offer(this.#outgoing!.codecFirst)));
    } catch (error) {
      this.#fail({ by: "failure", cause: "transport", reason: `invite: ${error instanceof Error ? error.message : "failed"}` });
    }
  }

  #createTerms(): LegTerms {
    const { id, negotiation, nat } = this.#options;
    return new LegTerms({
      leg: id,
      negotiation,
      nat,
      observe: this.#observe,
      isOver: () => this.#state === "ended",
      onTerms: (settings) => this.#media.apply(settings),
      onHeld: (held) => this.#emitter.emit("onHeld", held),
    });
  }

  #createEnding(): LegEnding {
    const { id, clock } = this.#options;
    return new LegEnding({
      clock,
      onEnding: (end) => this.#emitter.emit("onEnding", end),
      onAbandoned: () => this.#media.abandon(),
      onEnded: (end, forced) => {
        this.#observe({ type: "leg.ended", leg: id, end, counters: this.#media.counters, forced });
        this.#emitter.emit("onEnded", end);
      },
    });
  }

  #beReady(): void {
    this.#past = undefined;
    for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  /** The port died with its worker; who was told of it is told of the new one once that can be. */
  #mediaMoved(local: Endpoint): void {
    this.#terms.move(local);
    if (this.#state === "answered") this.#tellPort();
    else if (this.#answering.sent || this.#terms.early || this.#outgoing !== undefined) this.#terms.portMoved = true;
  }

  #tellPort(): void {
    void this.#terms.tellPort().then((agreed) => {
      // The far side goes on sending to where nobody listens.
      if (!agreed && this.#state !== "ended") this.#fail({ by: "failure", cause: "media", reason: "worker" });
    });
  }

  #silent(sentence: string): void {
    if (!this.#terms.expectsSound) return;
    this.#observe({ type: "leg.silent", leg: this.id, sentence });
    this.#emitter.emit("onSilent", sentence);
  }

  #join(session: IncomingSession | OutgoingSession): void {
    this.#session = session;
    this.#terms.join(session);
    session.listen({
      onProgress: (status, sdp) => this.#progress(status, sdp),
      onAnswered: (sdp) => this.#remoteAnswered(sdp),
      onConfirmed: (sdp) => this.#confirmed(sdp),
      onOffer: (offer) => (this.#state === "ended" || !this.#terms.isOpen ? undefined : this.#answering.offered(offer)),
      onRefer: (refer) => (this.#state === "answered" ? this.#emitter.refer(refer) : DECLINED),
      onKey: (key, durationMs) => this.#pressed(key, "signaling", durationMs),
      onEnded: (end) => {
        this.#finish(end);
        this.#ending.sessionOver(end);
      },
    });
  }

  #sendAnswer(session: IncomingSession): void {
    if (!this.#answering.send(session)) this.#finish({ by: "local", cause: "rejected", status: 488 });
  }

  #progress(status: number, sdp: string | undefined): void {
    if (status <= 100 || this.#state === "answered" || this.#state === "ended") return;
    if (this.#state === "setup") {
      this.#state = "ringing";
      this.#observe({ type: "leg.ringing", leg: this.id });
      this.#emitter.emit("onRinging");
    }
    if (sdp !== undefined) this.#terms.acceptEarly(sdp);
  }

  #remoteAnswered(sdp: string): void {
    if (this.#outgoing === undefined || this.#state === "ended" || this.#state === "answered") return;
    if (!this.#terms.accept(sdp)) return this.#fail(NO_CODEC);
    this.#talk();
  }

  #confirmed(sdp: string | undefined): void {
    if (this.#state === "ended") return;
    if (!this.#answering.confirm(sdp)) return this.#fail(NO_CODEC);
    if (this.#state !== "answered" && this.#answering.sent) this.#talk();
  }

  #talk(): void {
    this.#state = "answered";
    this.#terms.confirm();
    this.#observe({ type: "leg.answered", leg: this.id });
    this.#answering.acknowledged();
    this.#emitter.emit("onAnswered");
    if (this.#terms.portMoved) this.#tellPort();
  }

  #pressed(key: string, source: KeySource, durationMs?: number): void {
    if (this.#state !== "ended" && this.#keys.passes(key, source, durationMs)) this.#emitter.emit("onDigit", key);
  }

  /** Ends by something that the session does not know, and that outweighs what it will say. */
  #fail(end: SessionEnd, options?: HangupOptions): void {
    this.#ending.blame(end);
    if (this.#state !== "ended") this.#release(options, end);
  }

  #release(options: HangupOptions | undefined, end: SessionEnd): void {
    if (this.#session === undefined) this.#ending.sessionOver();
    else this.#session.hangup(options);
    this.#finish(end);
  }

  #finish(end: SessionEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#answering.fail(this.#ended());
    this.#beReady();
    this.#ending.begin(end);
    this.#media.close();
  }

  #ended(): LegError {
    return new LegError("LEG_ENDED", "the leg is over", { leg: this.id });
  }
}
