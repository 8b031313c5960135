// What was read once is not read again: a WAV a text and voice in a folder, the least lately used ones thrown away.
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface SoundCacheOptions {
  /** Made where it is not there; only its files `<key>.wav` are touched. */
  readonly folder: string;
  readonly bytesMax: number;
  readonly utcMs: () => number;
}

const FILE = /^[0-9a-f]{64}\.wav$/;

/** Keys are 64 hex digits that say nothing of the text (a keyed hash). One process has the folder. */
export class SoundCache {
  readonly #options: SoundCacheOptions;
  /** The least lately used first. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #writes = 0;

  private constructor(options: SoundCacheOptions) {
    this.#options = options;
  }

  static async open(options: SoundCacheOptions): Promise<SoundCache> {
    const cache = new SoundCache(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const found: { key: string; size: number; usedMs: number }[] = [];
    for (const name of await readdir(options.folder)) {
      const path = join(options.folder, name);
      // What a killed process left half written.
      if (name.endsWith(".part")) await rm(path, { force: true });
      if (!FILE.test(name)) continue;
      const { size, mtimeMs } = await stat(path);
      found.push({ key: name.slice(0, 64), size, usedMs: mtimeMs });
    }
    for (const { key, size } of found.sort((a, b) => a.usedMs - b.usedMs)) cache.#note(key, size);
    await cache.#evict();
    return cache;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const size = this.#sizes.get(key);
    if (size === undefined) return undefined;
    const bytes = await readFile(this.#path(key)).catch(() => undefined);
    if (bytes === undefined) {
      this.#forget(key);
      return undefined;
    }
    this.#forget(key);
    this.#note(key, size);
    const nowS = this.#options.utcMs() / 1000;
    await utimes(this.#path(key), nowS, nowS).catch(() => undefined);
    return bytes;
  }

  /** Kept where it fits; a disk that is full or gone keeps nothing, and is no reason to be silent. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#options.bytesMax) return;
    const part = join(this.#options.folder, `${key}.${(this.#writes += 1)}.part`);
    try {
      await writeFile(part, bytes, { mode: 0o600 });
      await rename(part, this.#path(key));
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw error;
    }
    this.#forget(key);
    this.#note(key, bytes.length);
    await this.#evict();
  }

  #path(key: string): string {
    return join(this.#options.folder, `${key}.wav`);
  }

  #note(key: string, size: number): void {
    this.#sizes.set(key, size);
    this.#bytes += size;
  }

  #forget(key: string): void {
    this.#bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
  }

  async #evict(): Promise<void> {
    for (const key of this.#sizes.keys()) {
      if (this.#bytes <= this.#options.bytesMax) return;
      this.#forget(key);
      await rm(this.#path(key), { force: true });
    }
  }
}
