// A media plane and far sides that do what a test says, and write down what they are told.
import { SimClock } from "../../protocol/base/sim-clock.js";
import { createOffer } from "../../protocol/sdp/offer-answer.js";
import type { LegId, MediaCommand, MediaEvent, MediaPort } from "../../media/engine/command.js";
import { MediaHub } from "../media-port/media-hub.js";
import type { HangupOptions, IncomingSession, OutgoingSession, Rejection, SessionEnd, SessionEvents } from "../signaling/session.js";
import type { LegEvents } from "./leg.js";
import { legStateSchema, type LegState } from "./leg-state.js";
import type { LegObservation } from "./observation.js";
import type { SipLegOptions } from "./sip-leg-options.js";
import { SipLeg } from "./sip-leg.js";

export class ScriptedMedia implements MediaPort {
  readonly commands: MediaCommand[] = [];
  readonly emitted: string[] = [];
  #listener: (event: MediaEvent) => void = () => {};

  send(command: MediaCommand): void {
    this.commands.push(command);
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  emit(event: MediaEvent): void {
    this.emitted.push(event.type);
    this.#listener(event);
  }

  types(): readonly string[] {
    return this.commands.map((command) => command.type);
  }
}

export const COUNTERS = { received: 1, sent: 1, lost: 0, late: 0, duplicate: 0, overflow: 0, malformed: 0, foreign: 0, unexpectedType: 0, jitterMs: 0 };

/** A far side's SDP; `codecs` best first. */
export const farSdp = (more: Partial<Parameters<typeof createOffer>[0]> = {}): string =>
  createOffer({ address: "198.51.100.7", port: 4000, codecs: ["PCMU", "PCMA"], dtmf: true, sessionId: "77", ...more });

export class ScriptedSession {
  readonly done: string[] = [];
  events: SessionEvents | undefined;
  readonly callId = "sip-call-id";
  readonly localTag = "our-tag";
  readonly remote = { number: "13800000002" };
  readonly remoteEndpoint = { address: "203.0.113.5", port: 5070 };
  readonly called = "95001";
  readonly answered: string[] = [];

  constructor(
    readonly direction: "incoming" | "outgoing",
    readonly offer: string | undefined = farSdp(),
    readonly origin: IncomingSession["origin"] = { kind: "trunk", name: "carrier" },
  ) {}

  listen(events: SessionEvents): void {
    this.events = events;
  }

  ring(): void {
    this.done.push("180");
  }

  readonly progressed: string[] = [];

  progress(sdp: string): void {
    this.progressed.push(sdp);
    this.done.push("183");
  }

  answer(sdp: string): void {
    this.answered.push(sdp);
    this.done.push("200");
  }

  reject(status: number, { reason, q850Cause, retryAfterS, warning }: Rejection = {}): void {
    const more = { cause: q850Cause, retryAfter: retryAfterS, warning: warning?.slice(0, 3) };
    this.done.push([status, reason, ...Object.entries(more).map(([name, value]) => (value === undefined ? undefined : `${name}=${value}`))].filter((part) => part !== undefined).join(" "));
  }

  /** What the far side answers to an offer of ours. */
  reofferAnswer: string | undefined = farSdp();
  readonly reoffered: string[] = [];

  reoffer(sdp: string): Promise<string | undefined> {
    this.reoffered.push(sdp);
    return Promise.resolve(this.reofferAnswer);
  }

  hangup({ status, retryAfterS }: HangupOptions = {}): void {
    this.done.push(["hangup", status, retryAfterS === undefined ? undefined : `retryAfter=${retryAfterS}`].filter((part) => part !== undefined).join(" "));
  }

  get asIncoming(): IncomingSession {
    return this as unknown as IncomingSession;
  }

  get asOutgoing(): OutgoingSession {
    return this as unknown as OutgoingSession;
  }
}

/** One leg, and everything around it. */
export class LegRig {
  readonly clock = new SimClock();
  readonly media = new ScriptedMedia();
  readonly hub = new MediaHub({ media: this.media });
  readonly seen: LegObservation[] = [];
  readonly told: string[] = [];
  readonly invited: string[] = [];
  /** Types of the media plane's events so far. */
  get heard(): readonly string[] {
    return this.media.emitted;
  }
  readonly session: ScriptedSession;
  readonly leg: SipLeg;

  constructor(options: { readonly direction: "incoming" | "outgoing"; readonly offer?: string | "none"; readonly nat?: boolean; readonly codecFirst?: "PCMU"; /** Another process had the leg. */ readonly past?: LegState; /** What the settings say of how others hear it. */ readonly shape?: SipLegOptions["shape"] }) {
    this.session = options.offer === "none" ? new ScriptedSession(options.direction) : new ScriptedSession(options.direction, options.offer);
    if (options.offer === "none") Object.assign(this.session, { offer: undefined });
    const { clock, hub } = this;
    const negotiation = { codecs: ["PCMA", "PCMU"], sessionId: "1" } as const;
    const common = { id: "leg-1" as LegId, callId: "call-1", origin: { kind: "phone", name: "1001" }, nat: options.nat ?? false, clock, hub, negotiation, shape: options.shape } as const;
    const invite = (offer: string): OutgoingSession => (this.invited.push(offer), this.session.asOutgoing);
    const party = options.direction === "incoming" ? this.session.asIncoming : { remote: { number: "1001" }, codecFirst: options.codecFirst, invite };
    this.leg = new SipLeg({ ...common, observe: (o) => void this.seen.push(o) }, party, options.past && { state: options.past, session: this.session.asIncoming });
    this.leg.listen(this.listener());
  }

  listener(): LegEvents {
    const { told } = this;
    return {
      onRinging: () => void told.push("ringing"),
      onEarlyMedia: () => void told.push("early media"),
      onAnswered: () => void told.push("answered"),
      onDigit: (digit) => void told.push(`key ${digit}`),
      onDetected: (detected, afterMs) => void told.push(`${detected.kind} ${"tone" in detected ? detected.tone : ""} after ${afterMs}`),
      onHeld: (held) => void told.push(held ? "held" : "no longer held"),
      onSilent: (sentence) => void told.push(sentence),
      onRecordingContinued: ({ recording, next, afterMs }) => void told.push(`recording ${recording} goes on in ${next} after ${afterMs}`),
      onRecordingClosed: (closed) => void told.push(`recording ${closed.recording}`),
      onEnding: () => void told.push("ending"),
      onEnded: (end) => void told.push(`ended ${end.by} ${end.cause}${end.status === undefined ? "" : ` ${end.status}`}`),
    };
  }

  /** The leg as another process reads it back, its media at `port`. */
  async suspended(port: number): Promise<LegState | undefined> {
    const state = this.leg.suspend();
    await settle();
    if (this.media.types().at(-1) === "leg.suspend") this.media.emit({ type: "leg.suspended", leg: this.leg.id, media: { port, utcMs: 1, rtpTime: 2, clockPerMs: 8, seq: 3, ssrc: 4, packets: 5, octets: 6, cname: "c" } });
    const written = await state;
    return written && legStateSchema.parse(JSON.parse(JSON.stringify(written)));
  }

  opened(): void {
    this.media.emit({ type: "leg.opened", leg: this.leg.id, address: "127.0.0.1", port: 20000 });
  }

  /** The first packet since the last terms. */
  soundStarts(): void {
    this.media.emit({ type: "media.started", leg: this.leg.id, from: { address: "198.51.100.7", port: 4000 } });
  }

  closed(): void {
    this.media.emit({ type: "leg.closed", leg: this.leg.id, counters: COUNTERS });
  }

  ended(cause: SessionEnd["cause"], by: SessionEnd["by"] = "remote"): void {
    this.session.events!.onEnded({ by, cause });
  }

  /** Brings the leg to the middle of a talk. */
  async talk(): Promise<void> {
    this.opened();
    if (this.leg.direction === "outgoing") return this.session.events!.onAnswered(farSdp({ codecs: ["PCMA"] }));
    const answered = this.leg.answer();
    this.session.events!.onConfirmed(undefined);
    await answered;
  }
}

/** Lets what was put off to the next turn happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
