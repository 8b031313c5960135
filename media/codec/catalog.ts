// The codecs that the program has, by name.
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import type { Codec } from "./codec.js";
import { G711 } from "./g711.js";
import { G722 } from "./g722/g722.js";
import { g729 } from "./g729/g729.js";
import { l16 } from "./l16.js";

/** `fmtp` is the far side's, "" where it gave none. Undefined where this machine lacks the codec. */
export type CodecCatalog = (name: AudioCodecName, fmtp: string) => Codec | undefined;

const OWN: { readonly [N in AudioCodecName]?: Codec } = { ...G711, G722, G729: g729(""), "L16/8000": l16(8000), "L16/16000": l16(16_000) };

export const OWN_CODECS = Object.keys(OWN) as readonly AudioCodecName[];

/** Those that need nothing but this program. */
export const ownCodecs: CodecCatalog = (name, fmtp) => (name === "G729" && fmtp !== "" ? g729(fmtp) : OWN[name]);
