// Sends every packet back to where it came from, in a thread of its own: on a socket that it opened, or on one that is lent to it.
import { parentPort } from "node:worker_threads";
import { DgramMediaNet } from "../../media/net/dgram-media-net.js";
import type { MediaReceiver, MediaSocket, SocketParcel } from "../../media/net/media-net.js";

const net = new DgramMediaNet();
const slot: { socket?: MediaSocket } = {};
const echo: MediaReceiver = (bytes, length, from) => slot.socket?.send(bytes, length, from);

parentPort!.on("message", (parcel: SocketParcel | "own") => {
  if (parcel === "own") {
    void net.bind({ address: "127.0.0.1", port: 0 }, echo).then((socket) => {
      slot.socket = socket;
      parentPort!.postMessage(socket.local);
    });
    return;
  }
  slot.socket = net.adopt(parcel, echo);
  parentPort!.postMessage(parcel.local);
});
