// Makes legs of sessions, dials registered phones and outside numbers, and joins legs two by two.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, randomUint32, type Random } from "../../protocol/base/random.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import type { BridgeId, CodecName, LegId, PlayItem } from "../../media/engine/command.js";
import type { MediaHub } from "../media-port/media-hub.js";
import type { Admitted, ArrivingCall } from "../trunks/admission.js";
import { outgoingInvite } from "../trunks/outgoing-invite.js";
import type { Trunk } from "../trunks/trunk.js";
import { FLOW_FAILED, SERVER_FULL, type IncomingSession, type InviteRequest, type OutgoingSession, type PartyAddress, type Rejection, type SessionEnd, type Signaling } from "../signaling/session.js";
import { Bridge } from "./bridge.js";
import { LegError } from "./error.js";
import type { ReplacedDialog } from "../../protocol/sip/refer/replaces.js";
import type { DialogLeg, DialTarget, Leg, Switchboard } from "./leg.js";
import type { LegState } from "./leg-state.js";
import type { ComfortNoise } from "./negotiation.js";
import type { LegObserver } from "./observation.js";
import { SipLeg } from "./sip-leg.js";
import type { OutgoingParty, SipLegOptions } from "./sip-leg-options.js";

/** Where a phone can be reached; what is needed of `Registrar`. */
export interface ContactDirectory {
  contacts(extension: string): readonly Contact[];
  /** Its connection is gone, and none can be had. */
  lost(extension: string, contact: Contact): void;
}

export interface Contact {
  readonly uri: string;
  readonly source: Endpoint;
}

/** What is needed of `Phones`, `Trunks` and `CallAdmission`. */
export interface PartyDirectory {
  phone(extension: string): { readonly nat: boolean; readonly displayName?: string } | undefined;
  trunk(name: string): Trunk | undefined;
  /** A place for one more call, or what its 503 says. */
  admit(call: ArrivingCall): Admitted;
  /** A place for a call of ours, and how to give it back; undefined where the trunk is full. */
  occupyTrunk(name: string, number: string): (() => void) | undefined;
  /** Its carrier wants no calls of ours for so long. */
  restTrunk(name: string, retryAfterS: number): void;
}

export interface SipSwitchboardOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signaling: Signaling;
  readonly hub: MediaHub;
  readonly contacts: ContactDirectory;
  readonly parties: PartyDirectory;
  /** The node's name, first part of every leg's id. */
  readonly node: string;
  /** What a far side is offered and may choose, best first; PCMA, PCMU unless told. */
  readonly codecsOf?: (origin: Leg["origin"]) => readonly CodecName[];
  readonly preferCodecs?: "theirs" | "ours";
  /** See `NegotiationOptions`. */
  readonly comfortNoise?: ComfortNoise | undefined;
  /** How others hear each leg unless a call says otherwise. */
  readonly shape?: ShapeSettings | undefined;
  /** See `NegotiationOptions`. */
  readonly advertisedAddress?: string | undefined;
  /** What somebody hears, over and over, while the other side holds the call; nothing unless told. */
  readonly whileHeld?: readonly PlayItem[];
  /** Legs at the same time; one more caller is answered 503. 5000 unless told, the size of the demo's port range. */
  readonly legsMax?: number;
  readonly observe?: LegObserver;
}

interface LegParts extends Pick<SipLegOptions, "origin" | "nat" | "callId"> {
  readonly party: IncomingSession | OutgoingParty;
  readonly peer?: SipLeg | undefined;
  readonly onOver?: ((end: SessionEnd) => void) | undefined;
  readonly past?: { readonly state: LegState; readonly session: IncomingSession | OutgoingSession };
}

type DialContext = Parameters<Switchboard["dial"]>[1];

/** A caller: the leg, the number that was dialled, and the leg whose place it shall take. */
export type IncomingListener = (leg: SipLeg, called: string, instead?: Leg) => void;

const LEGS_MAX = 5000;
const CODECS: readonly CodecName[] = ["PCMA", "PCMU"];

export class SipSwitchboard implements Switchboard {
  readonly #options: SipSwitchboardOptions;
  readonly #legsMax: number;
  readonly #legs = new Map<LegId, SipLeg>();
  /** Who will be bridged to a leg that is dialled. */
  readonly #peers = new WeakMap<SipLeg, SipLeg>();
  /** By leg. */
  readonly #bridges = new Map<LegId, Bridge>();
  #onIncoming: IncomingListener | undefined;
  #onEmpty: (() => void)[] = [];
  #bridgeCount = 0;
  #draining = false;

  constructor(options: SipSwitchboardOptions) {
    this.#options = options;
    this.#legsMax = options.legsMax ?? LEGS_MAX;
    options.signaling.onIncoming((session) => this.#accept(session));
  }

  /** Legs that are not over yet. */
  get legs(): readonly SipLeg[] {
    return [...this.#legs.values()];
  }

  /** Callers come here; one listener. Until it is set they are answered 503. */
  onIncoming(listener: IncomingListener): void {
    this.#onIncoming = listener;
  }

  dial(target: DialTarget, options: DialContext): readonly Leg[] {
    if (this.#draining || this.#legs.size >= this.#legsMax) return [];
    return target.kind === "phone" ? this.#dialPhone(target.extension, options) : this.#dialOutside(target, options);
  }

  bridge(a: Leg, b: Leg): () => void {
    for (const leg of [a, b]) {
      if (leg.state === "ended") throw new LegError("LEG_ENDED", "a leg that is over can't be bridged", { leg: leg.id });
      if (!leg.hasSound) throw new LegError("LEG_NOT_ANSWERED", "a leg is bridged once it is answered, or heard before that", { leg: leg.id });
    }
    const bridge = new Bridge({ hub: this.#options.hub, id: `${this.#options.node}-b${(this.#bridgeCount += 1)}` as BridgeId, legs: [a, b], whileHeld: this.#options.whileHeld ?? [] });
    for (const leg of [a, b]) this.#bridges.set(leg.id, bridge);
    return () => {
      bridge.end();
      for (const leg of [a, b]) if (this.#bridges.get(leg.id) === bridge) this.#bridges.delete(leg.id);
    };
  }

  dialog(named: ReplacedDialog): DialogLeg | undefined {
    const { state, session } = this.#options.signaling.dialog(named);
    // Rare, so a scan finds it.
    const leg = session && this.legs.find((one) => one.isOf(session));
    return leg === undefined || state === "unknown" || state === "ended" ? undefined : { leg, state };
  }

  /** No new legs from here on; those that talk go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Writes the legs down for another process; resolves when media has stopped and what was over by now has been told so. */
  async suspend(): Promise<readonly LegState[]> {
    this.drain();
    const states = await Promise.all(this.legs.map(async (leg) => ({ leg, state: await leg.suspend() })));
    const live = states.filter(({ state }) => state !== undefined);
    for (const { leg } of live) this.#over(leg.id, undefined);
    if (this.#legs.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    return live.map(({ leg, state }) => {
      const peer = this.#peers.get(leg)?.id;
      return peer === undefined ? state! : { ...state!, peer };
    });
  }

  /** Goes on with legs that another process had. Those whose session is gone are left out. */
  restore(states: readonly LegState[]): ReadonlyMap<LegId, SipLeg> {
    const restored = new Map<LegId, SipLeg>();
    // The caller before those who were rung for it.
    for (const state of [...states].sort((a, b) => Number(a.peer !== undefined) - Number(b.peer !== undefined))) {
      const session = this.#options.signaling.session(state.session.callId, state.session.localTag);
      if (session !== undefined) restored.set(state.id, this.#restore(state, session, restored));
    }
    return restored;
  }

  #restore(state: LegState, session: IncomingSession | OutgoingSession, others: ReadonlyMap<LegId, SipLeg>): SipLeg {
    const { origin, nat, callId, remote, codecFirst } = state;
    const party = session.direction === "incoming" ? session : { remote, codecFirst, invite: () => session };
    // Whether or not there is a place by today's settings: the call is there.
    const { parties } = this.#options;
    const onOver =
      session.direction === "incoming" ? parties.admit({ origin, called: session.called, caller: remote.number }).release : origin.kind === "trunk" ? parties.occupyTrunk(origin.name, remote.number) : undefined;
    return this.#create({ origin, nat, callId, party, peer: state.peer && others.get(state.peer), onOver, past: { state, session } });
  }

  /** Ends every leg; resolves when all are over. Bounded by the legs' own watchdogs. */
  async shutdown(): Promise<void> {
    this.drain();
    for (const leg of this.legs) leg.shutdown();
    if (this.#legs.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #dialPhone(extension: string, options: DialContext): readonly Leg[] {
    const phone = this.#options.parties.phone(extension);
    if (phone === undefined) return [];
    const remote: PartyAddress = { number: extension, ...(phone.displayName === undefined ? {} : { displayName: phone.displayName }) };
    const { contacts } = this.#options;
    return contacts
      .contacts(extension)
      .slice(0, this.#legsMax - this.#legs.size)
      .map((contact) => {
        // Header fields that a contact's URI asks for are never copied into an INVITE (RFC 3261 section 19.1.5).
        const request = { uri: contact.uri.replace(/\?.*$/, ""), to: contact.source, from: options.from, registered: true, ...(options.referredBy === undefined ? {} : { headers: [["Referred-By", options.referredBy] as const] }) };
        const onOver = ({ by, status }: SessionEnd): void => {
          if (by === "failure" && status === FLOW_FAILED) contacts.lost(extension, contact);
        };
        return this.#call(request, options, { origin: { kind: "phone", name: extension }, nat: phone.nat, remote, onOver });
      });
  }

  #dialOutside({ number, trunk: name }: Extract<DialTarget, { kind: "outside" }>, options: DialContext): readonly Leg[] {
    const { parties } = this.#options;
    const trunk = parties.trunk(name);
    const request = trunk && outgoingInvite(trunk, number);
    const release = request && parties.occupyTrunk(name, number);
    if (trunk === undefined || request === undefined || release === undefined) return [];
    const onOver = ({ status, retryAfterS }: SessionEnd): void => {
      release();
      if (status === 503 && retryAfterS !== undefined) parties.restTrunk(name, retryAfterS);
    };
    return [this.#call(request, options, { origin: { kind: "trunk", name }, nat: trunk.nat, remote: { number }, onOver })];
  }

  #call(request: Omit<InviteRequest, "offer" | "callId">, { callId, peer: bridged }: DialContext, parts: Pick<LegParts, "origin" | "nat" | "onOver"> & { readonly remote: PartyAddress }): SipLeg {
    const { remote, ...leg } = parts;
    const peer = bridged instanceof SipLeg ? bridged : undefined;
    const party: OutgoingParty = { remote, codecFirst: peer?.codec, invite: (offer) => this.#options.signaling.invite({ ...request, offer, callId }) };
    return this.#create({ ...leg, callId, party, peer });
  }

  #accept(session: IncomingSession): void {
    const { origin } = session;
    const { parties } = this.#options;
    const listener = this.#onIncoming;
    if (listener === undefined || this.#draining || this.#legs.size >= this.#legsMax) return refuse(session, SERVER_FULL);
    const { release, refusal } = parties.admit({ origin, called: session.called, caller: session.remote.number });
    if (refusal !== undefined) return refuse(session, refusal);
    const nat = (origin.kind === "trunk" ? parties.trunk(origin.name) : parties.phone(origin.name))?.nat ?? true;
    const leg = this.#create({ origin, nat, callId: session.callId, party: session, onOver: release });
    const instead = session.replaces && this.dialog(session.replaces)?.leg;
    if (session.replaces !== undefined && instead === undefined) return leg.reject(481);
    try {
      listener(leg, session.called, instead);
    } catch (error) {
      this.#options.observe?.({ type: "leg.listener-failed", leg: leg.id, error });
      leg.reject(500);
    }
  }

  #create({ origin, nat, callId, party, peer, onOver, past }: LegParts): SipLeg {
    const { clock, random, hub, node, codecsOf, preferCodecs, comfortNoise, advertisedAddress, shape, observe } = this.#options;
    const id = past?.state.id ?? (`${node}-${randomToken(random, 13)}` as LegId);
    const leg: SipLeg = new SipLeg(
      {
        id,
        origin,
        nat,
        callId,
        clock,
        hub,
        shape,
        negotiation: { codecs: codecsOf?.(origin) ?? CODECS, prefer: preferCodecs, comfortNoise, advertisedAddress, sessionId: past?.state.sessionId ?? String(randomUint32(random)) },
        observe: (observation) => {
          if (observation.type === "leg.ended") this.#over(id, () => onOver?.(observation.end));
          if (observation.type === "leg.media") peer?.prefer(observation.codec);
          if (observation.type === "leg.held") this.#bridges.get(id)?.hold(leg, observation.held);
          observe?.(observation);
        },
      },
      party,
      past,
    );
    this.#legs.set(id, leg);
    if (peer !== undefined) this.#peers.set(leg, peer);
    return leg;
  }

  #over(id: LegId, onOver: (() => void) | undefined): void {
    this.#legs.delete(id);
    this.#bridges.get(id)?.end();
    this.#bridges.delete(id);
    onOver?.();
    if (this.#legs.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}

/** A session must be listened to before anything can be done with it; of this one nobody wants to hear more. */
function refuse(session: IncomingSession, refusal: Rejection): void {
  session.listen({ onProgress() {}, onAnswered() {}, onConfirmed() {}, onOffer: () => undefined, onEnded() {} });
  session.reject(503, refusal);
}

