// The same work in C, in the same run: a small program built where there is a compiler, and ffmpeg's codecs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOURCE = "bench/codec/reference.c";

export class References {
  readonly #folder = mkdtempSync(join(tmpdir(), "ringward-bench-"));
  readonly #built: boolean;
  readonly #samples = join(this.#folder, "samples.raw");

  constructor() {
    const program = join(this.#folder, "reference");
    const build = (...more: string[]): boolean => spawnSync("cc", ["-O2", "-o", program, SOURCE, ...more]).status === 0;
    this.#built = build("-DWITH_OPUS", "-l:libopus.so.0") || build();
  }

  /** CPU µs for 20 ms in C; undefined where it can't be had. */
  c(work: { readonly codec: string; readonly direction: "encode" | "decode" }, samples: Int16Array, rounds: number): number | undefined {
    if (!this.#built) return undefined;
    const run = spawnSync(join(this.#folder, "reference"), [work.codec, work.direction, String(rounds)], { input: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), encoding: "utf8" });
    return run.status === 0 ? Number(run.stdout) : undefined;
  }

  /** CPU µs of ffmpeg for 20 ms, less what it needs to read and write the same samples as they are. */
  ffmpeg(samples: Int16Array, rateHz: number, work: { readonly input?: readonly string[]; readonly output: readonly string[] }): number | undefined {
    const seconds = samples.length / rateHz;
    const raw = ["-f", "s16le", "-ar", String(rateHz), "-ac", "1"];
    try {
      writeFileSync(this.#samples, samples);
      const coded = join(this.#folder, "coded");
      if (work.input !== undefined) execFileSync("ffmpeg", ["-v", "error", "-y", ...raw, "-i", this.#samples, ...work.input, coded]);
      const worked = work.input === undefined ? [...raw, "-i", this.#samples, ...work.output] : [...work.input.filter((word) => word !== "-c:a"), "-i", coded, ...work.output];
      const cost = (args: readonly string[]): number => cpuSeconds(spawnSync("ffmpeg", ["-benchmark", "-y", "-threads", "1", ...args, join(this.#folder, "out")], { encoding: "utf8" }).stderr);
      const spent = cost(worked) - cost([...raw, "-i", this.#samples, "-c:a", "pcm_s16le", "-f", "s16le"]);
      return readFileSync(join(this.#folder, "out")).length > 0 ? (spent * 1e6) / (seconds * 50) : undefined;
    } catch {
      return undefined; // no ffmpeg here
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function cpuSeconds(text: string): number {
  const match = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(text);
  if (match === null) throw new Error("ffmpeg told no time");
  return Number(match[1]) + Number(match[2]);
}
