// What a leg and its far side have agreed on: offers and answers in their order, what follows of them for the sound, hold
// both ways, and early media.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { CodecName, LegId, MediaSettings } from "../../media/engine/command.js";
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import type { IncomingSession, OutgoingSession } from "../signaling/session.js";
import type { LegState } from "./leg-state.js";
import { Negotiation, type NegotiationOptions, type Unacceptable } from "./negotiation.js";
import type { LegObserver } from "./observation.js";

export interface LegTermsOptions {
  readonly leg: LegId;
  readonly negotiation: Omit<NegotiationOptions, "local">;
  /** See `SipLegOptions`. */
  readonly nat: boolean;
  readonly observe: LegObserver;
  /** Nothing is agreed on with a leg that is over. */
  readonly isOver: () => boolean;
  readonly onTerms: (settings: MediaSettings) => void;
  /** The far side holds the call, or no longer. */
  readonly onHeld: (held: boolean) => void;
}

type SavedTerms = Pick<LegState, "tellsPort"> & Partial<Pick<LegState, "local" | "previous" | "settings" | "holds" | "early" | "codecFirst">>;

export class LegTerms {
  readonly #options: LegTermsOptions;
  #session: IncomingSession | OutgoingSession | undefined;
  #negotiation: Negotiation | undefined;
  #settings: MediaSettings | undefined;
  #codecFirst: CodecName | undefined;
  /** There is an answer before the 2xx: theirs, or ours in a 183. */
  #early = false;
  #offers: Promise<unknown> = Promise.resolve();
  #tellsPort = false;
  /** Our offer or answer named a port that is gone. */
  portMoved = false;

  constructor(options: LegTermsOptions) {
    this.#options = options;
  }

  /** Goes on with what another process had agreed; the far side may answer or ask before the port is open again. */
  restore({ local, previous, settings, holds, early, codecFirst, tellsPort, state }: LegState): void {
    this.#settings = settings;
    this.#codecFirst = codecFirst;
    this.#early = early ?? false;
    this.portMoved = tellsPort && state !== "answered";
    if (local === undefined) return;
    this.#negotiation = this.#negotiate(local, previous);
    this.#negotiation.hold(holds ?? false);
  }

  save(): SavedTerms {
    const { local, previous, holds } = this.#negotiation ?? {};
    return {
      tellsPort: this.#tellsPort || this.portMoved,
      ...(local === undefined ? {} : { local: { address: local.address, port: local.port } }),
      ...(previous === undefined ? {} : { previous }),
      ...(this.#settings === undefined ? {} : { settings: this.#settings }),
      ...(holds === true ? { holds } : {}),
      ...(this.#early ? { early: true } : {}),
      ...(this.#codecFirst === undefined ? {} : { codecFirst: this.#codecFirst }),
    };
  }

  /** Offers and answers are exchanged over `session`. */
  join(session: IncomingSession | OutgoingSession): void {
    this.#session = session;
  }

  /** Our sound has a port. */
  open(local: Endpoint): void {
    this.#negotiation ??= this.#negotiate(local);
    if (this.#settings !== undefined) this.#options.onTerms(this.#settings);
  }

  /** Our sound has another port, which the far side does not know yet. */
  move(local: Endpoint): void {
    this.#negotiation = this.#negotiation?.at(local);
  }

  get isOpen(): boolean {
    return this.#negotiation !== undefined;
  }

  get early(): boolean {
    return this.#early;
  }

  /** Whether the far side holds the call. Who only announces something before the answer holds nothing. */
  get held(): boolean {
    return !this.#early && isHeld(this.#settings);
  }

  /** Nobody need speak before the answer; whoever holds or is held need not send (RFC 3264 section 8.4): many phones have no music. */
  get expectsSound(): boolean {
    return !this.#early && !this.held && this.#settings?.direction !== "sendonly";
  }

  /** What was agreed or, before the answer, what `offer` would lead to. */
  codec(offer: string | undefined): CodecName | undefined {
    return this.#settings?.codec ?? (offer === undefined ? undefined : Negotiation.preview(offer, this.#options.negotiation));
  }

  /** See `SipLeg`. */
  prefer(codec: CodecName): void {
    this.#codecFirst = codec;
  }

  /** @param first that codec; the one that was agreed, else the preferred one unless told */
  offer(first: CodecName | undefined = this.#settings?.codec ?? this.#codecFirst): string {
    return this.#negotiation!.offer(first);
  }

  /** Our answer to a caller: the one that its 183 had, where it was sent one. @param when `early`: for a 183 */
  answer(offer: string, when?: "early"): string | Unacceptable {
    if (this.#early) return this.#negotiation!.previous!;
    return this.#agree(offer, this.#codecFirst, when);
  }

  /** RFC 3264 section 8: an offer in the middle of the call; where it is refused all stays as it was. */
  answerAgain(offer: string): string | Unacceptable {
    return this.#agree(offer, undefined);
  }

  /** The answer to our offer. False where it is of no use. */
  accept(sdp: string | undefined): boolean {
    const settings = sdp === undefined ? undefined : this.#negotiation?.accept(sdp);
    if (settings !== undefined) this.#apply(settings);
    return settings !== undefined;
  }

  /** An answer before the 2xx. One that is of no use ends nothing: the 2xx may have another. */
  acceptEarly(sdp: string): void {
    const settings = this.#negotiation?.accept(sdp);
    if (settings !== undefined) this.#apply({ ...settings, direction: heardOnly(settings.direction) }, "early");
  }

  /** The 2xx is acknowledged: what was early is so no more. */
  confirm(): void {
    const was = this.held;
    this.#early = false;
    if (this.held !== was) this.#tellHeld();
  }

  /** See `Leg.hold`. */
  async hold(on: boolean): Promise<boolean> {
    const agreed = await this.#reoffer((negotiation) => negotiation.hold(on));
    if (!agreed) this.#negotiation?.hold(this.#settings?.direction === "sendonly");
    return agreed;
  }

  /** Tells the far side where we listen now; whether it took it. */
  async tellPort(): Promise<boolean> {
    this.portMoved = false;
    this.#tellsPort = true;
    const agreed = await this.#reoffer(() => undefined);
    this.#tellsPort = false;
    return agreed;
  }

  /** Offers of ours, each made when the one before is answered. False where it was refused or the leg is over. */
  #reoffer(prepare: (negotiation: Negotiation) => void): Promise<boolean> {
    const { isOver } = this.#options;
    const turn = this.#offers.then(async () => {
      const negotiation = this.#negotiation;
      if (isOver() || negotiation === undefined) return false;
      prepare(negotiation);
      const answer = await this.#session!.reoffer(negotiation.offer(this.#settings?.codec));
      const settings = answer === undefined || isOver() ? undefined : negotiation.accept(answer);
      if (settings !== undefined) this.#apply(settings);
      return settings !== undefined;
    });
    this.#offers = turn;
    return turn;
  }

  #agree(offer: string, first: CodecName | undefined, when?: "early"): string | Unacceptable {
    const agreed = this.#negotiation!.answer(offer, first);
    if (agreed.warning !== undefined) return agreed;
    this.#apply(agreed.settings, when);
    return agreed.sdp;
  }

  /** Told to the media before the far side hears of it: it may speak as soon as it has our answer. */
  #apply(agreed: MediaSettings, when?: "early"): void {
    const { leg, nat, observe, onTerms } = this.#options;
    const sipAddress = this.#session!.remoteEndpoint.address;
    // `c=0.0.0.0` is RFC 2543's hold and names no sender.
    const expectAddress = nat || isUnspecified(agreed.expectAddress) ? sipAddress : agreed.expectAddress;
    const was = this.held;
    if (when === "early" && !this.#early) observe({ type: "leg.early", leg });
    this.#early = when === "early";
    this.#settings = { ...agreed, expectAddress };
    onTerms(this.#settings);
    if (this.held !== was) this.#tellHeld();
    observe({ type: "leg.media", leg, codec: agreed.codec, remote: formatEndpoint(agreed.remote), direction: agreed.direction });
  }

  #tellHeld(): void {
    const { leg, observe, onHeld } = this.#options;
    observe({ type: "leg.held", leg, held: this.held });
    onHeld(this.held);
  }

  #negotiate(local: Endpoint, previous?: string): Negotiation {
    return new Negotiation({ ...this.#options.negotiation, local, anyAddress: this.#options.nat }, previous);
  }
}

const isHeld = (settings: MediaSettings | undefined): boolean => settings?.direction === "recvonly" || settings?.direction === "inactive";

/** Nobody hears the caller before answering: neither a phone that rings nor an announcement is spoken to. */
const heardOnly = (direction: MediaSettings["direction"]): MediaSettings["direction"] => (direction === "sendrecv" || direction === "recvonly" ? "recvonly" : "inactive");

const isUnspecified = (address: string): boolean => address === "0.0.0.0" || address === "::";
