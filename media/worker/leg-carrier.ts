// Brings legs from one worker to another: from a living one with all that they were doing, from a dead one with what is
// known of them.
import type { Clock } from "../../protocol/base/clock.js";
import type { MediaEvent } from "../engine/command.js";
import type { LegParcel } from "../engine/handover.js";
import { NO_COUNTERS } from "../engine/leg-counters.js";
import type { SocketParcel } from "../net/media-net.js";
import type { LegRecord } from "./leg-record.js";
import type { TrackBook } from "./track-book.js";
import type { Placer } from "./placement.js";
import type { WorkerSlot } from "./worker-slot.js";

export interface LegCarrierOptions {
  readonly clock: Clock;
  readonly placer: Placer;
  readonly slots: readonly WorkerSlot[];
  readonly tracks: TrackBook;
  /** Closes a socket that no worker has. */
  readonly discard: (socket: SocketParcel) => void;
  readonly tell: (event: MediaEvent) => void;
  /** A worker has it and was told all that it was told before. */
  readonly onArrived: (record: LegRecord) => void;
  /** It is over. */
  readonly onLost: (record: LegRecord) => void;
}

export interface CarrierCounters {
  readonly moved: number;
  readonly revived: number;
  readonly lost: number;
}

/** A leg that has found no worker by then is released. */
const REVIVE_MS_MAX = 5000;
/** A leg that meets more deaths may be what they die of. */
const DEATHS_MAX = 3;

export class LegCarrier {
  readonly #options: LegCarrierOptions;
  readonly #homeless = new Set<LegRecord>();
  readonly counters = { moved: 0, revived: 0, lost: 0 };

  constructor(options: LegCarrierOptions) {
    this.#options = options;
  }

  /** Its worker lets go of it; `released` follows. */
  fetch(record: LegRecord): void {
    record.state = "moving";
    record.slot?.post({ type: "leg.release", leg: record.id });
  }

  /** @param target where it is wanted; where nobody lives there, whoever lives takes it */
  released(record: LegRecord, parcel: LegParcel, target: WorkerSlot | undefined): void {
    record.parcel = parcel;
    const slot = target?.alive === true ? target : this.#options.placer.refuge(this.#options.slots);
    record.place(slot);
    if (slot === undefined) {
      record.parcel = { ...parcel, state: undefined };
      return this.#wait(record);
    }
    this.counters.moved += 1;
    const recorded = parcel.state?.recorded;
    const track = recorded === undefined ? undefined : this.#nextTrack(record, recorded.durationMs);
    slot.post({ type: "leg.adopt", leg: record.id, parcel, ...(track === undefined ? {} : { recording: track.next }) });
  }

  /** Its worker died, or its port. `sockets` outlived it, both or none. */
  revive(record: LegRecord, sockets: Pick<LegParcel, "rtp" | "rtcp"> | undefined): void {
    record.place(undefined);
    // On their way to the one that died: whoever lends them closes them.
    if (sockets === undefined) this.#discard(record);
    record.parcel = sockets === undefined ? undefined : { port: record.port, rtp: sockets.rtp, rtcp: sockets.rtcp, state: undefined };
    if (sockets === undefined) this.freePort(record);
    record.deaths += 1;
    if (record.message !== undefined) this.#options.tell({ type: "record.failed", leg: record.id, recording: record.message, reason: "worker" });
    record.message = undefined;
    if (record.deaths > DEATHS_MAX) return this.lose(record);
    this.#wait(record);
    this.#seat(record);
  }

  /** Its port drains where it belongs. */
  freePort(record: LegRecord): void {
    if (record.port !== 0) record.home?.post({ type: "port.free", port: record.port });
    record.port = 0;
  }

  /** A worker takes commands: whoever waits for one goes there. */
  started(): void {
    for (const record of [...this.#homeless]) this.#seat(record);
  }

  /** A worker has it. `begun`: from nothing, as one that died cannot tell. */
  arrived(record: LegRecord, begun: boolean): void {
    record.cancelDeadline();
    record.parcel = undefined;
    record.state = "open";
    if (begun) {
      this.counters.revived += 1;
      this.#nextTrack(record, undefined);
      for (const command of record.replay()) record.slot?.post(command);
    }
    this.#options.onArrived(record);
  }

  /** It can't go on: told as closed, with the reason. */
  lose(record: LegRecord): void {
    if (record.recording !== undefined) this.#options.tracks.abandon(record.recording, record.slot);
    this.counters.lost += 1;
    this.freePort(record);
    this.forget(record);
    this.#options.onLost(record);
    this.#options.tell({ type: "leg.closed", leg: record.id, counters: NO_COUNTERS, lost: "worker" });
  }

  /** It is over: what is held for it is let go of. */
  forget(record: LegRecord): void {
    record.cancelDeadline();
    record.place(undefined);
    this.#homeless.delete(record);
    this.#discard(record);
  }

  #discard(record: LegRecord): void {
    const { parcel } = record;
    record.parcel = undefined;
    if (parcel !== undefined) for (const socket of [parcel.rtp, parcel.rtcp]) this.#options.discard(socket);
  }

  /** Told when it begins, for that is its place in the call. */
  #nextTrack(record: LegRecord, afterMs: number | undefined): ReturnType<LegRecord["nextTrack"]> {
    const track = record.nextTrack();
    if (track === undefined) return undefined;
    this.#options.tracks.begun(track.next, record.id, record.slot);
    this.#options.tell({ type: "record.continued", leg: record.id, ...track, ...(afterMs === undefined ? {} : { afterMs }) });
    return track;
  }

  #wait(record: LegRecord): void {
    record.state = "reviving";
    record.cancelDeadline();
    record.cancelDeadline = this.#options.clock.after(REVIVE_MS_MAX, () => this.lose(record));
    this.#homeless.add(record);
  }

  #seat(record: LegRecord): void {
    const slot = this.#options.placer.refuge(this.#options.slots);
    if (slot === undefined) return;
    this.#homeless.delete(record);
    record.place(slot);
    slot.post(record.parcel === undefined ? { type: "leg.open", leg: record.id, again: true } : { type: "leg.adopt", leg: record.id, parcel: record.parcel });
  }
}
