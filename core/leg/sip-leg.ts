// One party's signalling and media together: every way out closes both, and is told once.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { CodecName, LegId, MediaSettings, PlayItem, RecordingId, SuspendedMedia } from "../../media/engine/command.js";
import type { DetectorSet } from "../../media/engine/detection.js";
import type { MediaHub } from "../media-port/media-hub.js";
import type { IncomingSession, OutgoingSession, PartyAddress, Rejection, SessionEnd } from "../signaling/session.js";
import { LegError } from "./error.js";
import { KeyFilter, type KeySource } from "./key-filter.js";
import { LegEmitter } from "./leg-emitter.js";
import { LegMedia } from "./leg-media.js";
import type { LegState } from "./leg-state.js";
import type { Leg, LegEvents, Playback } from "./leg.js";
import { Negotiation, type NegotiationOptions, type Unacceptable } from "./negotiation.js";
import { guardObserver, type LegObserver } from "./observation.js";
import { PendingAnswer } from "./pending-answer.js";
import { silenceSentence } from "./silence.js";

/** What both directions need. */
export interface SipLegOptions {
  readonly id: LegId;
  /** Our id of the call, for journal and log. */
  readonly callId: string;
  readonly origin: { readonly kind: "trunk" | "phone"; readonly name: string };
  /** RTP is expected from where the SIP comes from, not from where the SDP says. */
  readonly nat: boolean;
  readonly clock: Clock;
  readonly hub: MediaHub;
  readonly negotiation: Omit<NegotiationOptions, "local">;
  readonly observe?: LegObserver | undefined;
}

/** Where the session of an outgoing leg comes from, once there is a port to offer. */
export interface OutgoingParty {
  readonly remote: PartyAddress;
  /** Offered first: what the other leg of the bridge speaks. */
  readonly codecFirst: CodecName | undefined;
  invite(offer: string): OutgoingSession;
}

/** After this long an end that signalling or media has not confirmed is an end all the same. */
const ENDING_MS_MAX = 5000;

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
  #negotiation: Negotiation | undefined;
  #settings: MediaSettings | undefined;
  #codecFirst: CodecName | undefined;
  #detectors: DetectorSet | undefined;
  #answerSent = false;
  /** There is an answer before the 2xx: theirs, or ours in a 183. */
  #early = false;
  #offers: Promise<unknown> = Promise.resolve();
  /** Our offer or answer named a port that is gone. */
  #tellsPort = false;
  #portMoved = false;
  /** Our offer went out in a 2xx: the answer comes with the ACK. */
  #awaitsAnswer = false;
  #answer: PendingAnswer | undefined;
  #end: SessionEnd | undefined;
  #failure: SessionEnd | undefined;
  #sessionOver = false;
  #mediaClosed = false;
  #completed = false;
  #cancelWatchdog: Cancel = () => {};
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
    if (past !== undefined) this.#takeUp(past.state, past.session);
    else {
      this.#observe({ type: "leg.created", leg: this.id, direction: this.direction, origin: this.origin, callId: options.callId });
      if (this.#incoming !== undefined) this.#join(this.#incoming);
    }
    this.#media = this.#openMedia(past?.state.media);
    if (past?.state.detectors !== undefined) this.detect(past.state.detectors);
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
    const [local, previous] = [this.#negotiation?.local, this.#negotiation?.previous];
    const state = {
      id, callId, origin, nat,
      direction: this.direction,
      remote: this.remote,
      state: this.#state,
      session: { callId: session.callId, localTag: session.localTag },
      sessionId: negotiation.sessionId,
      answerWanted: this.#answer !== undefined,
      answerSent: this.#answerSent,
      awaitsAnswer: this.#awaitsAnswer,
      tellsPort: this.#tellsPort || this.#portMoved,
      ...(local === undefined ? {} : { local: { address: local.address, port: local.port } }),
      ...(previous === undefined ? {} : { previous }),
      ...(this.#settings === undefined ? {} : { settings: this.#settings }),
      ...(this.#negotiation?.holds === true ? { holds: true } : {}),
      ...(this.#early ? { early: true } : {}),
      ...(this.#codecFirst === undefined ? {} : { codecFirst: this.#codecFirst }),
      ...(this.#detectors === undefined ? {} : { detectors: this.#detectors }),
    };
    const media = (await this.#media.suspend()) ?? this.#past?.media;
    return media === undefined ? state : { ...state, media };
  }

  /** Resolves when a leg that another process had has its port again, or is over. */
  ready(): Promise<void> {
    return this.#past === undefined || this.#state === "ended" ? Promise.resolve() : new Promise((resolve) => void this.#whenReady.push(resolve));
  }

  get direction(): "incoming" | "outgoing" {
    return this.#incoming === undefined ? "outgoing" : "incoming";
  }

  get state(): Leg["state"] {
    return this.#state;
  }

  get hasSound(): boolean {
    return this.#state === "answered" || (this.#early && this.#state !== "ended");
  }

  /** What was agreed or, before the answer, what the caller's offer would lead to. */
  get codec(): CodecName | undefined {
    return this.#settings?.codec ?? (this.#incoming?.offer === undefined ? undefined : Negotiation.preview(this.#incoming.offer, this.#options.negotiation));
  }

  /** What the other leg of the bridge to come has agreed: an unanswered caller who offers it too gets it, so that both can be relayed. */
  prefer(codec: CodecName): void {
    this.#codecFirst = codec;
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
    if (session?.offer === undefined || this.#state === "ended" || this.#answerSent || !this.#media.isOpen) return false;
    const agreed = this.#negotiation!.answer(session.offer, this.#codecFirst);
    if (agreed.warning !== undefined) return false;
    this.#state = "ringing";
    // Before the 183: its receiver may speak as soon as it has it.
    this.#apply(agreed.settings, "early");
    session.progress(agreed.sdp);
    return true;
  }

  answer(): Promise<void> {
    if (this.#answer !== undefined) return this.#answer.promise;
    if (this.#incoming === undefined || this.#state === "ended") return Promise.reject(this.#ended());
    this.#answer = new PendingAnswer();
    if (this.#media.isOpen) this.#sendAnswer(this.#incoming);
    return this.#answer.promise;
  }

  reject(status: number, more: Rejection = {}): void {
    // Once our 200 is out there is nothing left to reject.
    if (this.#incoming === undefined || this.#state === "ended" || this.#state === "answered" || this.#answerSent) return this.hangup();
    this.#incoming.reject(status, more);
    this.#finish({ by: "local", cause: "rejected", status, ...(more.reason === undefined ? {} : { reason: more.reason }) });
  }

  hangup(options?: { readonly status?: number; readonly reason?: string }): void {
    if (this.#state === "ended") return;
    const cause = this.#state === "answered" ? "bye" : this.#incoming === undefined ? "cancelled" : "rejected";
    this.#release(options, { by: "local", cause, ...options });
  }

  /** As `hangup`, because the server goes down: an unanswered caller hears 503 and may try elsewhere. */
  shutdown(): void {
    const end: SessionEnd = { by: "local", cause: "shutdown" };
    if (this.#state !== "ended") this.#fail(end, { status: 503 });
  }

  play(items: readonly PlayItem[], options: { readonly bargeIn: boolean; readonly repeat: boolean }): Playback {
    this.#needAnswered("play");
    return this.#media.play(items, options);
  }

  /** Whether the far side holds the call. Who only announces something before the answer holds nothing. */
  get held(): boolean {
    return !this.#early && isHeld(this.#settings);
  }

  async hold(on: boolean): Promise<boolean> {
    if (this.#state !== "answered") return false;
    const agreed = await this.#reoffer((negotiation) => {
      negotiation.hold(on);
      return negotiation.offer(this.#settings?.codec);
    });
    if (!agreed) this.#negotiation?.hold(this.#settings?.direction === "sendonly");
    return agreed;
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
    this.#settings = state.settings;
    this.#codecFirst = state.codecFirst;
    this.#answerSent = state.answerSent;
    this.#early = state.early ?? false;
    this.#awaitsAnswer = state.awaitsAnswer;
    this.#portMoved = state.tellsPort && state.state !== "answered";
    if (state.answerWanted) this.#answer = new PendingAnswer();
    if (state.state === "answered") this.#answer?.resolve();
    // At once: the far side may answer or ask before the port is open again.
    if (state.local !== undefined) this.#negotiation = this.#createNegotiation(state.local);
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
        onFailed: (reason) => this.#fail({ by: "failure", cause: "media", reason }, { status: 503 }),
        onDigit: (digit) => whileAlive(() => this.#pressed(digit, "media")),
        onDetected: (detected, afterMs) => whileAlive(() => this.#emitter.emit("onDetected", detected, afterMs)),
        onStarted: (from) => {
          this.#observe({ type: "leg.started", leg: id, from: formatEndpoint(from) });
          // Many a 183 with a session description is followed by no sound (RFC 3960 section 3.2): until it comes, ringback it is.
          if (this.#early && this.#outgoing !== undefined) whileAlive(() => this.#emitter.emit("onEarlyMedia"));
        },
        onSilent: (event) => whileAlive(() => this.#silent(silenceSentence(this.origin, event))),
        onMoved: (local) => whileAlive(() => this.#mediaMoved(local)),
        onRecordingContinued: (continued) => this.#emitter.emit("onRecordingContinued", continued),
        onRecordingClosed: (closed) => this.#emitter.emit("onRecordingClosed", closed),
        onRecordingFailed: (recording, reason) => this.#observe({ type: "leg.recording-failed", leg: id, recording, reason }),
        onClosed: () => {
          this.#mediaClosed = true;
          this.#complete();
        },
      },
    });
  }

  #mediaOpened(local: Endpoint): void {
    this.#negotiation ??= this.#createNegotiation(local);
    if (this.#settings !== undefined) this.#media.apply(this.#settings);
    const tellsPort = this.#past?.tellsPort === true && this.#state === "answered";
    this.#beReady();
    if (tellsPort) this.#tellPort();
    if (this.#incoming !== undefined && this.#answer !== undefined && !this.#answerSent) this.#sendAnswer(this.#incoming);
    if (this.#session !== undefined) return;
    try {
      this.#join(this.#outgoing!.invite(this.#negotiation.offer(this.#outgoing!.codecFirst)));
    } catch (error) {
      this.#fail({ by: "failure", cause: "transport", reason: `invite: ${error instanceof Error ? error.message : "failed"}` });
    }
  }

  #createNegotiation(local: Endpoint): Negotiation {
    const negotiation = new Negotiation({ ...this.#options.negotiation, local, anyAddress: this.#options.nat }, this.#past?.previous);
    negotiation.hold(this.#past?.holds ?? false);
    return negotiation;
  }

  #beReady(): void {
    this.#past = undefined;
    for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  /** The port died with its worker; who was told of it is told of the new one once that can be. */
  #mediaMoved(local: Endpoint): void {
    this.#negotiation = this.#negotiation?.at(local);
    if (this.#state === "answered") this.#tellPort();
    else if (this.#answerSent || this.#early || this.#outgoing !== undefined) this.#portMoved = true;
  }

  #tellPort(): void {
    this.#portMoved = false;
    this.#tellsPort = true;
    void this.#reoffer((negotiation) => negotiation.offer(this.#settings?.codec)).then((agreed) => {
      this.#tellsPort = false;
      // The far side goes on sending to where nobody listens.
      if (!agreed && this.#state !== "ended") this.#fail({ by: "failure", cause: "media", reason: "worker" });
    });
  }

  /** Offers of ours, each made when the one before is answered. False where it was refused or the leg is over. */
  #reoffer(make: (negotiation: Negotiation) => string): Promise<boolean> {
    const turn = this.#offers.then(async () => {
      const negotiation = this.#negotiation;
      if (this.#state === "ended" || negotiation === undefined) return false;
      const answer = await this.#session!.reoffer(make(negotiation));
      const settings = answer === undefined || this.#isOver ? undefined : negotiation.accept(answer);
      if (settings !== undefined) this.#apply(settings);
      return settings !== undefined;
    });
    this.#offers = turn;
    return turn;
  }

  /** Asked behind an await, where the compiler still knows what was true before it. */
  get #isOver(): boolean {
    return this.#state === "ended";
  }

  #silent(sentence: string): void {
    // Nobody need speak before the answer; whoever holds or is held need not send (RFC 3264 section 8.4): many phones have no music.
    if (this.#early || this.held || this.#settings?.direction === "sendonly") return;
    this.#observe({ type: "leg.silent", leg: this.id, sentence });
    this.#emitter.emit("onSilent", sentence);
  }

  #join(session: IncomingSession | OutgoingSession): void {
    this.#session = session;
    session.listen({
      onProgress: (status, sdp) => this.#progress(status, sdp),
      onAnswered: (sdp) => this.#remoteAnswered(sdp),
      onConfirmed: (sdp) => this.#confirmed(sdp),
      onOffer: (offer) => this.#answerOffer(offer),
      onKey: (key, durationMs) => this.#pressed(key, "signaling", durationMs),
      onEnded: (end) => {
        this.#sessionOver = true;
        this.#finish(end);
        this.#end = end; // the far side's word instead of our guess
        this.#complete();
      },
    });
  }

  #sendAnswer(session: IncomingSession): void {
    if (session.offer === undefined) {
      this.#awaitsAnswer = true;
      this.#answerSent = true;
      return session.answer(this.#negotiation!.offer(this.#codecFirst));
    }
    if (this.#early) {
      this.#answerSent = true;
      return session.answer(this.#negotiation!.previous!);
    }
    const agreed = this.#negotiation!.answer(session.offer, this.#codecFirst);
    if (agreed.warning !== undefined) {
      this.#answer!.reject(new LegError("LEG_NO_CODEC", "no codec in common with the caller", { leg: this.id }));
      session.reject(488, { warning: agreed.warning });
      return this.#finish({ by: "local", cause: "rejected", status: 488 });
    }
    // Before the 200: its receiver may speak as soon as it has it.
    this.#apply(agreed.settings);
    this.#answerSent = true;
    session.answer(agreed.sdp);
  }

  #progress(status: number, sdp: string | undefined): void {
    if (status <= 100 || this.#state === "answered" || this.#state === "ended") return;
    if (this.#state === "setup") {
      this.#state = "ringing";
      this.#observe({ type: "leg.ringing", leg: this.id });
      this.#emitter.emit("onRinging");
    }
    // One that is of no use to us ends nothing: the 2xx may have another.
    const settings = sdp === undefined ? undefined : this.#negotiation?.accept(sdp);
    if (settings !== undefined) this.#apply({ ...settings, direction: heardOnly(settings.direction) }, "early");
  }

  #remoteAnswered(sdp: string): void {
    if (this.#outgoing === undefined || this.#state === "ended" || this.#state === "answered") return;
    const settings = this.#negotiation?.accept(sdp);
    if (settings === undefined) return this.#fail({ by: "failure", cause: "rejected", status: 488, reason: "no codec in common" });
    this.#apply(settings);
    this.#talk();
  }

  #confirmed(sdp: string | undefined): void {
    if (this.#state === "ended") return;
    if (this.#awaitsAnswer) {
      this.#awaitsAnswer = false;
      const settings = sdp === undefined ? undefined : this.#negotiation!.accept(sdp);
      if (settings === undefined) {
        this.#answer?.reject(new LegError("LEG_NO_CODEC", "the ACK brought no usable answer", { leg: this.id }));
        return this.#fail({ by: "failure", cause: "rejected", status: 488, reason: "no codec in common" });
      }
      this.#apply(settings);
    }
    if (this.#state !== "answered" && this.#answerSent) this.#talk();
  }

  #talk(): void {
    const was = this.held;
    this.#state = "answered";
    this.#early = false;
    if (this.held !== was) this.#tellHeld(this.held);
    this.#observe({ type: "leg.answered", leg: this.id });
    this.#answer?.resolve();
    this.#emitter.emit("onAnswered");
    if (this.#portMoved) this.#tellPort();
  }

  /** RFC 3264 section 8: the 2xx's SDP, or else 488, after which all stays as it was. */
  #answerOffer(offer: string | undefined): string | Unacceptable | undefined {
    if (this.#state === "ended" || this.#negotiation === undefined) return undefined;
    if (offer === undefined) {
      this.#awaitsAnswer = true;
      return this.#negotiation.offer(this.#settings?.codec);
    }
    // An earlier 2xx with our offer, its ACK lost: this offer takes its place.
    this.#awaitsAnswer = false;
    const agreed = this.#negotiation.answer(offer);
    if (agreed.warning !== undefined) return agreed;
    this.#apply(agreed.settings);
    return agreed.sdp;
  }

  /** @param when `early`: before the answer */
  #apply(agreed: MediaSettings, when?: "early"): void {
    const sipAddress = this.#session!.remoteEndpoint.address;
    // `c=0.0.0.0` is RFC 2543's hold and names no sender.
    const expectAddress = this.#options.nat || isUnspecified(agreed.expectAddress) ? sipAddress : agreed.expectAddress;
    const was = this.held;
    if (when === "early" && !this.#early) this.#observe({ type: "leg.early", leg: this.id });
    this.#early = when === "early";
    this.#settings = { ...agreed, expectAddress };
    this.#media.apply(this.#settings);
    if (this.held !== was) this.#tellHeld(this.held);
    this.#observe({ type: "leg.media", leg: this.id, codec: agreed.codec, remote: formatEndpoint(agreed.remote), direction: agreed.direction });
  }

  #pressed(key: string, source: KeySource, durationMs?: number): void {
    if (this.#state !== "ended" && this.#keys.passes(key, source, durationMs)) this.#emitter.emit("onDigit", key);
  }

  #tellHeld(held: boolean): void {
    this.#observe({ type: "leg.held", leg: this.id, held });
    this.#emitter.emit("onHeld", held);
  }

  /** Ends by something that the session does not know, and that outweighs what it will say. */
  #fail(end: SessionEnd, options?: { readonly status?: number }): void {
    this.#failure ??= end;
    if (this.#state !== "ended") this.#release(options, end);
  }

  #release(options: { readonly status?: number; readonly reason?: string } | undefined, end: SessionEnd): void {
    if (this.#session === undefined) this.#sessionOver = true;
    else this.#session.hangup(options);
    this.#finish(end);
  }

  #finish(end: SessionEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#end = end;
    this.#cancelWatchdog = this.#options.clock.after(ENDING_MS_MAX, () => this.#force());
    this.#answer?.reject(this.#ended());
    this.#beReady();
    this.#media.close();
    // Never inside the call that caused it; and whoever ends us has said why by then.
    void Promise.resolve().then(() => this.#emitter.emit("onEnding", this.#failure ?? this.#end!));
  }

  #force(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#media.abandon();
    this.#tellEnded(true);
  }

  #complete(): void {
    if (this.#completed || this.#state !== "ended" || !this.#sessionOver || !this.#mediaClosed) return;
    this.#completed = true;
    this.#cancelWatchdog();
    // Never inside the call that caused it.
    void Promise.resolve().then(() => this.#tellEnded(false));
  }

  #tellEnded(forced: boolean): void {
    const end = this.#failure ?? this.#end!;
    this.#observe({ type: "leg.ended", leg: this.id, end, counters: this.#media.counters, forced });
    this.#emitter.emit("onEnded", end);
  }

  #ended(): LegError {
    return new LegError("LEG_ENDED", "the leg is over", { leg: this.id });
  }
}

const isHeld = (settings: MediaSettings | undefined): boolean => settings?.direction === "recvonly" || settings?.direction === "inactive";

/** Nobody hears the caller before answering: neither a phone that rings nor an announcement is spoken to. */
const heardOnly = (direction: MediaSettings["direction"]): MediaSettings["direction"] => (direction === "sendrecv" || direction === "recvonly" ? "recvonly" : "inactive");

const isUnspecified = (address: string): boolean => address === "0.0.0.0" || address === "::";
