// libbcg729, compiled into a small program in a folder of the test's own.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../../../test/interop/g729/peer.c", import.meta.url));
const HEADER = "/usr/include/bcg729/decoder.h";
const OUTPUT_BYTES_MAX = 1 << 28;

/** The reason to give to tap's `skip` where the library's headers lack. */
export function missingLibrary(): string | false {
  if (existsSync(HEADER)) return false;
  if (process.env["CI"] === "true") throw new Error("not installed: libbcg729-dev (npm run peers)");
  return "not installed: libbcg729-dev (npm run peers)";
}

export class Bcg729 {
  readonly #program: string;

  constructor(folder: string) {
    this.#program = join(folder, "bcg729");
    execFileSync("cc", ["-O2", "-o", this.#program, SOURCE, "-lbcg729"], { stdio: "pipe" });
  }

  /** Samples to records: each a byte of length and so many bytes. */
  encode(samples: Buffer, dtx = false): Buffer {
    return this.#run(dtx ? "encode-dtx" : "encode", samples);
  }

  /** Records to samples; one of length 0 is a frame that did not come. */
  decode(records: Buffer): Buffer {
    return this.#run("decode", records);
  }

  #run(mode: string, input: Buffer): Buffer {
    return execFileSync(this.#program, [mode], { input, maxBuffer: OUTPUT_BYTES_MAX });
  }
}
