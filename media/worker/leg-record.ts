// What the pool knows of a leg: where it is, and what a worker would have to be told to go on with it from nothing.
import type { Cancel } from "../../protocol/base/clock.js";
import type { LegId, MediaCommand, RecordingId } from "../engine/command.js";
import type { LegParcel } from "../engine/handover.js";
import type { WorkerSlot } from "./worker-slot.js";

export type LegCommand = Extract<MediaCommand, { readonly leg: LegId }>;
type CommandOf<Type extends LegCommand["type"]> = Extract<LegCommand, { readonly type: Type }>;

/** A leg is on its way for milliseconds, without a worker for seconds: nobody has that much to say to it meanwhile. */
const WAITING_MAX = 256;

export class LegRecord {
  readonly id: LegId;
  /** How it was asked for. */
  readonly opening: CommandOf<"leg.open">;
  /** `moving`: released by one worker, adopted by another. `reviving`: its worker or its port died. `closing`: it was told to close. */
  state: "opening" | "open" | "moving" | "reviving" | "closing" = "opening";
  /** Who has it, or is to have it; undefined where nobody lives who could. */
  slot: WorkerSlot | undefined;
  /** Whose port it uses. */
  home: WorkerSlot | undefined;
  /** RTP's; 0 before it is open. */
  port = 0;
  /** Its sockets, while no worker is known to have them. */
  parcel: LegParcel | undefined;
  /** Workers without a port for it. */
  readonly full = new Set<WorkerSlot>();
  /** How often its worker or its port died. */
  deaths = 0;
  cancelDeadline: Cancel = () => {};
  #waiting: LegCommand[] = [];
  #settings: CommandOf<"leg.media"> | undefined;
  #play: CommandOf<"play"> | undefined;
  #mask: CommandOf<"record.mask"> | undefined;
  #detectors: CommandOf<"detect"> | undefined;
  #shape: CommandOf<"shape"> | undefined;
  /** A message that is being left: it is lost with its worker. */
  message: RecordingId | undefined;
  #recording: { readonly first: RecordingId; current: RecordingId; parts: number } | undefined;

  constructor(id: LegId, opening: CommandOf<"leg.open">) {
    this.id = id;
    this.opening = opening;
  }

  /** Gives it to a worker, or to none. */
  place(slot: WorkerSlot | undefined): void {
    if (this.slot !== undefined) this.slot.legs -= 1;
    this.slot = slot;
    if (slot === undefined) return;
    slot.legs += 1;
    slot.placed += 1;
  }

  /** The track that is being written. */
  get recording(): RecordingId | undefined {
    return this.#recording?.current;
  }

  /** Remembers what must be said again; a track that goes on under another name is meant by its first one. */
  note(command: LegCommand): LegCommand {
    switch (command.type) {
      case "leg.media":
        this.#settings = command;
        break;
      case "play":
        this.#play = command;
        break;
      case "record.mask":
        this.#mask = command.on ? command : undefined;
        break;
      case "shape":
        this.#shape = command.shape === undefined ? undefined : command;
        break;
      case "detect":
        this.#detectors = command.detectors === undefined ? undefined : command;
        break;
      case "message.start":
        this.message = command.recording;
        break;
      case "record.start":
        this.#recording = { first: command.recording, current: command.recording, parts: 1 };
        break;
      case "record.stop": {
        const recording = this.#recording;
        if (recording === undefined || (command.recording !== recording.first && command.recording !== recording.current)) break;
        this.#recording = undefined;
        return { ...command, recording: recording.current };
      }
      default:
        break;
    }
    return command;
  }

  playEnded(play: string): void {
    if (this.#play?.play === play) this.#play = undefined;
  }

  /** The name of the track that follows the one that is written now. */
  nextTrack(): { readonly recording: RecordingId; readonly next: RecordingId } | undefined {
    const track = this.#recording;
    if (track === undefined) return undefined;
    const recording = track.current;
    track.parts += 1;
    track.current = `${track.first}-${track.parts}` as RecordingId;
    return { recording, next: track.current };
  }

  /** All that a worker must be told which knows nothing of it. */
  replay(): readonly MediaCommand[] {
    const again: MediaCommand[] = [];
    if (this.#settings !== undefined) again.push(this.#settings);
    if (this.#recording !== undefined) again.push({ type: "record.start", leg: this.id, recording: this.#recording.current });
    if (this.#mask !== undefined) again.push(this.#mask);
    if (this.#detectors !== undefined) again.push(this.#detectors);
    if (this.#shape !== undefined) again.push(this.#shape);
    // From its beginning: where it was is known to nobody.
    if (this.#play !== undefined) again.push(this.#play);
    return again;
  }

  /** For a leg that nobody can be told of now. False where too much waits: the oldest is left out. */
  wait(command: LegCommand): boolean {
    this.#waiting.push(command);
    if (this.#waiting.length <= WAITING_MAX) return true;
    this.#waiting.shift();
    return false;
  }

  takeWaiting(): readonly LegCommand[] {
    return this.#waiting.splice(0);
  }
}
