// Comfort noise packets of ffmpeg's (RFC 3389), one for each 80 ms of a pause.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { NOISE_BYTES_MAX } from "../../media/codec/noise/noise-model.js";
import { findPeer } from "./peers.js";

/** Samples of a packet. */
export const NOISE_PACKET_SAMPLES = 640;
const PAYLOAD_BYTES = NOISE_BYTES_MAX;

const ffmpeg = (...words: readonly string[]): void => void execFileSync(findPeer("ffmpeg") ?? "ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...words], { stdio: "pipe" });

/** A NUT file and where in it the payloads stand. */
export interface NoiseFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly starts: readonly number[];
}

/** What ffmpeg tells of 16-bit raw sound, 8000 Hz. */
export function writeNoiseFile(rawPath: string): NoiseFile {
  const path = rawPath.replace(/\.raw$/, ".nut");
  ffmpeg("-f", "s16le", "-ar", "8000", "-ac", "1", "-i", rawPath, "-c:a", "comfortnoise", "-f", "nut", path);
  const found = execFileSync("ffprobe", ["-loglevel", "error", "-show_entries", "packet=pos", "-of", "csv=p=0", path], { encoding: "utf8" });
  return { path, bytes: readFileSync(path), starts: found.trim().split("\n").map((position) => Number.parseInt(position, 10)) };
}

export const payloadsOf = ({ bytes, starts }: NoiseFile): Uint8Array[] => starts.map((start) => Uint8Array.from(bytes.subarray(start, start + PAYLOAD_BYTES)));

/** The raw sound that ffmpeg makes of the file with `payloads` in place of its own; each as long as those. */
export function soundInFfmpeg({ path, bytes, starts }: NoiseFile, payloads: readonly Uint8Array[]): Buffer {
  const changed = Buffer.from(bytes);
  starts.forEach((start, i) => changed.set(payloads[i]!, start));
  const [nut, raw] = [path.replace(/\.nut$/, "-ours.nut"), path.replace(/\.nut$/, "-back.raw")];
  writeFileSync(nut, changed);
  ffmpeg("-i", nut, "-f", "s16le", raw);
  return readFileSync(raw);
}
