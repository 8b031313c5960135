// All transactions of one transport: finds the one that a message belongs to, makes those that are new, bounds how many.
import type { Clock } from "../../base/clock.js";
import type { Endpoint } from "../../base/endpoint.js";
import { randomToken, type Random } from "../../base/random.js";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.js";
import { messageText } from "../message/message-text.js";
import { createVia, MAGIC_COOKIE, type Via } from "../message/via.js";
import { InviteClientTransaction } from "./invite-client.js";
import { InviteServerTransaction } from "./invite-server.js";
import { acknowledges, clientKey, isOldStyle, mergeKey, responseKey, serverKey } from "./match.js";
import { NonInviteClientTransaction } from "./non-invite-client.js";
import { NonInviteServerTransaction } from "./non-invite-server.js";
import type { ClientUser, TransactionPort } from "./port.js";
import { readSavedRequest, type SavedTransaction } from "./saved.js";
import { TIMER_VALUES, type TimerValues } from "./timer-values.js";

export type ClientTransaction = InviteClientTransaction | NonInviteClientTransaction;
export type ServerTransaction = InviteServerTransaction | NonInviteServerTransaction;

/** The UA core above. */
export interface LayerUser {
  /** A new request, ACK excepted; every one is to be answered through its transaction. */
  onRequest(transaction: ServerTransaction, source: Endpoint): void;
  /** The same request came by two ways (RFC 3261 section 8.2.2.2); `transaction` is the second's. */
  onMerged(transaction: ServerTransaction, source: Endpoint): void;
  /** An ACK of a 2xx: it has a transaction of its own. */
  onAck(ack: SipRequest, source: Endpoint): void;
  /** Timer H: our rejection was never acknowledged. */
  onAckMissing(invite: SipRequest): void;
  /** A new request where the table is full; nothing of it is kept. */
  onOverflow(request: SipRequest, source: Endpoint): void;
}

export interface LayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly local: Endpoint;
  readonly timers?: TimerValues;
  /** Transactions at once, clients and servers together; default 50 000, which is 700 calls a second for the 32 s that each is kept. */
  readonly transactionsMax?: number;
  /** `onLost`: TCP could not send it; at most once, and never before `send` returns. */
  readonly send: (message: SipMessage, to: Endpoint, onLost: () => void) => void;
  /** Where a request to `to` goes, which may be TCP instead of UDP (RFC 3261 section 18.1.1): refused there, it comes back. `to` unless given. */
  readonly route?: (request: SipRequest, to: Endpoint) => Endpoint;
  readonly user: LayerUser;
}

/** Where a transaction's messages go now. */
interface Way {
  to: Endpoint;
  /** Where a client's request goes when TCP refuses it. */
  readonly first?: Endpoint;
  readonly onLost: () => void;
}

export interface LayerCounts {
  readonly clients: number;
  readonly servers: number;
  /** Requests of ours without a final response yet. */
  readonly unanswered: number;
  /** Events that a state had no row for. */
  readonly ignored: number;
  /** Responses and ACKs that belonged to nothing. */
  readonly stray: number;
  /** Requests refused, or not sent, because the table was full. */
  readonly overflow: number;
}

const BRANCH_LENGTH = 20;
const TRANSACTIONS_MAX = 50_000;

/** RFC 3261 section 18.2.2 and RFC 3581: over TCP by the connection that the request came on; else back to the source address; `maddr` is not followed, which would let a packet aim our answer anywhere. */
export const responseEndpoint = (via: Via, source: Endpoint): Endpoint =>
  source.protocol === "TCP" ? source : { address: source.address, port: via.rport === undefined ? (via.port ?? 5060) : source.port };

export class TransactionLayer {
  readonly #options: LayerOptions;
  readonly #timers: TimerValues;
  readonly #max: number;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merged = new Map<string, ServerTransaction>();
  readonly #ways = new WeakMap<ClientTransaction | ServerTransaction, Way>();
  #closed = false;
  #ignored = 0;
  #stray = 0;
  #overflow = 0;

  constructor(options: LayerOptions) {
    this.#options = options;
    this.#timers = options.timers ?? TIMER_VALUES;
    this.#max = options.transactionsMax ?? TRANSACTIONS_MAX;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  counts(): LayerCounts {
    let unanswered = 0;
    for (const { state } of this.#clients.values()) if (state === "calling" || state === "trying" || state === "proceeding") unanswered++;
    return { clients: this.#clients.size, servers: this.#servers.size, unanswered, ignored: this.#ignored, stray: this.#stray, overflow: this.#overflow };
  }

  /** Sends `request` under a new branch, or under its own Via (a CANCEL has one). Undefined where the table is full or closed: nothing is sent. */
  request(request: SipRequest, to: Endpoint, user: ClientUser): ClientTransaction | undefined {
    if (this.#closed) return undefined;
    if (this.size >= this.#max) {
      this.#overflow++;
      return undefined;
    }
    const hop = this.#hop(request, to);
    if (!request.headers.has("via")) this.addVia(request, hop);
    const transaction = this.#createClient(request, { to: hop, first: to }, user);
    transaction.start();
    return transaction;
  }

  /**
   * Everything that goes on, for another process. What nobody has answered yet is left out but for INVITEs: whoever
   * asked asks again.
   */
  save(): readonly SavedTransaction[] {
    const written = (kind: SavedTransaction["kind"], transaction: ClientTransaction | ServerTransaction): SavedTransaction => {
      const { to, first } = this.#ways.get(transaction)!;
      return { kind, request: messageText(transaction.request), way: { to, ...(first === undefined ? {} : { first }) }, ...transaction.save() };
    };
    return [
      ...[...this.#clients.values()].map((transaction) => written("client", transaction)),
      ...[...this.#servers.values()].filter(({ state }) => state !== "trying").map((transaction) => written("server", transaction)),
    ];
  }

  /** Goes on with a server's, `elapsedMs` after it was saved. */
  restoreServer(saved: SavedTransaction, elapsedMs: number): ServerTransaction {
    const request = readSavedRequest(saved);
    const transaction = this.#createServer(request, { to: saved.way.to });
    transaction.restore(saved, elapsedMs);
    const merge = mergeKey(request);
    if (merge !== undefined && request.method !== "CANCEL") this.#merged.set(merge, transaction);
    return transaction;
  }

  /** Goes on with a client's, `elapsedMs` after it was saved. */
  restoreClient(saved: SavedTransaction, elapsedMs: number, user: ClientUser): ClientTransaction {
    const transaction = this.#createClient(readSavedRequest(saved), saved.way, user);
    transaction.restore(saved, elapsedMs);
    return transaction;
  }

  /** The server's that this request belongs to. */
  server(key: string): ServerTransaction | undefined {
    return this.#servers.get(key);
  }

  #createClient(request: SipRequest, { to, first = to }: SavedTransaction["way"], user: ClientUser): ClientTransaction {
    const way: Way = { to, first, onLost: () => this.#lost(transaction, way, first) };
    const key = clientKey(request.headers.topVia.branch!, request.method);
    const port = this.#port(way, () => this.#clients.delete(key));
    const transaction: ClientTransaction = request.method === "INVITE" ? new InviteClientTransaction(request, port, user) : new NonInviteClientTransaction(request, port, user);
    this.#clients.set(key, transaction);
    this.#ways.set(transaction, way);
    return transaction;
  }

  /** Our Via with a branch of its own; for the ACK of a 2xx, which belongs to no transaction here. */
  addVia(request: SipRequest, to: Endpoint): void {
    request.headers.prepend("Via", createVia(to.protocol ?? "UDP", this.#options.local, MAGIC_COOKIE + randomToken(this.#options.random, BRANCH_LENGTH)));
  }

  receive(message: SipMessage, source: Endpoint): void {
    if (message.kind === "response") this.#receiveResponse(message);
    else this.#receiveRequest(message, source);
  }

  /** Section 9.2: what a CANCEL is for; undefined is a 481. */
  cancelledBy(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, "INVITE"));
  }

  /** Drops everything at once, without a packet. */
  close(): void {
    this.#closed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.close();
    this.#clients.clear();
    this.#servers.clear();
    this.#merged.clear();
  }

  #receiveResponse(response: SipResponse): void {
    const transaction = this.#clients.get(responseKey(response));
    if (transaction === undefined) this.#stray++;
    else transaction.receive(response);
  }

  #receiveRequest(request: SipRequest, source: Endpoint): void {
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (known !== undefined && belongs(request, known)) return known.receive(request);
    if (request.method === "ACK") return this.#options.user.onAck(request, source);
    if (this.size >= this.#max) {
      this.#overflow++;
      return this.#options.user.onOverflow(request, source);
    }
    this.#create(request, source);
  }

  #create(request: SipRequest, source: Endpoint): void {
    const { user } = this.#options;
    const transaction = this.#createServer(request, { to: responseEndpoint(request.headers.topVia, source) });
    const merge = mergeKey(request);
    if (merge !== undefined && request.method !== "CANCEL") {
      if (this.#merged.has(merge)) return user.onMerged(transaction, source);
      this.#merged.set(merge, transaction);
    }
    user.onRequest(transaction, source);
  }

  #createServer(request: SipRequest, { to }: SavedTransaction["way"]): ServerTransaction {
    const key = serverKey(request);
    const merge = mergeKey(request);
    const way: Way = { to, onLost: () => undefined };
    const port = this.#port(way, () => {
      this.#servers.delete(key);
      if (merge !== undefined && this.#merged.get(merge) === transaction) this.#merged.delete(merge);
    });
    const { user } = this.#options;
    const transaction: ServerTransaction =
      request.method === "INVITE" ? new InviteServerTransaction(request, port, { onAck: (ack) => user.onAck(ack, to), onAckMissing: () => user.onAckMissing(request) }) : new NonInviteServerTransaction(request, port);
    this.#servers.set(key, transaction);
    this.#ways.set(transaction, way);
    return transaction;
  }

  /** A CANCEL goes where its INVITE's Via says that it went. */
  #hop(request: SipRequest, to: Endpoint): Endpoint {
    if (!request.headers.has("via")) return this.#options.route?.(request, to) ?? to;
    return request.headers.topVia.protocol === "TCP" ? { ...to, protocol: "TCP" } : to;
  }

  /** RFC 3261 section 18.1.1: "If the attempt to establish the connection [...] results in [...] a TCP reset, the element SHOULD retry the request, using UDP". */
  #lost(transaction: ClientTransaction, way: Way, to: Endpoint): void {
    const unheard = transaction.state === "calling" || transaction.state === "trying";
    if (!unheard || to.protocol === way.to.protocol) return transaction.lost();
    way.to = to;
    const { headers } = transaction.request;
    headers.replaceFirst("Via", createVia("UDP", this.#options.local, headers.topVia.branch!));
    transaction.moved();
  }

  #port(way: Way, onTerminated: () => void): TransactionPort {
    const { clock, send } = this.#options;
    return {
      clock,
      timers: this.#timers,
      get reliable() {
        return way.to.protocol === "TCP";
      },
      send: (message) => send(message, way.to, way.onLost),
      onIgnored: () => void this.#ignored++,
      onTerminated,
    };
  }
}

/** With the magic cookie the key says all; an old ACK must carry the tag of what was answered. */
function belongs(request: SipRequest, transaction: ServerTransaction): boolean {
  if (request.method !== "ACK" || !isOldStyle(request)) return true;
  const response = transaction.kind === "invite" ? transaction.lastResponse : undefined;
  return response !== undefined && acknowledges(request, response);
}
