// Rooms that people call from when nobody speaks: their machines, voices and street, not coloured noise alone.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { speechFiles } from "./g729/speech.js";
import { findPeer } from "./peers.js";

const RATE_HZ = 8000;
const RAW = ["-t", "raw", "-r", String(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed"];

export const ROOMS = ["ventilation", "waiting room", "computers", "street"] as const;
export type RoomName = (typeof ROOMS)[number];

const sox = (words: readonly string[]): void => void execFileSync(findPeer("sox") ?? "sox", ["-R", ...words], { stdio: "pipe" });

/** The effect that makes the loudest sample so many dBFS. */
const at = (peakDb: number): readonly string[] => ["gain", "-n", String(peakDb)];

/** Several people at once, far off, each with another part of what Debian's prompts say. */
function murmur(folder: string, out: string, seconds: number): void {
  const voices = (["en", "fr", "ru"] as const).flatMap((language, i) =>
    [0, 1, 2, 3].map((part) => {
      const voice = join(folder, `voice-${i}-${part}.raw`);
      sox([...speechFiles(language).slice(30 * part, 30 * part + 30), ...RAW, voice, "silence", "1", "0.02", "1%", "-1", "0.05", "1%", "trim", "0", String(seconds), "pad", "0", String(seconds), "trim", "0", String(seconds)]);
      return voice;
    }),
  );
  sox(["-m", ...voices.flatMap((voice) => [...RAW, voice]), ...RAW, out, "reverb", "80", "100", "100", "lowpass", "1800", ...at(-36)]);
}

/**
 * So many seconds of a room as 16-bit raw sound, 8000 Hz, the same each time.
 * @param folder for what lies between
 */
export function makeRoom(folder: string, room: RoomName, seconds: number): string {
  const [base, over, out] = [join(folder, "base.raw"), join(folder, "over.raw"), join(folder, `${room.replace(" ", "-")}.raw`)];
  const synth = (path: string, ...words: readonly string[]): void => sox(["-n", ...RAW, path, "synth", String(seconds), ...words]);
  switch (room) {
    case "ventilation":
      synth(base, "brownnoise", "highpass", "80", ...at(-36));
      // The mains in its motor.
      synth(over, "sine", "100", "synth", "sine", "mix", "200", ...at(-52));
      break;
    case "waiting room":
      murmur(folder, base, seconds);
      synth(over, "pinknoise", ...at(-48));
      break;
    case "computers":
      synth(base, "whitenoise", "bandpass", "900", "1200", ...at(-38));
      synth(over, "sine", "240", ...at(-58));
      break;
    case "street":
      synth(base, "brownnoise", "highpass", "60", "tremolo", "0.2", "30", ...at(-34));
      synth(over, "whitenoise", "lowpass", "2500", ...at(-56));
      break;
    default:
      room satisfies never;
  }
  sox(["-m", ...RAW, "-v", "1", base, ...RAW, "-v", "1", over, ...RAW, out]);
  return out;
}
