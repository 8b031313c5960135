// One leg's offers and answers (RFC 3264) over the length of its call, turned into media settings.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { cheapestFirst } from "../../media/codec/cost.js";
import type { CodecName, MediaSettings } from "../../media/engine/command.js";
import { createAnswer, createOffer, readAnswer, type AgreedAudio, type LocalAudio } from "../../protocol/sdp/offer-answer.js";
import type { SdpFaultCode } from "../../protocol/sdp/session.js";

export interface NegotiationOptions {
  /** Where our media receives. */
  readonly local: Endpoint;
  /** Put into SDP instead of `local.address`: the address that the world sees of a server behind NAT. */
  readonly advertisedAddress?: string | undefined;
  /** What we speak, best first. */
  readonly codecs: readonly CodecName[];
  /** Whose order of codecs decides in our answers; the caller's unless told (RFC 3264 section 6.1). */
  readonly prefer?: "theirs" | "ours" | undefined;
  /** Comfort noise in pauses; nothing of it unless told. */
  readonly comfortNoise?: ComfortNoise | undefined;
  /** 10-60 in steps of 10; 20 unless told. */
  readonly ptimeMs?: number | undefined;
  /** Digits; the same for all of the leg's descriptions. */
  readonly sessionId: string;
  /** Sound goes to where it comes from, whatever address the far side names: it may be one of another family than ours. */
  readonly anyAddress?: boolean | undefined;
}

/** `receive`: the far side may leave its pauses unsent. `send`: so do we, where it takes that. */
export type ComfortNoise = "off" | "receive" | "send";

export interface Agreement {
  readonly sdp: string;
  readonly settings: MediaSettings;
  readonly warning?: never;
}

/** An offer that is answered 488. */
export interface Unacceptable {
  /** A whole Warning value (RFC 3261 section 20.43). */
  readonly warning: string;
  readonly sdp?: never;
  readonly settings?: never;
}

/** RFC 3261 section 20.43; 399 for the rest. */
const WARNINGS: { readonly [F in SdpFaultCode]?: string } = {
  "sdp.address": '301 ringward "Incompatible network address formats"',
  "sdp.no-audio": '304 ringward "Media type not available"',
  "sdp.no-codec": '305 ringward "Incompatible media format"',
};

export class Negotiation {
  readonly #options: NegotiationOptions;
  /** Our last description: its version is counted on from. */
  #previous: string | undefined;
  #holds = false;

  /** @param previous our last description, where another process made it */
  constructor(options: NegotiationOptions, previous?: string) {
    this.#options = options;
    this.#previous = previous;
  }

  /** As this one, where our media receives at another place from now on. */
  at(local: Endpoint): Negotiation {
    const moved = new Negotiation({ ...this.#options, local }, this.#previous);
    moved.hold(this.#holds);
    return moved;
  }

  /** From the next description on the far side is to listen only, or to talk again (RFC 3264 section 8.4). */
  hold(on: boolean): void {
    this.#holds = on;
  }

  get holds(): boolean {
    return this.#holds;
  }

  get local(): Endpoint {
    return this.#options.local;
  }

  /** Our last description. */
  get previous(): string | undefined {
    return this.#previous;
  }

  /** The codec that an answer to `offer` would choose; undefined where none. */
  static preview(offer: string, options: Pick<NegotiationOptions, "codecs" | "prefer">): CodecName | undefined {
    const negotiation = new Negotiation({ ...options, local: { address: "0.0.0.0", port: 1 }, sessionId: "1", anyAddress: true });
    return negotiation.answer(offer).settings?.codec;
  }

  /** `first`, what the leg is to be bridged to speaks: it is put in front of our codecs, and the others behind it by what they cost beside it. */
  offer(first?: CodecName): string {
    return (this.#previous = createOffer({ ...this.#ours(), codecs: this.#ordered(first) }));
  }

  /**
   * `first`, where the offer has it, is chosen against all preferences. Unacceptable where the offer can't be read, has
   * no codec of ours or an address that our sockets can't send to: 488, and nothing has changed.
   */
  answer(offer: string, first?: CodecName): Agreement | Unacceptable {
    const result = createAnswer(offer, { ...this.#ours(), ...this.#preferring(offer, first) });
    if (result.fault !== undefined) return { warning: WARNINGS[result.fault.code] ?? '399 ringward "Session description not understood"' };
    if (!this.#canSend(result.agreed)) return { warning: WARNINGS["sdp.address"]! };
    this.#previous = result.sdp;
    return { sdp: result.sdp, settings: this.#settingsOf(result.agreed) };
  }

  /** The answer to the last `offer`. Undefined where it can't be read, agrees to nothing or names an address that our sockets can't send to. */
  accept(answer: string): MediaSettings | undefined {
    const result = readAnswer(this.#previous ?? "", answer);
    return result.fault === undefined && this.#canSend(result.agreed) ? this.#settingsOf(result.agreed) : undefined;
  }

  /** `expectAddress` is the SDP's; who knows about NAT replaces it. */
  #settingsOf(agreed: AgreedAudio): MediaSettings {
    return { ...agreed, expectAddress: agreed.remote.address, ...(this.#options.comfortNoise === "send" ? { dtx: true } : {}) };
  }

  /** Sockets are of one family; 0.0.0.0 is RFC 2543's hold and nothing is sent there. */
  #canSend({ remote: { address } }: AgreedAudio): boolean {
    const { anyAddress, local } = this.#options;
    return anyAddress === true || address === "0.0.0.0" || address === "::" || isIpv6(address) === isIpv6(local.address);
  }

  #ordered(first: CodecName | undefined): readonly CodecName[] {
    const { codecs } = this.#options;
    return first === undefined ? codecs : cheapestFirst(codecs, first);
  }

  /** Narrows our codecs to `first` where that still leads to an answer. */
  #preferring(offer: string, first: CodecName | undefined): Partial<LocalAudio> {
    if (first === undefined || !this.#options.codecs.includes(first)) return {};
    return createAnswer(offer, { ...this.#ours(), codecs: [first] }).fault === undefined ? { codecs: [first] } : {};
  }

  #ours(): LocalAudio {
    const { local, advertisedAddress, codecs, comfortNoise, prefer, ptimeMs, sessionId } = this.#options;
    return {
      address: advertisedAddress ?? local.address,
      port: local.port,
      codecs,
      dtmf: true,
      noise: comfortNoise === "receive" || comfortNoise === "send",
      sessionId,
      ...(this.#holds ? { direction: "sendonly" } : {}),
      ...(prefer === undefined ? {} : { prefer }),
      ...(ptimeMs === undefined ? {} : { ptimeMs }),
      ...(this.#previous === undefined ? {} : { previous: this.#previous }),
    };
  }
}

const isIpv6 = (address: string): boolean => address.includes(":");
