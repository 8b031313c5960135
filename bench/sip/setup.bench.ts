// Whole calls through the signalling plane: INVITE, 100, 180, 200, ACK, BYE, 200, with digest-free doors and no media.
// A B2BUA call has two legs, one in and one out; beside it two plain calls, which are the same number of messages
// without anything in between. Delivery is a queue in memory, time is simulated: only our own CPU is measured.
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { Transport, TransportFactory } from "../../protocol/base/transport.js";
import type { IncomingSession, OutgoingSession, SessionEvents } from "../../core/signaling/session.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import type { BenchRow } from "../measure.js";

const CARRIER: Endpoint = { address: "10.0.0.2", port: 5060 };
const SERVER: Endpoint = { address: "10.0.0.1", port: 5060 };
const PHONE: Endpoint = { address: "10.0.0.3", port: 5060 };
const SDP = "v=0\r\no=- 3976 3976 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n";

const ROUNDS = 7;
const CALLS_PER_ROUND = 500;
/** Simulated time between calls: 100 a second, so that thousands of transactions stand in their last state as in service. */
const CALL_EVERY_MS = 10;

/** Delivers in order, at once, when `drain` runs; counts the time spent in the server's receiver and in all receivers. */
class QueueNetwork implements TransportFactory {
  readonly #bound = new Map<string, (bytes: Uint8Array, from: Endpoint) => void>();
  readonly #queue: { bytes: Uint8Array; from: Endpoint; to: string }[] = [];
  serverNs = 0n;
  allNs = 0n;

  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    this.#bound.set(formatEndpoint(local), receive);
    return Promise.resolve({ protocol: "UDP", local, send: (bytes, to) => void this.#queue.push({ bytes, from: local, to: formatEndpoint(to) }), close: () => undefined });
  }

  drain(): void {
    const server = formatEndpoint(SERVER);
    for (let i = 0; i < this.#queue.length; i++) {
      const { bytes, from, to } = this.#queue[i]!;
      const receive = this.#bound.get(to)!;
      const start = process.hrtime.bigint();
      receive(bytes, from);
      const tookNs = process.hrtime.bigint() - start;
      this.allNs += tookNs;
      if (to === server) this.serverNs += tookNs;
    }
    this.#queue.length = 0;
  }
}

const silent: SessionEvents = { onProgress: () => undefined, onAnswered: () => undefined, onConfirmed: () => undefined, onOffer: () => SDP, onEnded: () => undefined };

class Rig {
  readonly clock = new SimClock();
  readonly network = new QueueNetwork();
  readonly carrier = this.#stack(CARRIER);
  readonly server = this.#stack(SERVER);
  readonly phone = this.#stack(PHONE);
  answered = 0;
  ended = 0;

  async start(): Promise<void> {
    for (const stack of [this.carrier, this.server, this.phone]) await stack.start();
    this.phone.onIncoming((session) => {
      session.listen({ ...silent, onEnded: () => void this.ended++ });
      session.ring();
      session.answer(SDP);
    });
    this.server.onIncoming((session) => this.#bridge(session));
  }

  /** One call from the carrier to `to`, answered and hung up by the caller. */
  call(to: Endpoint): void {
    const session: OutgoingSession = this.carrier.invite({ uri: `sip:1001@${formatEndpoint(to)}`, to, from: { number: "13800000001" }, offer: SDP, callId: "bench" });
    session.listen({
      ...silent,
      onAnswered: () => {
        this.answered++;
        session.hangup();
      },
    });
    this.network.drain();
    this.clock.advanceMs(CALL_EVERY_MS);
    this.network.drain();
  }

  #bridge(incoming: IncomingSession): void {
    const outgoing = this.server.invite({ uri: `sip:1001@${formatEndpoint(PHONE)}`, to: PHONE, from: incoming.remote, offer: incoming.offer!, callId: incoming.callId });
    incoming.listen({ ...silent, onEnded: () => outgoing.hangup() });
    outgoing.listen({ ...silent, onProgress: () => incoming.ring(), onAnswered: (sdp) => incoming.answer(sdp), onEnded: () => incoming.hangup() });
  }

  #stack(local: Endpoint): SipSignaling {
    return new SipSignaling({
      clock: this.clock,
      random: new SimRandom(local.port),
      network: this.network,
      local,
      door: { admit: () => ({ kind: "accept", origin: { kind: "trunk", name: "bench" } }) },
      registrar: { register: () => ({ status: 403, headers: [] }) },
      onFault: (error) => {
        throw error;
      },
    });
  }
}

/** CPU microseconds of `calls` runs of `once`. */
function cpuUs(calls: number, once: () => void): number {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) once();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / calls;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export async function run(): Promise<BenchRow[]> {
  const rig = new Rig();
  await rig.start();
  const bridged: number[] = [];
  const plain: number[] = [];
  const share: number[] = [];
  let calls = 0;
  for (let round = 0; round < ROUNDS; round++) {
    rig.network.serverNs = rig.network.allNs = 0n;
    const us = cpuUs(CALLS_PER_ROUND, () => rig.call(SERVER));
    bridged.push(us);
    // CPU time by the share of wall time: on a busy machine both are stretched alike, and only their ratio is used.
    share.push((us * Number(rig.network.serverNs)) / Number(rig.network.allNs));
    plain.push(
      cpuUs(CALLS_PER_ROUND, () => {
        rig.call(PHONE);
        rig.call(PHONE);
      }),
    );
    calls += CALLS_PER_ROUND * 3;
  }
  if (rig.answered !== calls || rig.ended !== calls) throw new Error(`${calls} calls, ${rig.answered} answered, ${rig.ended} ended`);
  return [
    { name: "B2BUA call, caller and phone included", ours: median(bridged), unit: "µs CPU" },
    { name: "two plain calls, the same messages", ours: median(plain), unit: "µs CPU" },
    { name: "B2BUA call, the server alone", ours: median(share), unit: "µs CPU" },
    { name: "B2BUA set-ups (and releases), the server alone", ours: 1_000_000 / median(share), unit: "per CPU-second" },
  ];
}
