// Tracks as files: `<dir>/<first two>/<id>.pcma` or `.pcmu`, raw and append-only, so that a crash costs the last second at
// most; beside it `<id>.json` says what it is, and once closed how long.
import { write } from "node:fs";
import { mkdir, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingId } from "../engine/command.js";
import { LAW_RATE_HZ, type LawName } from "../codec/g711.js";
import { RecordingError } from "./error.js";
import type { RecordingStore, TrackWriter } from "./recording-store.js";

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
    return new FileTrackWriter(this.#dir, recording, codec);
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

class FileTrackWriter implements TrackWriter {
  readonly #dir: string;
  readonly #recording: RecordingId;
  readonly #codec: LawName;
  #owed: Uint8Array[] = [];
  #owedBytes = 0;
  #written = 0;
  #error: RecordingError | undefined;
  #file: FileHandle | undefined;
  /** Settles when all that was handed in so far is written; never rejects. */
  #work: Promise<void>;

  constructor(dir: string, recording: RecordingId, codec: LawName) {
    this.#dir = dir;
    this.#recording = recording;
    this.#codec = codec;
    this.#work = this.#attempt(() => this.#open());
  }

  append(bytes: Uint8Array): void {
    if (this.#error !== undefined) return;
    if (this.#owedBytes + bytes.length > OWED_BYTES_MAX) {
      this.#error = new RecordingError("RECORDING_OVERRUN", "the disk is slower than the sound", { recording: this.#recording, owedBytes: this.#owedBytes });
      return;
    }
    this.#owed.push(bytes.slice());
    this.#owedBytes += bytes.length;
    if (this.#owed.length === 1) this.#work = this.#work.then(() => this.#attempt(() => this.#write()));
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#attempt(() => this.#finish());
    if (this.#error !== undefined) throw this.#error;
  }

  async #open(): Promise<void> {
    if (!ID.test(this.#recording)) throw new RecordingError("RECORDING_ID", "this id can't name a file", { recording: this.#recording });
    await mkdir(folderOf(this.#dir, this.#recording), { recursive: true });
    this.#file = await open(pathOf(this.#dir, this.#recording, EXTENSION[this.#codec]), "ax").catch((cause: unknown) => {
      if (!isCoded(cause, "EEXIST")) throw cause;
      throw new RecordingError("RECORDING_EXISTS", "this recording exists", { recording: this.#recording }, { cause });
    });
    await this.#describe({});
  }

  async #write(): Promise<void> {
    const owed = this.#owed;
    this.#owed = [];
    const bytes = owed.length === 1 ? owed[0]! : Buffer.concat(owed);
    await appendAll(this.#file!.fd, bytes);
    this.#written += bytes.length;
    this.#owedBytes -= bytes.length;
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
      this.#owed = [];
      this.#error ??= cause instanceof RecordingError ? cause : new RecordingError("RECORDING_WRITE", "the disk refused", { recording: this.#recording }, { cause });
    }
  }
}

/** Every second of every recorded leg comes by here: the bare call costs a third of what a FileHandle's does. */
function appendAll(fd: number, bytes: Uint8Array, from = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error !== null) reject(error);
      else if (from + written < bytes.length) resolve(appendAll(fd, bytes, from + written));
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
