// Chooses the way to real sockets.
import { DgramMediaNet } from "./dgram-media-net.js";
import type { DescriptorLedger } from "./libc/descriptor-ledger.js";
import { LibcMediaNet } from "./libc/libc-media-net.js";
import { loadLibc } from "./libc/libc.js";
import { PacketRing } from "./libc/packet-ring.js";
import type { MediaNet } from "./media-net.js";

/** `auto`: the C library's where it loads, else Node's. */
export type MediaNetChoice = "auto" | "dgram" | "libc";

export interface OpenedMediaNet {
  readonly net: MediaNet;
  readonly way: "dgram" | "libc";
  /** Why it is not the C library's, where that was wanted, or not the best of those ways. */
  readonly unavailable?: string;
}

/** Falls back to `dgram` where the C library can't be called, also for `libc`: who asked for it alone looks at `way`. */
export async function openMediaNet(choice: MediaNetChoice, ledger?: DescriptorLedger): Promise<OpenedMediaNet> {
  if (choice === "dgram") return { net: new DgramMediaNet(), way: "dgram" };
  const loaded = await loadLibc();
  if ("unavailable" in loaded) return { net: new DgramMediaNet(), way: "dgram", unavailable: loaded.unavailable };
  const ring = PacketRing.open(loaded.libc);
  const net = new LibcMediaNet(loaded.libc, { ledger, ring });
  return { net, way: "libc", ...(ring === undefined ? { unavailable: "io_uring, which spares a system call a packet: the kernel is too old or forbids it" } : {}) };
}
