// Node's own UDP sockets, on every platform.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { MediaNet, MediaReceiver, MediaSocket } from "./media-net.js";

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
 */
export class DgramMediaNet implements MediaNet {
  readonly #idle: Packet[] = [];
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
        socket.on("message", (bytes: Uint8Array, from: RemoteInfo) => receive(bytes, bytes.length, from));
        resolve(this.#wrap(socket));
      });
    });
  }

  #wrap(socket: Socket): MediaSocket {
    const { address, port } = socket.address();
    let open = true;
    return {
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
    };
  }

  #packet(): Packet | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#made >= PACKETS_HELD_MAX) return idle;
    this.#made += 1;
    const packet: Packet = { bytes: new Uint8Array(PACKET_BYTES_MAX), sent: () => void this.#idle.push(packet) };
    return packet;
  }
}
