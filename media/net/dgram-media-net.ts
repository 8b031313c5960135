// Node's own UDP sockets, on every platform.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { threadId } from "node:worker_threads";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { BorrowedSocket, LentSocket } from "./lent-socket.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "./media-net.js";

/** An Ethernet frame's worth. */
const PACKET_BYTES_MAX = 1500;
/** Packets that the system may hold back at once before more are dropped. */
const PACKETS_HELD_MAX = 512;

interface Packet {
  readonly bytes: Uint8Array;
  readonly sent: () => void;
}

/**
 * `dgram` keeps a buffer until the system has taken the packet, so each goes out of a copy that returns to the pool by
 * its callback. Packets that the pool has no room for, or that the system refuses, are lost and counted in `dropped`.
 * A socket that is handed over stays in its thread and serves as the other one's post box.
 */
export class DgramMediaNet implements MediaNet {
  readonly #idle: Packet[] = [];
  /** Sockets that serve another thread, and how each comes back. */
  readonly #lent = new Map<number, LentSocket["takeBack"]>();
  #lendings = 0;
  #made = 0;
  #dropped = 0;

  /** Packets that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({
        type: isIPv6(local.address) ? "udp6" : "udp4",
        // Addresses are numeric: without this each packet would wait a turn of the event loop for a name look-up.
        lookup: (address, _options, done) => done(null, address, isIPv6(address) ? 6 : 4),
      });
      socket.once("error", (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address: local.address, port: local.port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        // ICMP's "port unreachable" and the like: the far side's silence is noticed elsewhere.
        socket.on("error", () => {
          this.#dropped += 1;
        });
        resolve(this.#wrap(socket, receive));
      });
    });
  }

  adopt(parcel: SocketParcel, receive: MediaReceiver): MediaSocket {
    if (parcel.way !== "dgram") throw new Error(`a socket of ${parcel.way} is none of Node's`);
    const lent = parcel.home === threadId ? this.#lent.get(parcel.lent) : undefined;
    if (lent === undefined) return new BorrowedSocket(parcel, receive);
    this.#lent.delete(parcel.lent);
    return lent(parcel.channel, receive);
  }

  #wrap(socket: Socket, receive: MediaReceiver): MediaSocket {
    const { address, port } = socket.address();
    let receiver = receive;
    socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => receiver(bytes, bytes.length, from));
    let open = true;
    const wrapped: MediaSocket = {
      local: { address, port },
      send: (bytes, length, to) => {
        const packet = open && length <= PACKET_BYTES_MAX ? this.#packet() : undefined;
        if (packet === undefined) {
          this.#dropped += 1;
          return;
        }
        for (let i = 0; i < length; i++) packet.bytes[i] = bytes[i]!;
        try {
          socket.send(packet.bytes, 0, length, to.port, to.address, packet.sent);
        } catch (error) {
          // An address or port that SDP may carry but no socket takes (port 0).
          if (!(error instanceof Error)) throw error;
          this.#dropped += 1;
          packet.sent();
        }
      },
      close: () => {
        if (!open) return;
        open = false;
        socket.close();
      },
      handOver: () => {
        const id = (this.#lendings += 1);
        const lent = new LentSocket(wrapped, () => this.#lent.delete(id));
        receiver = lent.carry;
        this.#lent.set(id, (channel, next) => {
          receiver = next;
          return lent.takeBack(channel, next);
        });
        return { way: "dgram", local: wrapped.local, home: threadId, lent: id, channel: lent.channel };
      },
    };
    return wrapped;
  }

  #packet(): Packet | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#made >= PACKETS_HELD_MAX) return idle;
    this.#made += 1;
    const packet: Packet = { bytes: new Uint8Array(PACKET_BYTES_MAX), sent: () => void this.#idle.push(packet) };
    return packet;
  }
}
