// A carrier, desk phones, a network and the server in one process and one seed.
import { createHash } from "node:crypto";
import { balances, ledger } from "../../apps/billing/collections.js";
import { auditLedger } from "../../apps/billing/audit.js";
import { auditBookings } from "../../apps/registration/audit.js";
import { appointments, sessions } from "../../apps/registration/collections.js";
import { cdrs, type Cdr } from "../../core/cdr/cdr.js";
import type { ServerState } from "../../core/suspension/server-state.js";
import { journalLog } from "../../core/journal/journal.js";
import type { Entry } from "../../core/journal/entry.js";
import { entryFaults } from "../journal/entry-data.js";
import { REGISTRAR_BINDINGS } from "../../core/registrar/binding-store.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import type { IncomingSession } from "../../core/signaling/session.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import type { AnyPlugin } from "../../core/sdk/index.js";
import type { CollectionDefinition } from "../../core/store/store.js";
import type { PromptLibrary } from "../../core/prompts/prompt-library.js";
import type { Config } from "../../core/config/schema.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { createOffer } from "../../protocol/sdp/offer-answer.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SimNetwork } from "../harness/sim-network.js";
import { BOUNDARY_KINDS, type BoundaryKind, type KillPoint } from "./boundaries.js";
import { CAPACITY, HOSPITAL, SERVER } from "./hospital.js";
import { planCaller, planCanceller, planDeskCall, planWaiter } from "./plans.js";
import { SimAdministrator } from "./sim-administrator.js";
import { SimCaller } from "./sim-caller.js";
import { SimDeskPhone } from "./sim-desk-phone.js";
import { SimProcess, type WorkerOptions } from "./sim-process.js";
import { TransferKey } from "./transfer-key.js";

export interface WorldOptions {
  readonly seed: number;
  readonly config: Config;
  readonly plugins: readonly AnyPlugin[];
  readonly seedData: Readonly<Record<string, unknown>>;
  readonly prompts: PromptLibrary;
  readonly callers?: number;
  /** Who call later and give back what was booked. */
  readonly cancellers?: number;
  /** Media workers, of which some die in the busy time; the nights, in which nothing of theirs happens, are left out. */
  readonly workers?: WorkerOptions;
  /** Who want a person. */
  readonly waiters?: number;
  /** Phones put those whom they talk to through to others. */
  readonly transfers?: boolean;
  /** Undefined: as the seed has it. */
  readonly killPoint?: KillPoint | "none";
  /** A planned restart in the middle of calls. Undefined: as the seed has it. */
  readonly restart?: "always" | "none";
  /** Somebody changes settings all the while; the nights are left out then too. */
  readonly administrator?: boolean;
}

/** Where calls were when the server was restarted. */
export const CALL_PHASES = ["ringing", "service", "queue", "agent rings", "talk"] as const;
export type CallPhase = (typeof CALL_PHASES)[number];

export interface WorldReport {
  readonly seed: number;
  /** Broken promises, in one sentence each. */
  readonly violations: readonly string[];
  readonly faults: readonly string[];
  readonly killedAt: KillPoint | undefined;
  /** Of the planned restart, where there was one that came to its end. */
  readonly restarted: readonly CallPhase[] | undefined;
  readonly boundaries: ReadonlyMap<BoundaryKind, number>;
  readonly booked: number;
  readonly cancelled: number;
  readonly answered: number;
  readonly agentsReached: number;
  /** Of the administrator, where there is one. */
  readonly settings: SimAdministrator["counts"] | undefined;
  readonly workers: { readonly moved: number; readonly revived: number; readonly lost: number; readonly deaths: number };
  /** How phones were told that their transfers ended. */
  readonly transfers: readonly number[];
  /** Of these, the ones whose target had been asked. */
  readonly attended: readonly number[];
  /** Calls that were ended because their sound could not go on. */
  readonly silenced: number;
  /** Calls from desk phone to desk phone that were answered. */
  readonly deskCalls: number;
  /** Calls to an outside number that somebody answered there. */
  readonly outsideCalls: number;
  /** SHA-256 over every packet and every journal entry, with their times. */
  readonly trace: string;
  readonly packets: number;
}

const CARRIER: Endpoint = { address: "198.51.100.1", port: 5060 };
/** A killed server is started again so much later. */
const RESTART_MS = 400;
/** All callers are gone by then; what follows is the silence in which everything must end (64 * T1 and the ports' rest). */
const BUSY_MS = 45_000;
/** A planned restart falls between these, and takes between those. */
const SUSPEND_MS = [1500, 28_000] as const;
const DOWN_MS = [100, 2500] as const;
/** Of a pause in what a caller hears, beyond what the restart takes: the sync, the network, lost packets. */
const PAUSE_SLACK_MS = 1000;
/** Three BYEs may be lost. */
const END_SLACK_MS = 4000;
const SETTLE_MS = 50_000;
/** The last changes of settings are done by then, and the phones that they concern have registered. */
const QUIET_MS = 10_000;
/** Of a server in which nothing goes on: the registrar waits for the next binding to expire, registration for midnight. */
const TIMERS_AT_REST = 2;
/** It is asked for a sign of life, and the question may be on its way. */
const TIMERS_A_WORKER = 2;
/** Which worker dies when is drawn from seeds beyond those of the simulations. */
const WORKER_SEEDS = 1_000_000;
const TRANSFER_SEEDS = 2_000_000;
/** Colleagues, a number of the hospital, somebody outside, and nobody. */
const TRANSFER_TARGETS = ["1001", "1002", "1003", "95002", "013900000777", "4711"];
const ADMINISTRATOR_SEEDS = 2_000_000;
/** Then nights go by in which those who did not come are released; numbers are booked for up to three days ahead. */
const NIGHTS_MS = 4 * 24 * 3_600_000;
/** Boundaries of each kind that a seed's busy time surely crosses; a kill is placed among them. */
const KILL_RANGE: Readonly<Record<BoundaryKind, number>> = { timer: 900, "socket.receive": 350, "socket.send": 3000, "store.commit": 60, "store.committed": 60, "store.synced": 60 };

export async function runWorld(options: WorldOptions): Promise<WorldReport> {
  const random = new SimRandom(options.seed);
  const clock = new SimClock();
  const pick = (most: number): number => random.next() * most;
  const network = new SimNetwork({ clock, random, loss: pick(0.08), duplicate: pick(0.05), reorder: pick(0.05), delayMs: 2 + pick(40), jitterMs: pick(30) });
  const trace = createHash("sha256");
  let packets = 0;
  network.onPacket = ({ from, to, bytes }) => {
    packets += 1;
    trace.update(`${clock.monoMs()} ${from.address}:${from.port} ${to.address}:${to.port} `).update(bytes);
  };
  const killPoint = options.killPoint === "none" ? undefined : (options.killPoint ?? chooseKill(random));
  const restart = planRestart(random, options.workers === undefined ? options.restart : "none");
  const history: SimProcess[] = [];
  let restarted: readonly CallPhase[] | undefined;
  const boot = (point: KillPoint | undefined, image?: ReturnType<SimProcess["store"]["crash"]>): void => {
    const process = new SimProcess({
      clock,
      random,
      network,
      config: options.config,
      plugins: options.plugins,
      seed: options.seedData,
      prompts: options.prompts,
      killPoint: point,
      abortShare: 0.1,
      image,
      workers: options.workers,
      onKilled: () => void clock.after(RESTART_MS, () => boot(undefined, process.store.crash())),
    });
    history.push(process);
    process.start().catch((error: unknown) => process.faults.push(`start: ${String(error)}`));
  };
  boot(killPoint);
  if (restart !== undefined)
    clock.after(restart.atMs, () => {
      const process = history.at(-1)!;
      // Where it is not up, there is nothing to restart.
      if (process.server === undefined || !process.boundaries.alive) return;
      process.suspend().then(
        (state) => {
          restarted = state.calls.map((call) => phaseOf(call, state));
          clock.after(restart.downMs, () => boot(undefined, process.store.crash()));
        },
        (error: unknown) => process.faults.push(`suspend: ${String(error)}`),
      );
    });
  await clock.runMs(100);

  // Of their own, so that the rest of the seed stays as it is.
  const keyRandom = new SimRandom(options.seed + TRANSFER_SEEDS);
  const keys = options.transfers === true ? Array.from({ length: 4 }, () => new TransferKey({ clock, random: keyRandom, server: SERVER, targets: TRANSFER_TARGETS })) : undefined;
  const phones = await startPhones({ clock, random, network, calls: true, ...(keys === undefined ? {} : { keys }) });
  const carrier = new SipSignaling({ clock, random, network, local: CARRIER, door: { admit: () => ({ kind: "accept", origin: { kind: "trunk", name: "hospital" } }) }, registrar: { register: () => ({ status: 405, headers: [] }) } });
  const outside = { answered: 0 };
  carrier.onIncoming((session) => answerOutside(session, { clock, random, outside }));
  await carrier.start();
  const plans = [...Array.from({ length: options.callers ?? 5 }, (_, i) => planCaller(random, i)), ...Array.from({ length: options.cancellers ?? 2 }, (_, i) => planCanceller(random, i)), ...Array.from({ length: options.waiters ?? 1 }, (_, i) => planWaiter(random, i))];
  const callers = plans.map((plan, i) => new SimCaller({ clock, network, carrier, server: SERVER, media: { address: CARRIER.address, port: 10_000 + 2 * i } }, plan));
  if (options.workers !== undefined) killWorkers({ clock, seed: options.seed, process: () => history.at(-1)! });
  const administration = options.administrator === true ? administer({ clock, seed: options.seed, network, process: () => history.at(-1)! }, BUSY_MS - QUIET_MS) : undefined;
  await clock.runMs(BUSY_MS);
  const unreached = (await administration?.unreached()) ?? [];
  for (const phone of [...phones, ...(administration?.phones.values() ?? [])]) phone.stop();
  await clock.runMs(SETTLE_MS);

  // Twice, for a night's refunds may hide what was wrong before; a kill may fall into a night.
  const atRest = await inspectRest(history.at(-1)!);
  const evening = await inspectBooks(history.at(-1)!);
  const nights = options.workers === undefined && options.administrator !== true;
  if (nights) await clock.runMs(NIGHTS_MS);
  const { faults, entries, booked, cancelled, waiting } = await inspectBooks(history.at(-1)!);
  const killed = history.some((process) => process.killed);
  const dropped = restarted === undefined || killed ? [] : inspectRestart({ callers, entries, leftOver: phones.reduce((sum, phone) => sum + phone.sessions, carrier.snapshot().sessions), records: await readAll(history.at(-1)!.store, cdrs), downMs: restart!.downMs });
  const changed = administration?.administrator.audit(history.at(-1)!, entries) ?? [];
  const violations = [...new Set([...unreached, ...changed, ...atRest, ...evening.faults, ...faults, ...dropped, ...(nights ? waiting : [])])];
  for (const entry of entries) trace.update(JSON.stringify(entry));
  const boundaries = new Map<BoundaryKind, number>(BOUNDARY_KINDS.map((kind) => [kind, history.reduce((sum, process) => sum + process.boundaries.counts.get(kind)!, 0)]));
  return {
    seed: options.seed,
    violations,
    faults: history.flatMap((process) => process.faults),
    killedAt: killed ? killPoint : undefined,
    restarted,
    boundaries,
    booked,
    cancelled,
    answered: callers.filter((caller) => caller.answered).length,
    agentsReached: phones.reduce((sum, phone) => sum + phone.answered, 0),
    settings: administration?.administrator.counts,
    transfers: (keys ?? []).flatMap(({ finals }) => [...finals.values()]),
    attended: (keys ?? []).flatMap(({ finals, attended }) => [...finals].flatMap(([callId, status]) => (attended.has(callId) ? [status] : []))),
    workers: sumWorkers(history),
    silenced: entries.filter((entry) => entry.type === "call.ended" && (entry.data as { cause?: string }).cause === "media").length,
    outsideCalls: outside.answered,
    deskCalls: phones.reduce((sum, phone) => sum + phone.talked, 0),
    trace: trace.digest("hex"),
    packets,
  };
}

interface Administration {
  readonly administrator: SimAdministrator;
  /** That were added. */
  readonly phones: ReadonlyMap<string, SimDeskPhone>;
  /** Phones that should be reachable and are not, or the other way round. */
  unreached(): Promise<readonly string[]>;
}

/** Its own random, so that the rest of the seed stays as it is. */
function administer({ clock, seed, network, process }: { readonly clock: SimClock; readonly seed: number; readonly network: SimNetwork; readonly process: () => SimProcess }, untilMs: number): Administration {
  const random = new SimRandom(seed + ADMINISTRATOR_SEEDS);
  const phones = new Map<string, SimDeskPhone>();
  const there = new Set<string>();
  const onPhone = (extension: string, password: string | undefined): void => {
    if (password === undefined) there.delete(extension);
    const phone = phones.get(extension);
    if (password === undefined) return phone?.stop();
    if (there.has(extension)) return;
    there.add(extension);
    if (phone !== undefined) return phone.resume();
    const added = new SimDeskPhone({ clock, random, network, crypto: new SimCrypto(), server: SERVER, local: { address: `203.0.113.${extension.slice(2)}`, port: 5060 }, extension, password, liftMs: 500, talkMs: 4000, calls: { extension: random.next() < 0.5 ? "95001" : "1001", atMs: 1000, patienceMs: 6000 } });
    phones.set(extension, added);
    void added.start();
  };
  const administrator = new SimAdministrator({ clock, random, process, onPhone });
  void administrator.work(clock.monoMs() + untilMs);
  const unreached = async (): Promise<readonly string[]> => {
    const bound = new Set((await readAll(process().store, REGISTRAR_BINDINGS)).map(({ extension }) => extension));
    return [...phones.keys()].filter((extension) => bound.has(extension) !== there.has(extension)).map((extension) => `the phone ${extension} is ${there.has(extension) ? "there and not registered" : "gone and still registered"}`);
  };
  return { administrator, phones, unreached };
}

/** Up to three times a worker is killed, crashes or hangs. */
function killWorkers({ clock, seed, process }: { readonly clock: SimClock; readonly seed: number; readonly process: () => SimProcess }): void {
  // Of its own, so that the rest of the seed stays as it is.
  const random = new SimRandom(seed + WORKER_SEEDS);
  for (let left = Math.floor(random.next() * 4); left > 0; left--) {
    const [atMs, which, how] = [random.next() * BUSY_MS, random.next(), random.next()];
    clock.after(atMs, () => {
      const { hosts } = process().workers!.hosts;
      const host = hosts[Math.floor(which * hosts.length)]!;
      host[(["kill", "crash", "hang"] as const)[Math.floor(how * 3)]!]();
    });
  }
}

function sumWorkers(history: readonly SimProcess[]): WorldReport["workers"] {
  const sum = { moved: 0, revived: 0, lost: 0, deaths: 0 };
  for (const { workers } of history) {
    const counters = workers?.pool.counters ?? { moved: 0, revived: 0, lost: 0, restarts: 0 };
    sum.moved += counters.moved;
    sum.revived += counters.revived;
    sum.lost += counters.lost;
    sum.deaths += counters.restarts;
  }
  return sum;
}

/** Two seeds in three die, each kind of boundary alike. */
function chooseKill(random: SimRandom): KillPoint | undefined {
  const [dies, which, where] = [random.next() < 0.67, random.next(), random.next()];
  const kind = BOUNDARY_KINDS[Math.floor(which * BOUNDARY_KINDS.length)]!;
  return dies ? { kind, nth: 1 + Math.floor(where * KILL_RANGE[kind]) } : undefined;
}

/** One seed in two is restarted. */
function planRestart(random: SimRandom, wanted: WorldOptions["restart"]): { readonly atMs: number; readonly downMs: number } | undefined {
  const [does, at, down] = [random.next() < 0.5, random.next(), random.next()];
  if (wanted === "none" || (wanted === undefined && !does)) return undefined;
  return { atMs: SUSPEND_MS[0] + at * (SUSPEND_MS[1] - SUSPEND_MS[0]), downMs: DOWN_MS[0] + down * (DOWN_MS[1] - DOWN_MS[0]) };
}

function phaseOf(call: ServerState["calls"][number], { legs }: ServerState): CallPhase {
  if (legs.find(({ id }) => id === call.caller)?.state !== "answered") return "ringing";
  if (call.others.some(({ bridged }) => bridged)) return "talk";
  if (call.others.length > 0) return "agent rings";
  return call.queue === undefined ? "service" : "queue";
}

interface RestartedWorld {
  readonly callers: readonly SimCaller[];
  readonly entries: readonly Entry[];
  readonly records: readonly Cdr[];
  /** Dialogs of far sides when all is over. */
  readonly leftOver: number;
  readonly downMs: number;
}

/** Nobody is dropped by a planned restart, and what they hear is one stream with a pause. */
function inspectRestart({ callers, entries, records, leftOver, downMs }: RestartedWorld): readonly string[] {
  const faults: string[] = [];
  if (leftOver > 0) faults.push(`${leftOver} phones think that they are in a call`);
  for (const type of ["call.queued", "call.bridged", "call.agent-answered", "call.leg-ended"]) {
    const legs = entries.filter((entry) => entry.type === type).map((entry) => `${entry.subject.id} ${String(entry.data["leg"] ?? entry.data["queue"])}`);
    for (const leg of legs) if (legs.filter((other) => other === leg).length > 1) faults.push(`${type} of ${leg} is told more than once`);
  }
  for (const { id, durationMs, talkMs, queues } of records) {
    if (talkMs > durationMs) faults.push(`call ${id} talked for ${talkMs} ms of ${durationMs}`);
    if (queues.some(({ waitMs, enteredOffsetMs }) => waitMs === null || enteredOffsetMs + waitMs > durationMs)) faults.push(`call ${id} waited longer than it lasted`);
  }
  for (const record of records) if (record.disposition === "closed-after-crash" || record.endedBy === "failure") faults.push(`call ${record.id} ended by ${record.cause} although the restart was planned`);
  for (const caller of callers) {
    if (caller.streams.size > 1) faults.push(`${caller.number} heard ${caller.streams.size} streams`);
    if (!caller.held && caller.silentEndMs > downMs + END_SLACK_MS) faults.push(`${caller.number} heard nothing for the last ${Math.round(caller.silentEndMs)} ms, the restart took ${Math.round(downMs)}`);
    if (!caller.held && caller.longestPauseMs > downMs + PAUSE_SLACK_MS) faults.push(`${caller.number} heard nothing for ${Math.round(caller.longestPauseMs)} ms, the restart took ${Math.round(downMs)}`);
  }
  return faults;
}

/** Somebody whom a phone of the hospital calls over the carrier. */
function answerOutside(session: IncomingSession, { clock, random, outside }: { readonly clock: SimClock; readonly random: SimRandom; readonly outside: { answered: number } }): void {
  session.listen({ onProgress: () => undefined, onAnswered: () => undefined, onConfirmed: () => undefined, onOffer: () => undefined, onEnded: () => undefined });
  session.ring();
  const [liftMs, talkMs] = [500 + random.next() * 6000, 1000 + random.next() * 6000];
  clock.after(liftMs, () => {
    outside.answered += 1;
    session.answer(createOffer({ address: CARRIER.address, port: 9000, codecs: ["PCMA"], dtmf: true, sessionId: "9" }));
    clock.after(talkMs, () => session.hangup());
  });
}

export async function startPhones(world: { readonly clock: SimClock; readonly random: SimRandom; readonly network: SimNetwork; readonly calls: boolean; readonly keys?: readonly TransferKey[] }): Promise<readonly SimDeskPhone[]> {
  // The last calls the one before it.
  const phones = ["1001", "1002", "1003", "1004"].map(
    (extension, i) =>
      new SimDeskPhone({
        clock: world.clock,
        random: world.random,
        network: world.network,
        crypto: new SimCrypto(),
        server: SERVER,
        local: { address: `203.0.113.${i + 1}`, port: 5060 },
        extension,
        password: `secret-${extension}`,
        liftMs: 500 + world.random.next() * (extension === "1003" ? 9000 : 3000),
        talkMs: world.random.next() * 8000,
        ...(world.keys === undefined ? {} : { transferKey: world.keys[i]! }),
        ...(world.calls && extension === "1004" ? { calls: planDeskCall(world.random) } : {}),
      }),
  );
  for (const phone of phones) await phone.start();
  return phones;
}

/** What must hold when nothing goes on any more. */
async function inspectRest(process: SimProcess): Promise<readonly string[]> {
  const { server, engines } = process;
  if (server === undefined) return ["the server did not come up again"];
  const violations: string[] = [];
  for (const [what, count] of Object.entries(server.load())) if (count !== 0) violations.push(`${count} ${what} left over`);
  for (const engine of engines()) {
    const { legs, bridges, ports } = engine.snapshot();
    for (const [what, count] of Object.entries({ "media legs": legs, bridges, "ports in use": ports.used, "ports draining": ports.draining })) if (count !== 0) violations.push(`${count} ${what} left over`);
  }
  if (process.network.openSockets !== 1) violations.push(`${process.network.openSockets} sockets open instead of SIP's one`);
  const timers = TIMERS_AT_REST + TIMERS_A_WORKER * (process.workers?.hosts.hosts.length ?? 0);
  if (process.clock.pending > timers) violations.push(`${process.clock.pending} timers armed instead of at most ${timers}`);
  return violations;
}

/** What stands in the books. `waiting`: what must not be there any more when the nights have gone by. */
async function inspectBooks(process: SimProcess): Promise<{ readonly faults: readonly string[]; readonly waiting: readonly string[]; readonly entries: readonly Entry[]; readonly booked: number; readonly cancelled: number }> {
  const { store } = process;
  const booked = await readAll(store, appointments);
  const fees = await readAll(store, ledger);
  const entries = await readJournal(store);
  const books = { appointments: booked, sessions: await readAll(store, sessions), ledger: fees, journal: entries, capacity: CAPACITY, noShowRefund: true };
  const faults = [
    ...auditLedger(fees, await readAll(store, balances)),
    ...auditBookings(books),
    ...auditCalls(entries, await readAll(store, cdrs)),
    ...auditJournal(entries),
  ];
  const waiting = booked.filter(({ status }) => status === "booked").map(({ id, day }) => `appointment ${id} of ${day} still waits for its patient`);
  return { faults, waiting, entries, booked: booked.length, cancelled: booked.filter(({ status }) => status === "cancelled").length };
}

async function readAll<T>(store: SimProcess["store"], collection: CollectionDefinition<T>): Promise<readonly T[]> {
  return store.range(collection, HOSPITAL, { limit: 1000 });
}

async function readJournal(store: SimProcess["store"]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await store.readLog(journalLog, { afterSequence: entries.length, limit: 1000 });
    if (page.length === 0) return entries;
    entries.push(...page.map(({ value }) => value));
  }
}

/** Each call that the journal knows ended once and has one record. */
function auditCalls(entries: readonly Entry[], records: readonly { readonly id: string }[]): readonly string[] {
  const count = (type: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const entry of entries) if (entry.type === type) counts.set(entry.subject.id, (counts.get(entry.subject.id) ?? 0) + 1);
    return counts;
  };
  const [started, ended] = [count("call.started"), count("call.ended")];
  const faults: string[] = [];
  for (const id of new Set([...started.keys(), ...ended.keys()])) {
    const recorded = records.filter((record) => record.id === id).length;
    if (started.get(id) !== 1 || ended.get(id) !== 1 || recorded !== 1) faults.push(`call ${id} started ${started.get(id) ?? 0} times, ended ${ended.get(id) ?? 0} times, has ${recorded} records`);
  }
  return faults;
}

/** Sequences have no holes, data has its declared shape; a PIN is nowhere. */
function auditJournal(entries: readonly Entry[]): readonly string[] {
  const faults: string[] = [];
  const subjects = new Map<string, number>();
  entries.forEach((entry, i) => {
    if (entry.nodeSeq !== i + 1) faults.push(`journal entry ${i + 1} has the sequence ${entry.nodeSeq}`);
    const subject = `${entry.subject.kind} ${entry.subject.id}`;
    const next = (subjects.get(subject) ?? 0) + 1;
    if (entry.subjectSeq !== next) faults.push(`${subject} jumps from ${next - 1} to ${entry.subjectSeq}`);
    subjects.set(subject, entry.subjectSeq);
    faults.push(...entryFaults(entry));
    if (/"(1234|2345|3456)#?"/.test(JSON.stringify(entry.data))) faults.push(`a PIN stands in ${entry.type}`);
  });
  return faults;
}
