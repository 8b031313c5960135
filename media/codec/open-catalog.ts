// The codecs of this machine: our own, and Opus where its library is installed.
import type { CodecCatalog } from "./catalog.js";
import { ownCodecs } from "./catalog.js";
import { loadLibopus } from "./opus/libopus.js";
import { opusCodec } from "./opus/opus.js";

export interface OpenedCatalog {
  readonly codecs: CodecCatalog;
  /** Why Opus is not among them, in words. */
  readonly opusUnavailable?: string;
}

/** @param libopusFile the library's file; the system's unless told */
export async function openCatalog(libopusFile?: string): Promise<OpenedCatalog> {
  const loaded = await loadLibopus(libopusFile);
  if ("unavailable" in loaded) return { codecs: ownCodecs, opusUnavailable: loaded.unavailable };
  const { libopus } = loaded;
  return { codecs: (name, fmtp) => (name === "opus" ? opusCodec(libopus, fmtp) : ownCodecs(name, fmtp)) };
}
