// Which codecs a far side is offered and may choose.
import { z } from "zod";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";

const NAMES = ["PCMA", "PCMU", "G722", "G729", "L16/8000", "L16/16000", "opus"] as const satisfies readonly AudioCodecName[];

/** Best first. What this machine lacks the library for is left out, and the log says so. */
export const codecsSchema = z
  .array(z.enum(NAMES))
  .min(1)
  .max(NAMES.length)
  .refine((names) => new Set(names).size === names.length, "accepted: each codec once");

/** L16 is for machines beside each other: 256 kbit/s and more. */
export const DEFAULT_CODECS: z.output<typeof codecsSchema> = ["PCMA", "PCMU", "G722", "opus", "G729"];
