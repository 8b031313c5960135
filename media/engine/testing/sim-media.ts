// A media engine and its phones in one process, on simulated time and network, for tests.
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { AUDIO_FORMATS } from "../../../protocol/sdp/audio-format.js";
import { MemoryMediaNet, type MemoryMediaNetOptions } from "../../net/memory-media-net.js";
import { MemoryRecordingStore } from "../../recorder/memory-recording-store.js";
import type { LegId, MediaEvent, MediaSettings, RecordingId } from "../command.js";
import type { MoveEvent } from "../handover.js";
import { MediaEngine, type MediaEngineOptions } from "../media-engine.js";
import { SimPhone, type SimPhoneOptions } from "./sim-phone.js";

export const leg = (name: string): LegId => name as LegId;

type EventOf<Type extends MediaEvent["type"]> = Extract<MediaEvent, { readonly type: Type }>;

/** `beside`: on the clock, network and recordings of another engine. */
export class SimMedia {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly net: MemoryMediaNet;
  readonly recordings: MemoryRecordingStore;
  readonly engine: MediaEngine;
  readonly events: MediaEvent[] = [];
  readonly moves: MoveEvent[] = [];
  readonly faults: unknown[] = [];

  constructor(options: Pick<MediaEngineOptions, "createSha256"> & Partial<MediaEngineOptions> & { readonly network?: Partial<MemoryMediaNetOptions>; readonly seed?: number; readonly beside?: SimMedia }) {
    const { network, seed, beside, ...engine } = options;
    this.clock = beside?.clock ?? new SimClock();
    this.recordings = beside?.recordings ?? new MemoryRecordingStore();
    this.random = new SimRandom(seed ?? 1);
    this.net = beside?.net ?? new MemoryMediaNet({ clock: this.clock, draw: () => this.random.next(), ...network });
    this.engine = new MediaEngine({
      clock: this.clock,
      random: this.random,
      net: this.net,
      recordings: this.recordings,
      address: "10.0.0.1",
      portMin: 20_000,
      portMax: 20_019,
      onFault: (error) => this.faults.push(error),
      ...engine,
    });
    this.engine.onEvent((event) => this.events.push(event));
    this.engine.onMove((event) => this.moves.push(event));
  }

  eventsOf<Type extends MediaEvent["type"]>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** Lets go of a leg and lets `to` go on with it, `latencyMs` later. */
  async move(name: string, to: SimMedia, { latencyMs = 0, recording }: { readonly latencyMs?: number; readonly recording?: RecordingId } = {}): Promise<void> {
    this.engine.send({ type: "leg.release", leg: leg(name) });
    await this.clock.runMs(latencyMs);
    const released = this.moves.at(-1);
    if (released?.type !== "leg.released") throw new Error(`leg ${name} was not released`);
    // What crosses between threads is a copy.
    to.engine.send({ type: "leg.adopt", leg: leg(name), parcel: structuredClone(released.parcel), ...(recording === undefined ? {} : { recording }) });
    await this.clock.runMs(0);
  }

  /** Opens a leg; where its port is. */
  async open(name: string): Promise<Endpoint> {
    this.engine.send({ type: "leg.open", leg: leg(name) });
    await this.clock.runMs(0);
    const opened = this.eventsOf("leg.opened").findLast((event) => event.leg === name);
    if (opened === undefined) throw new Error(`leg ${name} did not open`);
    return { address: opened.address, port: opened.port };
  }

  phone(address: string, options: Partial<SimPhoneOptions> = {}): Promise<SimPhone> {
    return SimPhone.open({ clock: this.clock, net: this.net, local: { address, port: 4000 }, ...options });
  }

  /** What an offer/answer with `phone` would have agreed. */
  settings(phone: SimPhone, changed: Partial<MediaSettings> = {}): MediaSettings {
    return {
      remote: phone.local,
      expectAddress: phone.local.address,
      codec: phone.codec,
      payloadType: AUDIO_FORMATS[phone.codec].payloadType,
      dtmfPayloadType: 101,
      direction: "sendrecv",
      ptimeMs: 20,
      ...changed,
    };
  }

  /** A leg with a phone that talks to it. */
  async call(name: string, address: string, options: Partial<SimPhoneOptions> = {}): Promise<{ readonly phone: SimPhone; readonly at: Endpoint }> {
    const [phone, at] = [await this.phone(address, options), await this.open(name)];
    this.engine.send({ type: "leg.media", leg: leg(name), settings: this.settings(phone, { ptimeMs: options.ptimeMs ?? 20 }) });
    phone.talk(at);
    return { phone, at };
  }
}
