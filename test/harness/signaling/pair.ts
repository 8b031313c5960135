// Two signalling planes in one process on the simulated network: `carrier` calls, `server` answers, or the reverse.
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { parseMessage } from "../../../protocol/sip/message/parse.js";
import type { SipMessage } from "../../../protocol/sip/message/message.js";
import type { Admission, Door, RegisterHandler } from "../../../core/signaling/door.js";
import type { IncomingSession, OutgoingSession, SessionEnd, SessionEvents } from "../../../core/signaling/session.js";
import { signalingStateSchema, type SignalingState } from "../../../core/signaling/session-state.js";
import { SipSignaling, type SipSignalingOptions } from "../../../core/signaling/sip-signaling.js";
import { SimNetwork, type SimNetworkOptions, type SimPacket } from "../sim-network.js";
import { SimStreams } from "../sim-streams.js";

export const SERVER: Endpoint = { address: "10.0.0.1", port: 5060 };
export const CARRIER: Endpoint = { address: "10.0.0.2", port: 5060 };
/** A host without a stack: tests send what they like from here. */
export const STRANGER: Endpoint = { address: "10.0.0.9", port: 5070 };

/** What a session's listener was told, in order: `progress 180`, `answered <sdp>`, `confirmed`, `offer <sdp>`, `ended remote bye`. */
export class Heard implements SessionEvents {
  readonly log: string[] = [];
  end: SessionEnd | undefined;
  onOfferReturn: ReturnType<SessionEvents["onOffer"]> = "re-answer";
  onProgress(status: number, sdp: string | undefined): void {
    this.log.push(sdp === undefined ? `progress ${status}` : `progress ${status} ${sdp}`);
  }
  onAnswered(sdp: string): void {
    this.log.push(`answered ${sdp}`);
  }
  onConfirmed(sdp: string | undefined): void {
    this.log.push(sdp === undefined ? "confirmed" : `confirmed ${sdp}`);
  }
  onOffer(offer: string | undefined): ReturnType<SessionEvents["onOffer"]> {
    this.log.push(`offer ${offer ?? "none"}`);
    return this.onOfferReturn;
  }
  onKey: NonNullable<SessionEvents["onKey"]> = () => undefined;
  onRefer: NonNullable<SessionEvents["onRefer"]> = () => 603;
  onEnded(end: SessionEnd): void {
    this.end = end;
    this.log.push(`ended ${end.by} ${end.cause}${end.status === undefined ? "" : ` ${end.status}`}`);
  }
}

const accept: Door = { admit: (): Admission => ({ kind: "accept", origin: { kind: "trunk", name: "carrier" } }) };
const noRegistrar: RegisterHandler = { register: () => ({ status: 200, headers: [] }) };

export type PairOptions = Omit<SimNetworkOptions, "clock" | "random"> & { readonly seed?: number; /** TCP too; UDP alone unless told. */ readonly tcp?: boolean; readonly server?: Partial<SipSignalingOptions>; readonly carrier?: Partial<SipSignalingOptions> };

export class Pair {
  readonly clock = new SimClock();
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly streams: SimStreams;
  server: SipSignaling;
  readonly carrier: SipSignaling;
  readonly faults: unknown[] = [];
  /** Start lines on the wire with who sent them: `carrier INVITE`, `server 200 INVITE`. */
  readonly ladder: string[] = [];
  /** The server's newest incoming session and what it heard. */
  incoming: IncomingSession | undefined;
  /** The call that a restarted server made before. */
  outgoing: OutgoingSession | undefined;
  readonly served = new Heard();

  readonly #createServer: () => SipSignaling;

  private constructor(options: PairOptions) {
    this.random = new SimRandom(options.seed ?? 1);
    this.network = new SimNetwork({ ...options, clock: this.clock, random: this.random });
    this.network.onPacket = (packet) => this.ladder.push(describe(packet));
    this.streams = new SimStreams(this.network, this.clock, (bytes, from) => this.ladder.push(`tcp ${describe({ bytes, from })}`));
    const shared = { clock: this.clock, random: this.random, network: options.tcp === true ? this.streams : this.network, door: accept, registrar: noRegistrar, onFault: (error: unknown) => void this.faults.push(error) };
    this.#createServer = () => {
      const server = new SipSignaling({ ...shared, local: SERVER, ...options.server });
      server.onIncoming((session) => {
        this.incoming = session;
        session.listen(this.served);
      });
      return server;
    };
    this.server = this.#createServer();
    this.carrier = new SipSignaling({ ...shared, local: CARRIER, ...options.carrier });
  }

  /** Another process takes the server's place, `downMs` later, and goes on from what was written down. */
  async restartServer(downMs: number): Promise<SignalingState> {
    const state = signalingStateSchema.parse(JSON.parse(JSON.stringify(this.server.suspend())));
    this.clock.advanceMs(downMs);
    this.server = this.#createServer();
    await this.server.start({ state, elapsedMs: downMs });
    for (const { callId, localTag } of state.sessions) {
      const session = this.server.session(callId, localTag)!;
      session.listen(this.served);
      if (session.direction === "incoming") this.incoming = session;
      else this.outgoing = session;
    }
    return state;
  }

  static async create(options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(options);
    await pair.server.start();
    await pair.carrier.start();
    return pair;
  }

  /** The carrier calls 95001. */
  call(heard: Heard = new Heard(), { to = SERVER, offer = "offer-sdp" }: { readonly to?: Endpoint; readonly offer?: string } = {}): { session: OutgoingSession; heard: Heard } {
    const transport = to.protocol === undefined ? "" : ";transport=tcp";
    const session = this.carrier.invite({ uri: `sip:95001@10.0.0.1:5060${transport}`, to, from: { number: "13800000001" }, offer, callId: "c1" });
    session.listen(heard);
    return { session, heard };
  }

  /** A call that both sides have confirmed. */
  talk(): { session: OutgoingSession; heard: Heard } {
    const call = this.call();
    this.clock.advanceMs(10);
    this.incoming!.answer("answer-sdp");
    this.clock.advanceMs(10);
    return call;
  }

  count(line: string): number {
    return this.ladder.filter((entry) => entry === line).length;
  }

  /** Everything waited for, nothing may be left. */
  leftovers(): object {
    this.clock.advanceMs(200_000);
    const a = this.server.snapshot();
    const b = this.carrier.snapshot();
    return { sessions: a.sessions + b.sessions, transactions: a.transactions.clients + a.transactions.servers + b.transactions.clients + b.transactions.servers, timers: this.clock.pending, faults: this.faults.length };
  }
}

export const NOTHING_LEFT = { sessions: 0, transactions: 0, timers: 0, faults: 0 };

const NAMES: Readonly<Record<string, string>> = { [SERVER.address]: "server", [CARRIER.address]: "carrier", [STRANGER.address]: "stranger" };

export function describe(packet: Pick<SimPacket, "bytes" | "from">): string {
  const { message } = parseMessage(packet.bytes);
  return `${NAMES[packet.from.address] ?? packet.from.address} ${message === undefined ? "?" : describeMessage(message)}`;
}

export const describeMessage = (message: SipMessage): string => (message.kind === "request" ? message.method : `${message.status} ${message.headers.cseq.method}`);
