// What it costs that a socket of Node's stays in its thread when its leg moves: each packet crosses a message channel, both
// ways. CPU of the process for a packet received and sent back by another thread; the one that asks is in it both times.
import { Worker } from "node:worker_threads";
import { DgramMediaNet } from "../../media/net/dgram-media-net.js";
import type { MediaSocket } from "../../media/net/media-net.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { BenchRow } from "../measure.js";

const PACKETS = 20_000;
/** Under way at a time, as of many legs. */
const WINDOW = 32;
const PACKET_BYTES = 172;
const ROUNDS = 3;

async function echoThread(lent: boolean): Promise<{ readonly at: Endpoint; readonly close: () => Promise<number> }> {
  const worker = new Worker(new URL("./echo-thread.js", import.meta.url));
  const parcel = lent ? (await new DgramMediaNet().bind({ address: "127.0.0.1", port: 0 }, () => {})).handOver() : undefined;
  const at = new Promise<Endpoint>((resolve) => worker.once("message", resolve));
  if (parcel === undefined) worker.postMessage("own");
  else worker.postMessage(parcel, parcel.way === "dgram" ? [parcel.channel] : []);
  return { at: await at, close: () => worker.terminate() };
}

/** CPU microseconds of the process for each packet there and back. */
async function round(lent: boolean): Promise<number> {
  const thread = await echoThread(lent);
  const packet = new Uint8Array(PACKET_BYTES);
  const slot: { socket?: MediaSocket } = {};
  let [sent, returned] = [0, 0];
  const used = await new Promise<NodeJS.CpuUsage>((resolve) => {
    let start = process.cpuUsage();
    const send = (): void => {
      sent += 1;
      slot.socket!.send(packet, packet.length, thread.at);
    };
    void new DgramMediaNet()
      .bind({ address: "127.0.0.1", port: 0 }, () => {
        returned += 1;
        if (returned === PACKETS) resolve(process.cpuUsage(start));
        else if (sent < PACKETS) send();
      })
      .then((socket) => {
        slot.socket = socket;
        start = process.cpuUsage();
        for (let i = 0; i < WINDOW; i++) send();
      });
  });
  slot.socket!.close();
  await thread.close();
  return (used.user + used.system) / PACKETS;
}

export async function run(): Promise<BenchRow[]> {
  const [own, lent]: number[][] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    own!.push(await round(false));
    lent!.push(await round(true));
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return [{ name: "a packet to another thread and back", ours: median(lent!), reference: { name: "on the thread's own socket", value: median(own!) }, unit: "µs CPU" }];
}
