// One incoming RTP stream: whose packets it takes, and what each is.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { createRtpView, readRtp, rtpMarker, rtpPayloadType, rtpSeq, rtpSsrc, rtpTime, type RtpView } from "../../protocol/rtp/packet.js";
import { TelephoneEventReceiver, type TelephoneEventReceiverState } from "../../protocol/rtp/telephone-event-receiver.js";
import { createTelephoneEvent, readTelephoneEvent } from "../../protocol/rtp/telephone-event.js";
import { ReceiveSequence, type ReceiveSequenceState } from "./receive-sequence.js";

export interface ReceiveSettings {
  /** Source address that is taken; any port until the first valid packet. */
  readonly expectAddress: string;
  readonly payloadType: number;
  /** Of the codec; default 8000. */
  readonly clockRateHz?: number;
  readonly dtmfPayloadType?: number;
  readonly noisePayloadType?: number;
}

/** Told within `receive`; must not throw. */
export interface ReceiveSink {
  /** Sound. The view is good until the call returns and may be rewritten. */
  onSound(view: RtpView, arrivalUnits: number): void;
  /** Comfort noise: nothing more may come until somebody speaks. As `onSound` otherwise. */
  onNoise(view: RtpView, arrivalUnits: number): void;
  /** The stream begins anew: another SSRC, or a jump in its numbers. */
  onBreak(): void;
  onKey(key: string): void;
  /** The first valid packet since `expect`. */
  onLocked(from: Endpoint): void;
}

export interface ReceiveCounters {
  received: number;
  malformed: number;
  foreign: number;
  unexpectedType: number;
}

/** Plain data, for a receiver that goes on in another place; `settings` are its owner's. */
export interface RtpReceiverState {
  readonly counters: Readonly<ReceiveCounters>;
  readonly sequence: ReceiveSequenceState;
  readonly events: TelephoneEventReceiverState;
  readonly locked: Endpoint | undefined;
  readonly ssrc: number | undefined;
  readonly eventSsrc: number | undefined;
}

/** A stream of another SSRC from the same socket takes over when so many of its packets came in a row. */
const TAKEOVER_PACKETS = 3;

export class RtpReceiver {
  readonly counters: ReceiveCounters = { received: 0, malformed: 0, foreign: 0, unexpectedType: 0 };
  readonly sequence = new ReceiveSequence();
  readonly #sink: ReceiveSink;
  readonly #view = createRtpView();
  readonly #events = new TelephoneEventReceiver();
  readonly #event = createTelephoneEvent();
  // Of the settings, in the object that every packet touches anyway; -1: none.
  #listens = false;
  #expectAddress = "";
  #payloadType = -1;
  #noisePayloadType = -1;
  #dtmfPayloadType = -1;
  /** Of the codec's clock in 1/8 ms. */
  #perUnit = 1;
  #locked: Endpoint | undefined;
  #ssrc: number | undefined;
  #eventSsrc: number | undefined;
  #rivalSsrc: number | undefined;
  #rivalPackets = 0;

  constructor(sink: ReceiveSink) {
    this.#sink = sink;
  }

  /** Where the stream comes from, once it came. */
  get source(): Endpoint | undefined {
    return this.#locked;
  }

  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Takes a new offer/answer's terms and unlocks; undefined listens to nobody. */
  expect(settings: ReceiveSettings | undefined): void {
    this.#take(settings);
    this.#locked = undefined;
  }

  /** @param arrivalUnits now, in 1/8 ms. */
  receive(bytes: Uint8Array, length: number, from: Endpoint, arrivalUnits: number): void {
    const view = this.#view;
    if (readRtp(view, bytes, length) !== undefined) {
      this.counters.malformed += 1;
      return;
    }
    // A network that hears our source alone hands back the very endpoint that it was given.
    if (from !== this.#locked && !this.#isExpected(from)) {
      this.counters.foreign += 1;
      return;
    }
    const type = rtpPayloadType(view);
    if (type === this.#payloadType || type === this.#noisePayloadType) this.#receiveSound(from, arrivalUnits, type !== this.#payloadType);
    else if (type === this.#dtmfPayloadType) this.#receiveEvent(from);
    else this.counters.unexpectedType += 1;
  }

  /** Somebody listened before, of whom nothing is known: a key that is down was told already. */
  joinLate(): void {
    this.#events.joinLate();
  }

  save(): RtpReceiverState {
    return { counters: { ...this.counters }, sequence: this.sequence.save(), events: this.#events.save(), locked: this.#locked, ssrc: this.#ssrc, eventSsrc: this.#eventSsrc };
  }

  /** Goes on where the other one stood, without another `onLocked`. */
  restore(state: RtpReceiverState, settings: ReceiveSettings | undefined): void {
    Object.assign(this.counters, state.counters);
    this.sequence.restore(state.sequence);
    this.#events.restore(state.events);
    this.#take(settings);
    this.#locked = state.locked;
    this.#ssrc = state.ssrc;
    this.#eventSsrc = state.eventSsrc;
  }

  #receiveSound(from: Endpoint, arrivalUnits: number, isNoise: boolean): void {
    if (!this.#isOurs()) {
      this.counters.foreign += 1;
      return;
    }
    this.#accept(from);
    const arrival = this.sequence.push(rtpSeq(this.#view), rtpTime(this.#view), arrivalUnits * this.#perUnit);
    if (arrival === "duplicate") return;
    if (arrival === "jump") this.#sink.onBreak();
    if (isNoise) this.#sink.onNoise(this.#view, arrivalUnits);
    else this.#sink.onSound(this.#view, arrivalUnits);
  }

  #take(settings: ReceiveSettings | undefined): void {
    this.#listens = settings !== undefined;
    this.#expectAddress = settings?.expectAddress ?? "";
    this.#payloadType = settings?.payloadType ?? -1;
    this.#noisePayloadType = settings?.noisePayloadType ?? -1;
    this.#dtmfPayloadType = settings?.dtmfPayloadType ?? -1;
    this.#perUnit = (settings?.clockRateHz ?? 8000) / 8000;
  }

  #isExpected(from: Endpoint): boolean {
    return this.#listens && from.address === this.#expectAddress && (this.#locked === undefined || from.port === this.#locked.port);
  }

  /** Keys may come with an SSRC of their own: gateways make them in another place than the sound. */
  #receiveEvent(from: Endpoint): void {
    const view = this.#view;
    if (readTelephoneEvent(this.#event, view.bytes, view.payloadStart, view.payloadEnd) !== undefined) {
      this.counters.malformed += 1;
      return;
    }
    this.#accept(from);
    const ssrc = rtpSsrc(view);
    // All packets of a key bear the time of its start: their transit says nothing, so jitter is not measured by them.
    if (ssrc === this.#ssrc) this.sequence.pushUntimed(rtpSeq(view));
    if (ssrc !== this.#eventSsrc) this.#events.reset();
    this.#eventSsrc = ssrc;
    const key = this.#events.push(this.#event, rtpTime(view), rtpMarker(view));
    if (key !== undefined) this.#sink.onKey(key);
  }

  /** Whether the sound is of the stream that we listen to, which is the first that came or the one that took over. */
  #isOurs(): boolean {
    const ssrc = rtpSsrc(this.#view);
    if (ssrc === this.#ssrc) {
      this.#rivalPackets = 0;
      return true;
    }
    if (this.#ssrc !== undefined && this.#locked !== undefined) {
      this.#rivalPackets = ssrc === this.#rivalSsrc ? this.#rivalPackets + 1 : 1;
      this.#rivalSsrc = ssrc;
      if (this.#rivalPackets < TAKEOVER_PACKETS) return false;
    }
    this.#rivalPackets = 0;
    if (this.#ssrc !== undefined) {
      this.sequence.restart();
      this.#sink.onBreak();
    }
    this.#ssrc = ssrc;
    return true;
  }

  #accept(from: Endpoint): void {
    this.counters.received += 1;
    if (this.#locked !== undefined) return;
    this.#locked = { address: from.address, port: from.port };
    this.#sink.onLocked(this.#locked);
  }
}
