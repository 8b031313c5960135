// SIP over UDP through Node's dgram.
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { Transport, TransportFactory } from "../../../protocol/base/transport.js";

/** Room for a burst of datagrams while the main thread works. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export class UdpTransportFactory implements TransportFactory {
  /** Port 0 takes any free one. Rejects with the system's error (EADDRINUSE, EADDRNOTAVAIL, EACCES). */
  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({ type: isIPv6(local.address) ? "udp6" : "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
      socket.once("error", reject);
      socket.on("message", (bytes, { address, port }) => receive(bytes, { address, port }));
      socket.bind(local.port, local.address, () => {
        socket.off("error", reject);
        // An ICMP error about some earlier datagram: that datagram is lost, nothing else.
        socket.on("error", () => undefined);
        resolve(wrap(socket));
      });
    });
  }
}

function wrap(socket: Socket): Transport {
  const { address, port } = socket.address();
  let open = true;
  return {
    protocol: "UDP",
    local: { address, port },
    send(bytes, to) {
      // Without a callback, dgram raises what the network refuses as "error", which is heard above; bad addresses throw.
      if (open && to.port > 0 && to.port < 65536) socket.send(bytes, to.port, to.address, () => undefined);
    },
    close() {
      if (open) socket.close();
      open = false;
    },
  };
}
