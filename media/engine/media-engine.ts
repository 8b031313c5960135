// The media plane: commands in, events out, one beat for all legs. In a worker thread in production, inline in a simulation.
import type { Clock } from "../../protocol/base/clock.js";
import type { Random } from "../../protocol/base/random.js";
import { ownCodecs, type CodecCatalog } from "../codec/catalog.js";
import type { MediaNet } from "../net/media-net.js";
import type { PortPoolSnapshot } from "../net/port-pool.js";
import type { PlayedSound } from "../player/played-sound.js";
import { ChunkPool } from "../recorder/chunk-pool.js";
import type { RecordingStore } from "../recorder/recording-store.js";
import type { CreateSha256 } from "../recorder/sha256.js";
import { recoverTrack } from "../recorder/recovered-track.js";
import type { BridgeId, LegCounters, LegId, MediaEvent, MediaPort, RecordingId, SuspendedMedia } from "./command.js";
import type { EngineCommand, EngineEvent, LegParcel, MoveEvent } from "./handover.js";
import { obeyAsLeg } from "./leg-command.js";
import { Beats } from "./beats.js";
import { Bridges } from "./bridges.js";
import { EventQueue } from "./event-queue.js";
import { LegSockets, type SocketPair } from "./leg-sockets.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import { MediaLeg } from "./media-leg.js";
import { Ticker } from "./ticker.js";
import { addCounters, NO_COUNTERS } from "./leg-counters.js";

export interface MediaEngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: MediaNet;
  readonly recordings: RecordingStore;
  readonly createSha256: CreateSha256;
  /** Bound and told to the far side: a numeric address. */
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  /** Default those that need nothing but this program. */
  readonly codecs?: CodecCatalog;
  /** How long sound is held back to even out the network; default 60. */
  readonly jitterMs?: number;
  /** How long a closed leg's port rests; default 2000. */
  readonly drainMs?: number;
  /** Told what was thrown where nothing should throw; the other legs go on. */
  readonly onFault?: (error: unknown) => void;
}

export interface MediaSnapshot {
  readonly legs: number;
  readonly bridges: number;
  readonly prompts: number;
  readonly ports: PortPoolSnapshot;
  /** Beats left out because the thread was kept from them. */
  readonly ticksSkipped: number;
  /** Commands for a leg that is not open, or that made no sense to it. */
  readonly commandsIgnored: number;
  /** What was thrown where nothing should throw. */
  readonly faults: number;
  /** Packets that the system would not take from us. */
  readonly packetsDropped: number;
  /** Of all legs, open and closed; `jitterMs` is the worst. */
  readonly packets: LegCounters;
}

interface OpenLeg {
  readonly leg: MediaLeg;
  readonly sockets: SocketPair;
}

export class MediaEngine implements MediaPort {
  readonly #options: MediaEngineOptions;
  readonly #sockets: LegSockets;
  readonly #ticker: Ticker;
  readonly #around: LegSurroundings;
  readonly #prompts = new Map<string, PlayedSound>();
  readonly #legs = new Map<LegId, OpenLeg>();
  readonly #beats: Beats;
  /** Legs whose ports are being bound; taken out again where they are closed meanwhile. */
  readonly #opening = new Set<LegId>();
  readonly #bridges = new Bridges();
  readonly #ending = new Set<Promise<void>>();
  readonly #events: EventQueue<EngineEvent>;
  #listener: (event: MediaEvent) => void = () => {};
  #moveListener: (event: MoveEvent) => void = () => {};
  #commandsIgnored = 0;
  #faults = 0;
  #past: LegCounters = NO_COUNTERS;

  constructor(options: MediaEngineOptions) {
    this.#options = options;
    const { clock, random, recordings, createSha256, net, address, portMin, portMax, drainMs = 2000 } = options;
    const onFault = (error: unknown): void => this.#fault(error);
    this.#sockets = new LegSockets({ clock, net, address, portMin, portMax, drainMs, onFault });
    this.#events = new EventQueue((event) => this.#tell(event), onFault);
    this.#ticker = new Ticker(clock, (tick) => this.#beats.beat(tick));
    this.#beats = new Beats(onFault);
    this.#around = {
      clock,
      random,
      recordings,
      chunks: new ChunkPool(),
      createSha256,
      codecs: options.codecs ?? ownCodecs,
      prompts: this.#prompts,
      jitterMs: options.jitterMs ?? 60,
      epochMs: this.#ticker.epochMs,
      tick: () => this.#ticker.tick,
      units: () => this.#ticker.units(),
      emit: (event) => this.#events.push(event),
      rest: (leg) => this.#beats.rest(leg),
      wake: (leg) => this.#beats.wake(leg),
    };
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  onMove(listener: (event: MoveEvent) => void): void {
    this.#moveListener = listener;
  }

  send(command: EngineCommand): void {
    try {
      if (!this.#obey(command)) this.#commandsIgnored += 1;
    } catch (error) {
      this.#fault(error);
    }
  }

  snapshot(): MediaSnapshot {
    let packets = this.#past;
    for (const { leg } of this.#legs.values()) packets = addCounters(packets, leg.counters());
    return {
      legs: this.#legs.size,
      bridges: this.#bridges.size,
      prompts: this.#prompts.size,
      ports: this.#sockets.snapshot(),
      ticksSkipped: this.#ticker.skipped,
      commandsIgnored: this.#commandsIgnored,
      faults: this.#faults,
      packetsDropped: this.#options.net.dropped ?? 0,
      packets,
    };
  }

  /** Closes every leg; resolves when all recordings are closed and all events told. */
  async close(): Promise<void> {
    for (const leg of [...this.#legs.keys(), ...this.#opening]) this.send({ type: "leg.close", leg });
    while (this.#ending.size > 0) await Promise.all(this.#ending);
    await Promise.resolve();
  }

  /** False where the command had no effect because of what it names. */
  #obey(command: EngineCommand): boolean {
    switch (command.type) {
      case "prompt.load":
        this.#prompts.set(command.prompt, command);
        return true;
      case "leg.open":
        return this.#open(command);
      case "leg.suspend":
        return this.#suspend(command.leg);
      case "leg.close":
        return this.#close(command.leg);
      case "leg.release":
        return this.#release(command.leg);
      case "leg.adopt":
        return this.#adopt(command.leg, command.parcel, command.recording);
      case "port.away":
        this.#sockets.occupy(command.port);
        return true;
      case "port.free":
        this.#sockets.free(command.port);
        return true;
      case "record.recover":
        this.#recover(command.leg, command.recording);
        return true;
      case "bridge":
        return this.#bridge(command.bridge, command.legs);
      case "unbridge":
        return this.#bridges.end(command.bridge);
      default: {
        const leg = this.#legs.get(command.leg)?.leg;
        return leg !== undefined && obeyAsLeg(leg, command);
      }
    }
  }

  #open({ leg, from, again }: Extract<EngineCommand, { readonly type: "leg.open" }>): boolean {
    if (this.#legs.has(leg) || this.#opening.has(leg)) return false;
    this.#opening.add(leg);
    this.#await(
      this.#bindLeg(leg, { from, again: again === true }).catch((error: unknown) => {
        this.#opening.delete(leg);
        this.#fault(error);
        this.#events.push({ type: "leg.failed", leg, reason: "bind" });
      }),
    );
    return true;
  }

  async #bindLeg(id: LegId, { from, again }: { readonly from: SuspendedMedia | undefined; readonly again: boolean }): Promise<void> {
    const sockets = from === undefined ? await this.#sockets.bind() : await this.#sockets.bindTo(from.port);
    if (typeof sockets === "string") return this.#fail(id, sockets);
    const leg = this.#make(id, sockets);
    if (from !== undefined) leg.goOn(from);
    else if (again) leg.joinLate();
    this.#add(id, { leg, sockets });
    if (!this.#opening.delete(id)) return void this.#close(id);
    this.#events.push({ type: "leg.opened", leg: id, address: this.#options.address, port: sockets.port });
  }

  #make(id: LegId, sockets: SocketPair): MediaLeg {
    // Before the leg, whose time begins now and not when this engine last had one.
    this.#ticker.start();
    const leg = new MediaLeg(id, sockets, this.#around);
    sockets.heardBy(leg);
    return leg;
  }

  #add(id: LegId, open: OpenLeg): void {
    this.#legs.set(id, open);
    this.#beats.wake(open.leg);
  }

  #release(id: LegId): boolean {
    const open = this.#legs.get(id);
    if (open === undefined) return false;
    this.#forget(id, open.leg);
    const { state, closed } = open.leg.release();
    this.#await(closed);
    const { port, rtp, rtcp } = open.sockets;
    this.#events.push({ type: "leg.released", leg: id, parcel: { port, rtp: rtp.handOver(), rtcp: rtcp.handOver(), state } });
    return true;
  }

  #adopt(id: LegId, parcel: LegParcel, recording: RecordingId | undefined): boolean {
    if (this.#legs.has(id) || this.#opening.has(id)) return false;
    let sockets: SocketPair | undefined;
    try {
      sockets = this.#sockets.adopt(parcel);
      const leg = this.#make(id, sockets);
      if (parcel.state === undefined) leg.joinLate();
      else leg.resume(parcel.state, recording);
      this.#add(id, { leg, sockets });
      this.#events.push({ type: "leg.adopted", leg: id });
    } catch (error) {
      this.#fault(error);
      if (sockets !== undefined) this.#sockets.close(sockets);
      this.#events.push({ type: "leg.failed", leg: id, reason: "bind" });
    }
    return true;
  }

  #recover(leg: LegId, recording: RecordingId): void {
    this.#await(
      recoverTrack(this.#options, recording).then(
        (end) => this.#events.push({ type: "record.closed", leg, recording, ...end }),
        (error: unknown) => this.#events.push({ type: "record.failed", leg, recording, reason: String(error) }),
      ),
    );
  }

  #fail(leg: LegId, reason: "no-port" | "bind"): void {
    if (this.#opening.delete(leg)) this.#events.push({ type: "leg.failed", leg, reason });
    else this.#events.push({ type: "leg.closed", leg, counters: NO_COUNTERS });
  }

  #close(id: LegId): boolean {
    // Where the port is being bound, the end of that closes it.
    if (this.#opening.delete(id)) return true;
    const open = this.#legs.get(id);
    if (open === undefined) return false;
    this.#forget(id, open.leg);
    this.#await(open.leg.close());
    this.#past = addCounters(this.#past, open.leg.counters());
    this.#sockets.close(open.sockets);
    return true;
  }

  #suspend(id: LegId): boolean {
    const open = this.#legs.get(id);
    if (open === undefined) {
      this.#opening.delete(id);
      this.#events.push({ type: "leg.suspended", leg: id, media: undefined });
      return true;
    }
    this.#forget(id, open.leg);
    const { media, closed } = open.leg.suspend(open.sockets.port);
    this.#sockets.close(open.sockets);
    this.#await(closed.then(() => this.#events.push({ type: "leg.suspended", leg: id, media })));
    return true;
  }

  #forget(id: LegId, leg: MediaLeg): void {
    this.#legs.delete(id);
    this.#beats.leave(leg);
    this.#bridges.forget(leg);
    if (this.#legs.size === 0) this.#ticker.stop();
  }

  #bridge(bridge: BridgeId, legs: readonly [LegId, LegId]): boolean {
    const [a, b] = [this.#legs.get(legs[0])?.leg, this.#legs.get(legs[1])?.leg];
    if (a === undefined || b === undefined || a === b) return false;
    this.#bridges.join(bridge, [a, b]);
    return true;
  }

  #tell(event: EngineEvent): void {
    if (event.type === "leg.released" || event.type === "leg.adopted") this.#moveListener(event);
    else this.#listener(event);
  }

  #await(work: Promise<void>): void {
    const tracked = work.finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }

  #fault(error: unknown): void {
    this.#faults += 1;
    this.#options.onFault?.(error);
  }
}
