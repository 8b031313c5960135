// The signalling plane over one address, UDP and TCP: transactions and dialogs wired to clock, transport and door.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import type { StreamTransport, Transport, TransportFactory } from "../../protocol/base/transport.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipMessage, SipRequest } from "../../protocol/sip/message/message.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { InviteServerTransaction } from "../../protocol/sip/transaction/invite-server.js";
import { TransactionLayer, type LayerCounts, type ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import { TIMER_VALUES, type TimerValues } from "../../protocol/sip/transaction/timer-values.js";
import { refuse } from "./answer.js";
import { Counters, type CounterName } from "./counters.js";
import type { Accepted, Admission, Door, RegisterAnswer, RegisterHandler } from "./door.js";
import { exchange, type ExchangeOptions } from "./exchange.js";
import { IncomingCall } from "./incoming-call.js";
import { contactHop, type RegisteredAt } from "./next-hop.js";
import { OutgoingCall } from "./outgoing-call.js";
import { uriHost } from "./party.js";
import { ACCEPT, ALLOW, SUPPORTED, refuseRequest, type Refusal } from "./request-guard.js";
import { readReplaces, REPLACES_VERDICT, type ReplacedDialog } from "../../protocol/sip/refer/replaces.js";
import type { IncomingSession, InviteRequest, OutgoingSession, Signaling } from "./session.js";
import type { DialogOwner, SessionPort } from "./session-port.js";
import { restoreSessions, type SignalingPast } from "./restored-sessions.js";
import type { SignalingState } from "./session-state.js";
import { Wire, type MessageObserver } from "./wire.js";

export interface SipSignalingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: TransportFactory;
  /** Where to bind. */
  readonly local: Endpoint;
  /** Requests to there stay on UDP, however large: the far side takes no TCP. */
  readonly staysOnUdp?: (to: Endpoint) => boolean;
  /** What Via and Contact say, where that is not the bound address (0.0.0.0, a public address in front). */
  readonly advertised?: Endpoint;
  readonly door: Door;
  readonly registrar: RegisterHandler;
  readonly timers?: TimerValues;
  /** Sessions at once; default 5000. The next one is answered 503. */
  readonly sessionsMax?: number;
  /** See `LayerOptions`. */
  readonly transactionsMax?: number;
  /** How long a call may ring in either direction; default 300 000. */
  readonly setupMaxMs?: number;
  /** Every message, for the SIP ladder and the journal. A malformed request may lack any header: read it by `headers.get`. Its body is the network's again on return. */
  readonly onMessage?: MessageObserver;
  /** A listener, the door or the registrar threw. The endpoint goes on. */
  readonly onFault?: (error: unknown) => void;
  /** Whose password answers challenges to a call that another process made; by the name that it had there. */
  readonly account?: (username: string) => DigestAccount | undefined;
  /** Where a phone has registered: the way to one that called over a connection which is gone. */
  readonly contactsOf?: (extension: string) => readonly RegisteredAt[];
}

export interface SignalingSnapshot {
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly transactions: LayerCounts;
  readonly sessions: number;
}

/** So many ended dialogs are told from those that never were: a Replaces names them for seconds after. */
const ENDED_MAX = 1000;
const TAG_LENGTH = 16;
const PORT_ATTEMPTS = 8;
/** How often `stop` looks whether everything has been answered. */
const STOP_POLL_MS = 50;
/** A registrar that has not answered by then won't: the phone asks again after Timer F at the latest. */
const REGISTER_DEADLINE_MS = 10_000;
const BUSY: Refusal = { status: 503, extra: [["Retry-After", "5"]] };

export class SipSignaling implements Signaling {
  readonly #options: SipSignalingOptions;
  readonly #counters = new Counters();
  readonly #sessions = new Map<string, DialogOwner>();
  readonly #calls = new WeakMap<ServerTransaction, IncomingCall>();
  /** Dialogs that were here until lately, the oldest first. */
  readonly #ended = new Set<string>();
  readonly #sessionsMax: number;
  #transport: Transport | undefined;
  #streams: StreamTransport | undefined;
  #wire: Wire | undefined;
  #layer: TransactionLayer | undefined;
  #port: SessionPort | undefined;
  #onIncoming: ((session: IncomingSession) => void) | undefined;
  #stopping = false;

  constructor(options: SipSignalingOptions) {
    this.#options = options;
    this.#sessionsMax = options.sessionsMax ?? 5000;
  }

  /**
   * Binds, and goes on with another process's sessions: who listens to them does so before anything else can happen.
   * Resolves to where. Rejects with the system's error where the address is not to be had.
   */
  async start(past?: SignalingPast): Promise<Endpoint> {
    const { clock, random, advertised, onMessage } = this.#options;
    const { transport, streams } = await this.#open();
    const local = advertised ?? transport.local;
    const timers = this.#options.timers ?? TIMER_VALUES;
    const onFault = (error: unknown): void => this.#fault(error);
    const wire = new Wire({
      local,
      transport: () => this.#transport,
      streams: () => this.#streams,
      counters: this.#counters,
      onMessage: (message, source) => this.#layer!.receive(message, source),
      observe: onMessage,
      onFault,
    });
    const send = (message: SipMessage, to: Endpoint, onLost?: () => void): void => wire.send(message, to, onLost);
    const { staysOnUdp } = this.#options;
    const route = (request: SipRequest, to: Endpoint): Endpoint => (staysOnUdp?.(to) === true ? to : wire.route(request, to));
    const { transactionsMax } = this.#options;
    this.#layer = new TransactionLayer({ clock, random, local, timers, send, route, user: this.#layerUser(wire), ...(transactionsMax === undefined ? {} : { transactionsMax }) });
    this.#port = {
      clock, random, timers, local, send, onFault,
      layer: this.#layer,
      contact: ({ protocol }) => `<sip:${uriHost(local)}:${local.port}${protocol === "TCP" ? ";transport=tcp" : ""}>`,
      contactsOf: (extension) => this.#options.contactsOf?.(extension) ?? [],
      isConnected: (to) => this.#streams?.has(to) ?? false,
      setupMaxMs: this.#options.setupMaxMs ?? 300_000,
      count: (name) => this.#counters.add(name),
      release: (session) => this.#release(sessionKey(session.callId, session.localTag)),
    };
    this.#wire = wire;
    this.#transport = transport;
    this.#streams = streams;
    if (past !== undefined) this.#restore(past, this.#port);
    return transport.local;
  }

  #release(key: string): void {
    if (!this.#sessions.delete(key)) return;
    this.#ended.add(key);
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.values().next().value!);
  }

  /** UDP and, where the network has it, TCP on the same port (RFC 3261 section 18.2.1). */
  async #open(): Promise<{ readonly transport: Transport; readonly streams: StreamTransport | undefined }> {
    const { network, local } = this.#options;
    const receive = (bytes: Uint8Array, from: Endpoint): void => this.#wire?.receive(bytes, from);
    for (let attempt = 1; ; attempt++) {
      const transport = await network.openUdp(local, receive);
      try {
        return { transport, streams: await network.openTcp?.(transport.local, receive) };
      } catch (error) {
        transport.close();
        // A port that was free for UDP may be taken for TCP; where the system chooses, it may choose again.
        if (local.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  onIncoming(listener: (session: IncomingSession) => void): void {
    this.#onIncoming = listener;
  }

  invite(request: InviteRequest): OutgoingSession {
    if (this.#port === undefined) throw new Error("SipSignaling.invite before start");
    const hop = request.registered === true ? contactHop(request.uri, request.to, this.#port.isConnected) : request.to;
    const call = new OutgoingCall(this.#port, { ...request, to: hop ?? request.to });
    if (this.#stopping || this.#sessions.size >= this.#sessionsMax) {
      this.#counters.add("overloaded");
      call.fail(this.#stopping ? "shutting down" : "too many sessions");
      return call;
    }
    if (hop === undefined) {
      call.unreachable();
      return call;
    }
    this.#counters.add("outgoing");
    this.#sessions.set(sessionKey(call.callId, call.localTag), call);
    call.start();
    return call;
  }

  /** The session of a dialog, for who goes on with another process's calls. */
  session(callId: string, localTag: string): IncomingSession | OutgoingSession | undefined {
    const session = this.#sessions.get(sessionKey(callId, localTag));
    return session instanceof IncomingCall || session instanceof OutgoingCall ? session : undefined;
  }

  dialog({ callId, toTag, fromTag }: ReplacedDialog): ReturnType<Signaling["dialog"]> {
    const session = this.session(callId, toTag);
    const state = this.#sessions.get(sessionKey(callId, toTag))?.replaced(fromTag) ?? "unknown";
    if (session !== undefined && state !== "unknown") return { state, session };
    return { state: this.#ended.has(sessionKey(callId, toTag)) ? "ended" : "unknown" };
  }

  /** Writes down everything that goes on and is gone without a packet: another process goes on with it. */
  suspend(): SignalingState {
    const state = { sessions: [...this.#sessions.values()].map((session) => session.suspend()), transactions: this.#layer?.save() ?? [] };
    this.#stopping = true;
    this.#close();
    return state;
  }

  /** A request outside of every dialog: a REGISTER of ours. Between `start` and `stop`. */
  exchange(options: Omit<ExchangeOptions, "layer">): void {
    exchange({ ...options, layer: this.#layer! });
  }

  /** Our Contact for who is reached at `to`; `line` tells calls to it from others. */
  contact(to: Endpoint, { user, line }: { readonly user: string; readonly line: string }): string {
    return this.#port!.contact(to).replace("sip:", `sip:${encodeURIComponent(user)}@`).replace(">", `;line=${line}>`);
  }

  snapshot(): SignalingSnapshot {
    return {
      counters: this.#counters.snapshot(),
      transactions: this.#layer?.counts() ?? { clients: 0, servers: 0, unanswered: 0, ignored: 0, stray: 0, overflow: 0 },
      sessions: this.#sessions.size,
    };
  }

  /**
   * Ends what is open: BYE to who talks, CANCEL to who rings, 503 to who waits and to who comes. Resolves when all
   * was answered, at the latest after `graceMs`; then the socket is closed and no timer is left.
   */
  async stop(graceMs = 4000): Promise<void> {
    this.#stopping = true;
    for (const session of [...this.#sessions.values()]) session.shutdown();
    const { clock } = this.#options;
    const endMs = clock.monoMs() + graceMs;
    while (!this.#isQuiet && clock.monoMs() < endMs) await new Promise<void>((resolve) => void clock.after(STOP_POLL_MS, resolve));
    this.#close();
  }

  #close(): void {
    this.#layer?.close();
    this.#transport?.close();
    this.#transport = undefined;
    this.#streams?.close();
    this.#streams = undefined;
    this.#sessions.clear();
  }

  #restore(past: SignalingPast, port: SessionPort): void {
    for (const session of restoreSessions(port, past, this.#options.account)) {
      this.#sessions.set(sessionKey(session.callId, session.localTag), session);
      if (session instanceof IncomingCall && session.transaction !== undefined) this.#calls.set(session.transaction, session);
    }
  }

  get #isQuiet(): boolean {
    return this.#sessions.size === 0 && (this.#layer?.counts().unanswered ?? 0) === 0;
  }

  #layerUser(wire: Wire): ConstructorParameters<typeof TransactionLayer>[0]["user"] {
    return {
      onRequest: (transaction, source) => {
        try {
          this.#receive(transaction, source);
        } catch (error) {
          // Unanswered, the transaction would stay for ever; where it was answered before, this is ignored.
          this.#fault(error);
          refuse(transaction, { status: 500 });
        }
      },
      onMerged: (transaction) => {
        this.#counters.add("merged");
        refuse(transaction, { status: 482 }, this.#tag());
      },
      onAck: (ack) => {
        const session = this.#find(ack);
        if (session === undefined) this.#counters.add("strayAcks");
        else session.receiveAck(ack);
      },
      onAckMissing: () => this.#counters.add("noAck"),
      onOverflow: (request, source) => {
        this.#counters.add("overloaded");
        wire.answerStateless(request, source, BUSY);
      },
    };
  }

  #receive(transaction: ServerTransaction, source: Endpoint): void {
    const { request } = transaction;
    const refusal = refuseRequest(request);
    if (refusal !== undefined) return this.#refuse(transaction, refusal);
    if (request.method === "CANCEL") return this.#cancel(transaction);
    if (request.method === "REGISTER") return this.#register(transaction, source);
    if (request.headers.to.tag !== undefined) {
      const session = this.#find(request);
      return session === undefined ? this.#refuse(transaction, { status: 481 }) : session.receive(transaction, source);
    }
    if (request.method === "OPTIONS") return refuse(transaction, { status: 200, extra: [ALLOW, ACCEPT, ["Accept-Encoding", "identity"], SUPPORTED] }, this.#tag());
    if (transaction.kind === "invite") return this.#invite(transaction, source);
    // Outside of a dialog nobody is there to be put through.
    return this.#refuse(transaction, { status: request.method === "REFER" ? 403 : 481 });
  }

  #invite(transaction: InviteServerTransaction, source: Endpoint): void {
    const { request } = transaction;
    const full = this.#sessions.size >= this.#sessionsMax;
    if (full || this.#stopping || this.#onIncoming === undefined) {
      if (full) this.#counters.add("overloaded");
      return this.#refuse(transaction, BUSY);
    }
    const admission = this.#admit(request, source);
    switch (admission.kind) {
      case "accept":
        return this.#accept(transaction, source, admission);
      case "challenge":
        return this.#refuse(transaction, { status: 401, extra: admission.challenges.map((challenge) => ["WWW-Authenticate", challenge] as const) });
      case "reject":
        return this.#refuse(transaction, admission);
      case "drop":
        this.#counters.add("doorDropped");
        return transaction.drop();
      default:
        admission satisfies never;
    }
  }

  #admit(request: SipRequest, source: Endpoint): Admission {
    try {
      return this.#options.door.admit(request, source);
    } catch (error) {
      this.#fault(error);
      return { kind: "reject", status: 500 };
    }
  }

  /** RFC 3891 section 3: the dialog that the INVITE takes the place of, or the status that refuses it. */
  #readReplaces({ headers }: SipRequest, origin: Accepted["origin"]): ReplacedDialog | number | undefined {
    const value = headers.get("replaces");
    if (value === undefined) return undefined;
    // Others than our phones replace nothing, and are not told what is there.
    if (origin.kind !== "phone") return 403;
    const named = headers.has("join") ? undefined : readReplaces(value);
    return named === undefined ? 400 : (REPLACES_VERDICT[this.dialog(named).state](named) ?? named);
  }

  #accept(transaction: InviteServerTransaction, source: Endpoint, accepted: Accepted): void {
    const replaces = this.#readReplaces(transaction.request, accepted.origin);
    if (typeof replaces === "number") return this.#refuse(transaction, { status: replaces });
    // RFC 3261 section 17.2.1: at once, so that the caller stops sending the INVITE again.
    transaction.respond(createResponse(transaction.request, 100));
    const call = IncomingCall.receive(this.#port!, transaction, { ...accepted, source, replaces });
    this.#counters.add("incoming");
    this.#calls.set(transaction, call);
    this.#sessions.set(sessionKey(call.callId, call.localTag), call);
    try {
      this.#onIncoming!(call);
    } catch (error) {
      this.#fault(error);
      call.reject(500);
    }
  }

  #cancel(transaction: ServerTransaction): void {
    const target = this.#layer!.cancelledBy(transaction.request);
    if (target === undefined) return this.#refuse(transaction, { status: 481 });
    const call = this.#calls.get(target);
    // RFC 3261 section 9.2: the tag of both answers should be the same.
    refuse(transaction, { status: 200 }, call?.localTag ?? this.#tag());
    call?.cancel();
  }

  #register(transaction: ServerTransaction, source: Endpoint): void {
    const answer = (result: RegisterAnswer): void => {
      cancelDeadline();
      refuse(transaction, { ...result, extra: result.headers }, this.#tag());
    };
    // The first answer counts: the transaction ignores what comes after it.
    const cancelDeadline = this.#options.clock.after(REGISTER_DEADLINE_MS, () => answer({ status: 500, headers: [] }));
    const fail = (error: unknown): void => {
      this.#fault(error);
      answer({ status: 500, headers: [] });
    };
    try {
      const result = this.#options.registrar.register(transaction.request, source);
      if (result instanceof Promise) result.then(answer, fail).catch((error: unknown) => this.#fault(error));
      else answer(result);
    } catch (error) {
      fail(error);
    }
  }

  #refuse(transaction: ServerTransaction, refusal: Refusal): void {
    this.#counters.add("rejected");
    refuse(transaction, refusal, this.#tag());
  }

  #find({ headers }: SipRequest): DialogOwner | undefined {
    return this.#sessions.get(sessionKey(headers.callId, headers.to.tag ?? ""));
  }

  #tag(): string {
    return randomToken(this.#options.random, TAG_LENGTH);
  }

  #fault(error: unknown): void {
    this.#counters.add("faults");
    this.#options.onFault?.(error);
  }
}

/** The tag is ours, so it alone tells our dialogs of one Call-ID apart. */
const sessionKey = (callId: string, localTag: string): string => `${callId}\n${localTag}`;
