// The media plane of several workers, seen as one. Legs that hear each other are brought together on one worker while they
// talk; those of a worker that died come back on another one, on their old sockets where these outlived it.
import type { Clock } from "../../protocol/base/clock.js";
import type { BridgeId, LegId, MediaCommand, MediaEvent, MediaPort } from "../engine/command.js";
import type { EngineEvent, LegParcel } from "../engine/handover.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import { NO_COUNTERS } from "../engine/leg-counters.js";
import type { SocketParcel } from "../net/media-net.js";
import { BridgeBook, type BridgeRecord } from "./bridge-book.js";
import type { StartHost } from "./engine-host.js";
import { LegCarrier, type CarrierCounters } from "./leg-carrier.js";
import { LegRecord, type LegCommand } from "./leg-record.js";
import { Placer, type Placement } from "./placement.js";
import { workerOfPort, type PortRange } from "./port-share.js";
import { TrackBook } from "./track-book.js";
import { WorkerSlot } from "./worker-slot.js";

export interface MediaPoolOptions {
  readonly clock: Clock;
  readonly workers: number;
  /** Of all workers' ports, see `portShare`. */
  readonly ports: PortRange;
  readonly start: StartHost;
  /** `least-loaded` unless told. */
  readonly placement?: Placement;
  /** Closes a socket that no worker has. */
  readonly discard: (socket: SocketParcel) => void;
  readonly onStarted?: (worker: number, net: "dgram" | "libc", unavailable: string | undefined) => void;
  /** Told in words what went wrong in a worker, and that it was started again. */
  readonly onFault?: (message: string) => void;
}

/** `moved`: to meet somebody. `revived`, `lost`: of a worker that died. */
export interface MediaPoolCounters extends CarrierCounters {
  /** That live now. */
  readonly workers: number;
  readonly restarts: number;
  /** Workers ended because they gave no sign of life. */
  readonly hangs: number;
  /** By worker: its legs, and how many were ever given to it. */
  readonly legs: readonly number[];
  readonly placed: readonly number[];
}

/** A leg that was not opened by then is refused. */
const OPEN_MS_MAX = 5000;

export class MediaPool implements MediaPort {
  readonly #options: MediaPoolOptions;
  readonly #placer: Placer;
  readonly #slots: readonly WorkerSlot[];
  readonly #carrier: LegCarrier;
  readonly #legs = new Map<LegId, LegRecord>();
  readonly #bridges = new BridgeBook();
  readonly #tracks: TrackBook;
  /** As loaded, for the next worker. */
  readonly #prompts = new Map<string, MediaCommand>();
  #listener: (event: MediaEvent) => void = () => {};
  /** Whose sockets: Node's die with their thread. */
  #net: "dgram" | "libc" = "libc";
  #closing = false;

  constructor(options: MediaPoolOptions) {
    this.#options = options;
    const { clock, start, discard } = options;
    const placer = new Placer(options.placement ?? "least-loaded");
    const owner = {
      onStarting: (slot: WorkerSlot) => this.#starting(slot),
      onStarted: (slot: WorkerSlot, net: "dgram" | "libc", unavailable: string | undefined) => {
        this.#net = net;
        options.onStarted?.(slot.index, net, unavailable);
      },
      onEvent: (slot: WorkerSlot, event: EngineEvent) => this.#receive(slot, event),
      onFault: (message: string) => options.onFault?.(message),
      onDied: (slot: WorkerSlot, sockets: readonly SocketParcel[]) => this.#died(slot, sockets),
    };
    const slots = Array.from({ length: options.workers }, (_, index) => new WorkerSlot({ index, clock, start, owner }));
    this.#placer = placer;
    this.#slots = slots;
    const tracks = (this.#tracks = new TrackBook(slots));
    this.#carrier = new LegCarrier({ clock, placer, slots, tracks, discard, tell: (event) => this.#tell(event), onArrived: (record) => this.#arrived(record), onLost: (record) => this.#strike(record) });
    for (const slot of slots) slot.start();
  }

  get counters(): MediaPoolCounters {
    const sum = (count: (slot: WorkerSlot) => number): number => this.#slots.reduce((total, slot) => total + count(slot), 0);
    return {
      ...this.#carrier.counters,
      workers: sum((slot) => (slot.alive ? 1 : 0)),
      restarts: sum((slot) => slot.restarts),
      hangs: sum((slot) => slot.hangs),
      legs: this.#slots.map((slot) => slot.legs),
      placed: this.#slots.map((slot) => slot.placed),
    };
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  send(command: MediaCommand): void {
    switch (command.type) {
      case "prompt.load":
        this.#prompts.set(command.prompt, command);
        for (const slot of this.#slots) slot.post(command);
        return;
      case "leg.open":
        return this.#open(command);
      case "bridge":
        return this.#bridge(command.bridge, command.legs);
      case "unbridge":
        return this.#unbridge(command.bridge);
      default:
        return this.#tellLeg(command);
    }
  }

  /** By worker; undefined for one that does not live. */
  snapshots(): Promise<readonly (MediaSnapshot | undefined)[]> {
    return Promise.all(this.#slots.map((slot) => slot.snapshot()));
  }

  /** Ends a worker at once, as a crash would. Another one starts. */
  kill(worker: number): void {
    this.#slots[worker]?.kill();
  }

  /** Closes every leg and recording, then the workers; resolves when all have ended. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.all(this.#slots.map((slot) => slot.close()));
    for (const record of [...this.#legs.values()]) this.#end(record);
  }

  #open(command: Extract<MediaCommand, { readonly type: "leg.open" }>): void {
    const { leg } = command;
    if (this.#legs.has(leg)) return;
    if (this.#closing) return queueMicrotask(() => this.#tell({ type: "leg.failed", leg, reason: "worker" }));
    const record = new LegRecord(leg, command);
    this.#legs.set(leg, record);
    // Where nobody lives, one is being started.
    record.cancelDeadline = this.#options.clock.after(OPEN_MS_MAX, () => this.#refuse(record));
    this.#openAt(record, this.#placeFor(record));
  }

  /** It was not opened in time: a worker that still opens it finds that nobody wants it. */
  #refuse(record: LegRecord): void {
    if (record.state !== "opening") return;
    record.slot?.post({ type: "leg.close", leg: record.id });
    this.#end(record);
    this.#tell({ type: "leg.failed", leg: record.id, reason: "worker" });
  }

  /** Whose port it needs, or anyone who was not tried yet. */
  #placeFor(record: LegRecord): WorkerSlot | undefined {
    const { from } = record.opening;
    if (from === undefined) return this.#placer.choose(this.#slots, record.full);
    const slot = this.#slots[workerOfPort(this.#options.ports, from.port, this.#slots.length) ?? 0];
    return slot?.alive === true && !record.full.has(slot) ? slot : undefined;
  }

  #openAt(record: LegRecord, slot: WorkerSlot | undefined): void {
    record.place(slot);
    slot?.post(record.opening);
  }

  #tellLeg(command: LegCommand): void {
    const record = this.#legs.get(command.leg);
    if (record === undefined || record.state === "closing") return;
    if (record.state === "moving" || record.state === "reviving") {
      if (!record.wait(command)) this.#options.onFault?.(`media leg ${record.id}: too many commands wait while it is moved`);
      return;
    }
    record.slot?.post(record.note(command));
    if (command.type === "record.start") this.#tracks.begun(command.recording, record.id, record.slot);
    if (command.type !== "leg.close" && command.type !== "leg.suspend") return;
    if (record.slot === undefined) return queueMicrotask(() => this.#refuse(record));
    record.state = "closing";
    this.#removeBridgeOf(record.id);
  }

  #bridge(bridge: BridgeId, legs: readonly [LegId, LegId]): void {
    const both = legs.map((leg) => this.#legs.get(leg));
    if (legs[0] === legs[1] || both.some((record) => record === undefined || record.state === "closing")) return;
    this.#unbridge(bridge);
    for (const leg of legs) this.#unbridge(this.#bridges.of(leg)?.bridge);
    this.#join(this.#bridges.add(bridge, legs));
  }

  #unbridge(bridge: BridgeId | undefined): void {
    const record = bridge === undefined ? undefined : this.#bridges.remove(bridge);
    if (record?.stands === true) this.#legs.get(record.legs[0])?.slot?.post({ type: "unbridge", bridge: record.bridge });
  }

  /** The workers end it by themselves. */
  #removeBridgeOf(leg: LegId): void {
    const record = this.#bridges.of(leg);
    if (record !== undefined) this.#bridges.remove(record.bridge);
  }

  /** Joins the two, or brings one of them to the other first; called again whenever one of them has arrived. */
  #join(record: BridgeRecord): void {
    const [a, b] = [this.#legs.get(record.legs[0]), this.#legs.get(record.legs[1])];
    if (a?.state !== "open" || b?.state !== "open" || record.stands) return;
    if (a.slot !== b.slot) return this.#carrier.fetch(this.#whoMoves(a, b));
    record.stands = true;
    a.slot?.post({ type: "bridge", bridge: record.bridge, legs: record.legs });
  }

  /** From the fuller worker to the emptier one; a socket of Node's is cheapest where it was opened. */
  #whoMoves(a: LegRecord, b: LegRecord): LegRecord {
    if (this.#net === "dgram") {
      if (a.home === b.slot) return a;
      if (b.home === a.slot) return b;
    }
    return a.slot!.legs > b.slot!.legs ? a : b;
  }

  #receive(slot: WorkerSlot, event: EngineEvent): void {
    const record = this.#legs.get(event.leg);
    if (event.type === "record.closed" || event.type === "record.failed") {
      this.#tracks.closed(event.recording);
      return this.#tell(event);
    }
    if (record?.slot !== slot) return this.#forgotten(slot, event);
    switch (event.type) {
      case "leg.opened":
        return this.#opened(record, event);
      case "leg.failed":
        return this.#failed(record, event);
      case "leg.closed":
      case "leg.suspended":
        return this.#closed(record, event);
      case "leg.released":
        return record.state === "moving" ? this.#released(record, event.parcel) : this.#forgotten(slot, event);
      case "leg.adopted":
        if (record.parcel !== undefined) this.#carrier.arrived(record, record.state === "reviving");
        return;
      case "play.ended":
        record.playEnded(event.play);
        return this.#tell(event);
      case "message.ended":
        if (record.message === event.recording) record.message = undefined;
        return this.#tell(event);
      default:
        return this.#tell(event);
    }
  }

  /** Of an earlier life of a leg on this worker: what it still holds is let go of. */
  #forgotten(slot: WorkerSlot, event: EngineEvent): void {
    if (event.type === "leg.opened" || event.type === "leg.adopted") slot.post({ type: "leg.close", leg: event.leg });
    if (event.type === "leg.released") for (const socket of [event.parcel.rtp, event.parcel.rtcp]) this.#options.discard(socket);
  }

  #opened(record: LegRecord, event: Extract<MediaEvent, { readonly type: "leg.opened" }>): void {
    const { address, port } = event;
    record.home = record.slot;
    record.port = port;
    if (record.state === "closing") return;
    record.cancelDeadline();
    if (record.state === "opening") {
      record.state = "open";
      return this.#tell(event);
    }
    this.#tell({ type: "leg.moved", leg: record.id, address, port });
    this.#carrier.arrived(record, true);
  }

  #failed(record: LegRecord, event: Extract<MediaEvent, { readonly type: "leg.failed" }>): void {
    if (record.state === "opening" && record.slot !== undefined) {
      // Another worker may have a port left.
      record.full.add(record.slot);
      const slot = this.#placeFor(record);
      if (slot !== undefined) return this.#openAt(record, slot);
    }
    if (record.state === "opening") {
      this.#end(record);
      return this.#tell(event);
    }
    // Adopting has closed the sockets; opening anew had no port.
    record.parcel = undefined;
    this.#carrier.lose(record);
  }

  #closed(record: LegRecord, event: MediaEvent): void {
    if (record.home !== record.slot) this.#carrier.freePort(record);
    this.#end(record);
    this.#tell(event);
  }

  #released(record: LegRecord, parcel: LegParcel): void {
    const peer = this.#bridges.peerOf(record.id);
    const target = peer === undefined ? undefined : this.#legs.get(peer)?.slot;
    this.#carrier.released(record, parcel, target ?? record.slot);
  }

  /** Nothing is left to be told again; then what has waited, and who waits for it. */
  #arrived(record: LegRecord): void {
    for (const command of record.takeWaiting()) this.#tellLeg(command);
    const bridge = this.#bridges.of(record.id);
    if (bridge !== undefined) this.#join(bridge);
  }

  #end(record: LegRecord): void {
    this.#carrier.forget(record);
    this.#strike(record);
  }

  #strike(record: LegRecord): void {
    this.#removeBridgeOf(record.id);
    this.#legs.delete(record.id);
  }

  #starting(slot: WorkerSlot): void {
    for (const command of this.#prompts.values()) slot.post(command);
    for (const record of this.#legs.values()) if (record.home === slot && record.port !== 0) slot.post({ type: "port.away", port: record.port });
    this.#tracks.recover();
    this.#carrier.started();
    for (const record of this.#legs.values()) if (record.state === "opening" && record.slot === undefined) this.#openAt(record, this.#placeFor(record));
  }

  #died(slot: WorkerSlot, sockets: readonly SocketParcel[]): void {
    this.#tracks.died(slot);
    const byPort = new Map(sockets.map((socket) => [socket.local.port, socket]));
    for (const record of [...this.#legs.values()]) {
      if (record.slot === slot) this.#bereave(record, byPort);
      else if (record.home === slot && this.#net === "dgram" && record.state !== "opening") this.#unhouse(record);
    }
    for (const socket of byPort.values()) this.#options.discard(socket);
  }

  /** Its worker died. Its sockets are taken out of `byPort`. */
  #bereave(record: LegRecord, byPort: Map<number, SocketParcel>): void {
    if (record.state === "opening" && !this.#closing) return this.#openAt(record, this.#placeFor(record));
    const bridge = this.#bridges.of(record.id);
    if (bridge !== undefined) bridge.stands = false;
    const [rtp, rtcp] = [byPort.get(record.port), byPort.get(record.port + 1)];
    if (this.#closing || record.state === "closing") {
      this.#carrier.freePort(record);
      this.#end(record);
      return this.#tell({ type: "leg.closed", leg: record.id, counters: NO_COUNTERS });
    }
    const kept = rtp !== undefined && rtcp !== undefined ? { rtp, rtcp } : this.#net === "dgram" ? undefined : record.parcel;
    if (rtp !== undefined && rtcp !== undefined) for (const socket of [rtp, rtcp]) byPort.delete(socket.local.port);
    this.#carrier.revive(record, kept);
  }

  /** Its worker lives, but its socket died with another one: the leg begins anew on another port. */
  #unhouse(record: LegRecord): void {
    const bridge = this.#bridges.of(record.id);
    if (bridge !== undefined) bridge.stands = false;
    if (record.state === "closing") return;
    record.slot?.post({ type: "leg.release", leg: record.id });
    this.#carrier.revive(record, undefined);
  }

  /** A listener that throws is told of and breaks nothing. */
  #tell(event: MediaEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      this.#options.onFault?.(`media event ${event.type}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}
