// Tracks as files: `<dir>/<first two>/<id>.pcma` or `.pcmu`, raw and append-only, so that a crash costs the last second at
// most; beside it `<id>.json` says what it is, and once closed how long.
import { constants, write } from "node:fs";
import { mkdir, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingId } from "../engine/command.js";
import { LAW_RATE_HZ, type LawName } from "../codec/g711.js";
import { RecordingError } from "./error.js";
import type { RecordingStore, TrackHandover, TrackWriter } from "./recording-store.js";

/** What a slow disk may owe one track: 8.7 minutes. */
const OWED_BYTES_MAX = 4 << 20;
const EXTENSION: Readonly<Record<LawName, string>> = { PCMA: "pcma", PCMU: "pcmu" };
const CODECS: readonly LawName[] = ["PCMA", "PCMU"];
/** Nothing that could leave the folder. */
const ID = /^[A-Za-z0-9_-]{2,128}$/;

export class FileRecordingStore implements RecordingStore {
  readonly #dir: string;

  /** @param dir is made where it doesn't exist. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  create(recording: RecordingId, codec: LawName): TrackWriter {
    return new FileTrackWriter(this.#dir, { recording, codec });
  }

  goOn(recording: RecordingId, codec: LawName, from: TrackHandover): TrackWriter {
    return new FileTrackWriter(this.#dir, { recording, codec, from });
  }

  async read(recording: RecordingId): Promise<{ readonly codec: LawName; readonly bytes: Uint8Array } | undefined> {
    if (!ID.test(recording)) return undefined;
    for (const codec of CODECS) {
      const bytes = await readFile(pathOf(this.#dir, recording, EXTENSION[codec])).catch(absent);
      if (bytes !== undefined) return { codec, bytes };
    }
    return undefined;
  }
}

interface Owed {
  readonly bytes: Uint8Array;
  readonly written: () => void;
}

const NOTHING = new Uint8Array(0);

class FileTrackWriter implements TrackWriter {
  readonly #dir: string;
  readonly #recording: RecordingId;
  readonly #codec: LawName;
  readonly #goesOn: boolean;
  #owed: Owed[] = [];
  /** Taken out of it, but not surely written yet. */
  #writing: Uint8Array = NOTHING;
  #owedBytes = 0;
  #written = 0;
  #handedOver = false;
  #error: RecordingError | undefined;
  #file: FileHandle | undefined;
  /** Settles when all that was handed in so far is written; never rejects. */
  #work: Promise<void>;

  /** @param track with `from`, one that another writer began */
  constructor(dir: string, { recording, codec, from }: { readonly recording: RecordingId; readonly codec: LawName; readonly from?: TrackHandover }) {
    this.#dir = dir;
    this.#recording = recording;
    this.#codec = codec;
    this.#goesOn = from !== undefined;
    this.#written = from?.written ?? 0;
    this.#work = this.#attempt(() => this.#open());
    if (from !== undefined && from.owed.length > 0) this.append(from.owed, () => {});
  }

  append(bytes: Uint8Array, written: () => void): void {
    if (this.#error === undefined && this.#owedBytes + bytes.length > OWED_BYTES_MAX) this.#error = new RecordingError("RECORDING_OVERRUN", "the disk is slower than the sound", { recording: this.#recording, owedBytes: this.#owedBytes });
    if (this.#error !== undefined) return written();
    // What a slow disk owes is not the track's memory.
    if (this.#owedBytes === 0) this.#owed.push({ bytes, written });
    else {
      this.#owed.push({ bytes: bytes.slice(), written: () => {} });
      written();
    }
    this.#owedBytes += bytes.length;
    if (this.#owed.length === 1) this.#work = this.#work.then(() => this.#attempt(() => this.#write()));
  }

  handOver(): TrackHandover {
    const owed = new Uint8Array(this.#owedBytes);
    let at = 0;
    for (const bytes of [this.#writing, ...this.#owed.map((piece) => piece.bytes)]) {
      owed.set(bytes, at);
      at += bytes.length;
    }
    this.#handedOver = true;
    this.#forgive();
    void this.#work.then(() => this.#attempt(async () => this.#file?.close()));
    return { written: this.#written, owed };
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#attempt(() => this.#finish());
    if (this.#error !== undefined) throw this.#error;
  }

  async #open(): Promise<void> {
    if (!ID.test(this.#recording)) throw new RecordingError("RECORDING_ID", "this id can't name a file", { recording: this.#recording });
    await mkdir(folderOf(this.#dir, this.#recording), { recursive: true });
    this.#file = await open(pathOf(this.#dir, this.#recording, EXTENSION[this.#codec]), this.#goesOn ? constants.O_WRONLY | constants.O_CREAT : "wx").catch((cause: unknown) => {
      if (!isCoded(cause, "EEXIST")) throw cause;
      throw new RecordingError("RECORDING_EXISTS", "this recording exists", { recording: this.#recording }, { cause });
    });
    if (!this.#goesOn && !this.#handedOver) await this.#describe({});
  }

  async #write(): Promise<void> {
    const owed = this.#owed;
    if (owed.length === 0) return;
    this.#owed = [];
    const bytes = owed.length === 1 ? owed[0]!.bytes : Buffer.concat(owed.map((piece) => piece.bytes));
    this.#writing = bytes;
    try {
      await writeAll(this.#file!.fd, bytes, { at: this.#written, from: 0 });
    } finally {
      for (const { written } of owed) written();
    }
    this.#writing = NOTHING;
    this.#written += bytes.length;
    this.#owedBytes -= bytes.length;
  }

  /** What is owed will not be written here. */
  #forgive(): void {
    const owed = this.#owed;
    this.#owed = [];
    for (const { written } of owed) written();
  }

  async #finish(): Promise<void> {
    await this.#file?.sync();
    if (this.#error === undefined) await this.#describe({ bytes: this.#written });
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Written aside and moved into place, so that it is never half there. */
  async #describe(more: { readonly bytes?: number }): Promise<void> {
    const path = pathOf(this.#dir, this.#recording, "json");
    const file = await open(`${path}.new`, "w");
    try {
      await file.writeFile(`${JSON.stringify({ recording: this.#recording, codec: this.#codec, rateHz: LAW_RATE_HZ, ...more })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  /** The first failure is kept for `close`; what comes after it is left. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    if (this.#error !== undefined && this.#file === undefined) return;
    try {
      await step();
    } catch (cause) {
      this.#forgive();
      this.#error ??= cause instanceof RecordingError ? cause : new RecordingError("RECORDING_WRITE", "the disk refused", { recording: this.#recording }, { cause });
    }
  }
}

/**
 * Writes `bytes` from `from` on, its first one at `at` of the file: whoever goes on with a track writes the same bytes to the
 * same place, whichever of the two comes first. Every second of every recorded leg comes by here: the bare call costs a third of
 * what a FileHandle's does.
 */
function writeAll(fd: number, bytes: Uint8Array, { at, from }: { readonly at: number; readonly from: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, bytes.length - from, at + from, (error, written) => {
      if (error !== null) reject(error);
      else if (from + written < bytes.length) resolve(writeAll(fd, bytes, { at, from: from + written }));
      else resolve();
    });
  });
}

const folderOf = (dir: string, recording: RecordingId): string => join(dir, recording.slice(0, 2));
const pathOf = (dir: string, recording: RecordingId, extension: string): string => join(folderOf(dir, recording), `${recording}.${extension}`);

const isCoded = (error: unknown, code: string): boolean => error instanceof Error && "code" in error && error.code === code;

function absent(error: unknown): undefined {
  if (isCoded(error, "ENOENT")) return undefined;
  throw error;
}
