// The media plane: commands in, events out, one beat for all legs. In a worker thread in production, inline in a simulation.
import type { Clock } from "../../protocol/base/clock.js";
import type { Random } from "../../protocol/base/random.js";
import { ownCodecs, type CodecCatalog } from "../codec/catalog.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../net/media-net.js";
import { PortPool, type PortPoolSnapshot } from "../net/port-pool.js";
import type { PlayedSound } from "../player/played-sound.js";
import { ChunkPool } from "../recorder/chunk-pool.js";
import type { RecordingStore } from "../recorder/recording-store.js";
import type { CreateSha256 } from "../recorder/sha256.js";
import { recoverTrack } from "../recorder/recovered-track.js";
import type { BridgeId, LegCounters, LegId, MediaEvent, MediaPort, RecordingId, SuspendedMedia } from "./command.js";
import type { EngineCommand, EngineEvent, LegParcel, MoveEvent } from "./handover.js";
import { obeyAsLeg } from "./leg-command.js";
import { Beats } from "./beats.js";
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
  readonly port: number;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
}

/** Sockets are bound before the leg that hears by them is made. */
interface LegSlot {
  leg?: MediaLeg;
}

/** Ports that another process holds are passed over so many times. */
const BIND_ATTEMPTS = 8;

export class MediaEngine implements MediaPort {
  readonly #options: MediaEngineOptions;
  readonly #ports: PortPool;
  readonly #ticker: Ticker;
  readonly #around: LegSurroundings;
  readonly #prompts = new Map<string, PlayedSound>();
  readonly #legs = new Map<LegId, OpenLeg>();
  readonly #beats: Beats;
  /** Legs whose ports are being bound; taken out again where they are closed meanwhile. */
  readonly #opening = new Set<LegId>();
  readonly #bridges = new Map<BridgeId, readonly [MediaLeg, MediaLeg]>();
  readonly #ending = new Set<Promise<void>>();
  #events: EngineEvent[] = [];
  #listener: (event: MediaEvent) => void = () => {};
  #moveListener: (event: MoveEvent) => void = () => {};
  #commandsIgnored = 0;
  #faults = 0;
  #past: LegCounters = NO_COUNTERS;

  constructor(options: MediaEngineOptions) {
    this.#options = options;
    const { clock, random, recordings, createSha256 } = options;
    this.#ports = new PortPool({ portMin: options.portMin, portMax: options.portMax, drainMs: options.drainMs ?? 2000 });
    this.#ticker = new Ticker(clock, (tick) => this.#beats.beat(tick));
    this.#beats = new Beats((error) => this.#fault(error));
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
      emit: (event) => this.#emit(event),
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
      ports: this.#ports.snapshot(this.#options.clock.monoMs()),
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
        this.#ports.occupy(command.port);
        return true;
      case "port.free":
        this.#ports.release(command.port, this.#options.clock.monoMs());
        return true;
      case "record.recover":
        this.#recover(command.leg, command.recording);
        return true;
      case "bridge":
        return this.#bridge(command.bridge, command.legs);
      case "unbridge":
        return this.#unbridge(command.bridge);
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
      (from === undefined ? this.#bindLeg(leg, again === true) : this.#bindAgain(leg, from)).catch((error: unknown) => {
        this.#opening.delete(leg);
        this.#fault(error);
        this.#emit({ type: "leg.failed", leg, reason: "bind" });
      }),
    );
    return true;
  }

  async #bindLeg(id: LegId, again: boolean): Promise<void> {
    const { clock } = this.#options;
    for (let attempt = 0; attempt < BIND_ATTEMPTS; attempt++) {
      const port = this.#ports.take(clock.monoMs());
      if (port === undefined) return this.#fail(id, "no-port");
      const open = await this.#bindPort(id, port);
      if (open === undefined) {
        this.#ports.release(port, clock.monoMs());
        continue;
      }
      if (again) open.leg.joinLate();
      return this.#opened(id, open);
    }
    this.#fail(id, "bind");
  }

  /** The port that the far side knows, or none. */
  async #bindAgain(id: LegId, from: SuspendedMedia): Promise<void> {
    const { port } = from;
    if (!this.#ports.occupy(port)) return this.#fail(id, "no-port");
    const open = await this.#bindPort(id, port);
    if (open === undefined) {
      this.#ports.release(port, this.#options.clock.monoMs());
      return this.#fail(id, "bind");
    }
    open.leg.goOn(from);
    this.#opened(id, open);
  }

  #opened(id: LegId, open: OpenLeg): void {
    this.#legs.set(id, open);
    this.#beats.wake(open.leg);
    if (!this.#opening.delete(id)) return void this.#close(id);
    this.#emit({ type: "leg.opened", leg: id, address: this.#options.address, port: open.port });
  }

  async #bindPort(id: LegId, port: number): Promise<OpenLeg | undefined> {
    const slot: LegSlot = {};
    const rtp = await this.#bindSocket(port, this.#soundTo(slot));
    const rtcp = rtp === undefined ? undefined : await this.#bindSocket(port + 1, this.#reportsTo(slot));
    if (rtp === undefined || rtcp === undefined) {
      rtp?.close();
      return undefined;
    }
    // Before the leg, whose time begins now and not when this engine last had one.
    this.#ticker.start();
    slot.leg = new MediaLeg(id, { rtp, rtcp }, this.#around);
    return { leg: slot.leg, port, rtp, rtcp };
  }

  /** Undefined where the port is somebody else's. */
  #bindSocket(port: number, receive: MediaReceiver): Promise<MediaSocket | undefined> {
    const { net, address } = this.#options;
    return net.bind({ address, port }, receive).catch(notBound);
  }

  /** What is thrown for a packet costs that packet alone. */
  #soundTo(slot: LegSlot): MediaReceiver {
    return (bytes, length, from) => {
      try {
        slot.leg?.receive(bytes, length, from);
      } catch (error) {
        this.#fault(error);
      }
    };
  }

  #reportsTo(slot: LegSlot): MediaReceiver {
    return (bytes, length, from) => {
      try {
        slot.leg?.receiveReport(bytes, length, from);
      } catch (error) {
        this.#fault(error);
      }
    };
  }

  #release(id: LegId): boolean {
    const open = this.#legs.get(id);
    if (open === undefined) return false;
    this.#forget(id, open.leg);
    const { state, closed } = open.leg.release();
    this.#await(closed);
    this.#emit({ type: "leg.released", leg: id, parcel: { port: open.port, rtp: open.rtp.handOver(), rtcp: open.rtcp.handOver(), state } });
    return true;
  }

  #adopt(id: LegId, { port, rtp, rtcp, state }: LegParcel, recording: RecordingId | undefined): boolean {
    if (this.#legs.has(id) || this.#opening.has(id)) return false;
    const slot: LegSlot = {};
    const adopted: MediaSocket[] = [];
    const adopt = (parcel: SocketParcel, receive: MediaReceiver): MediaSocket => {
      const socket = this.#options.net.adopt(parcel, receive);
      adopted.push(socket);
      return socket;
    };
    try {
      const sockets = { rtp: adopt(rtp, this.#soundTo(slot)), rtcp: adopt(rtcp, this.#reportsTo(slot)) };
      this.#ticker.start();
      slot.leg = new MediaLeg(id, sockets, this.#around);
      if (state === undefined) slot.leg.joinLate();
      else slot.leg.resume(state, recording);
      this.#legs.set(id, { leg: slot.leg, port, ...sockets });
      this.#beats.wake(slot.leg);
      this.#emit({ type: "leg.adopted", leg: id });
    } catch (error) {
      this.#fault(error);
      for (const socket of adopted) socket.close();
      this.#emit({ type: "leg.failed", leg: id, reason: "bind" });
    }
    return true;
  }

  #recover(leg: LegId, recording: RecordingId): void {
    this.#await(
      recoverTrack(this.#options, recording).then(
        (end) => this.#emit({ type: "record.closed", leg, recording, ...end }),
        (error: unknown) => this.#emit({ type: "record.failed", leg, recording, reason: String(error) }),
      ),
    );
  }

  #fail(leg: LegId, reason: "no-port" | "bind"): void {
    if (this.#opening.delete(leg)) this.#emit({ type: "leg.failed", leg, reason });
    else this.#emit({ type: "leg.closed", leg, counters: NO_COUNTERS });
  }

  #close(id: LegId): boolean {
    // Where the port is being bound, the end of that closes it.
    if (this.#opening.delete(id)) return true;
    const open = this.#legs.get(id);
    if (open === undefined) return false;
    this.#forget(id, open.leg);
    this.#await(open.leg.close());
    this.#past = addCounters(this.#past, open.leg.counters());
    open.rtp.close();
    open.rtcp.close();
    this.#ports.release(open.port, this.#options.clock.monoMs());
    return true;
  }

  #suspend(id: LegId): boolean {
    const open = this.#legs.get(id);
    if (open === undefined) {
      this.#opening.delete(id);
      this.#emit({ type: "leg.suspended", leg: id, media: undefined });
      return true;
    }
    this.#forget(id, open.leg);
    const { media, closed } = open.leg.suspend(open.port);
    open.rtp.close();
    open.rtcp.close();
    this.#ports.release(open.port, this.#options.clock.monoMs());
    this.#await(closed.then(() => this.#emit({ type: "leg.suspended", leg: id, media })));
    return true;
  }

  #forget(id: LegId, leg: MediaLeg): void {
    this.#legs.delete(id);
    this.#beats.leave(leg);
    for (const [bridge, legs] of this.#bridges) if (legs.includes(leg)) this.#bridges.delete(bridge);
    if (this.#legs.size === 0) this.#ticker.stop();
  }

  #bridge(bridge: BridgeId, legs: readonly [LegId, LegId]): boolean {
    const [a, b] = [this.#legs.get(legs[0])?.leg, this.#legs.get(legs[1])?.leg];
    if (a === undefined || b === undefined || a === b) return false;
    this.#unbridge(bridge);
    for (const [other, pair] of this.#bridges) if (pair.includes(a) || pair.includes(b)) this.#unbridge(other);
    a.join(b);
    this.#bridges.set(bridge, [a, b]);
    return true;
  }

  #unbridge(bridge: BridgeId): boolean {
    this.#bridges.get(bridge)?.[0].leave();
    return this.#bridges.delete(bridge);
  }

  /** Told in a microtask of its own: never inside `send`, always in order. */
  #emit(event: EngineEvent): void {
    this.#events.push(event);
    if (this.#events.length === 1) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    for (let i = 0; i < this.#events.length; i++) {
      try {
        const event = this.#events[i]!;
        if (event.type === "leg.released" || event.type === "leg.adopted") this.#moveListener(event);
        else this.#listener(event);
      } catch (error) {
        this.#fault(error);
      }
    }
    this.#events = [];
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

/** The port is somebody else's: the next one is tried, and after the last the leg fails as `bind`. */
const notBound = (): undefined => undefined;
