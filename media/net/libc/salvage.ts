// The sockets of a worker that died: the kernel knows where they are bound.
import type { SocketParcel } from "../media-net.js";
import type { DescriptorLedger } from "./descriptor-ledger.js";
import type { Libc } from "./libc.js";
import { readSockaddr, SOCKADDR_BYTES_MAX } from "./sockaddr.js";

/** What was bound is the caller's now; all else, its epoll for one, is closed. */
export function salvageSockets(libc: Libc, ledger: DescriptorLedger): readonly SocketParcel[] {
  const salvaged: SocketParcel[] = [];
  const address = new Uint8Array(SOCKADDR_BYTES_MAX);
  for (const descriptor of ledger.descriptors) {
    const length = Uint32Array.of(SOCKADDR_BYTES_MAX);
    const local = libc.getsockname(descriptor, address, length) < 0 ? undefined : readSockaddr(address);
    if (local === undefined || local.port === 0) libc.close(descriptor);
    else salvaged.push({ way: "libc", local, descriptor });
  }
  return salvaged;
}

/** Closes a socket that no worker has. */
export function discardSocket(libc: Libc | undefined, parcel: SocketParcel): void {
  if (parcel.way === "libc") libc?.close(parcel.descriptor);
  else if (parcel.way === "dgram") parcel.channel.close();
}
