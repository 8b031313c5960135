import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { BridgeId, LegId, MediaEvent, MediaSettings, PlayId, RecordingId } from "../engine/command.js";
import { MemoryMediaNet } from "../net/memory-media-net.js";
import { MemoryRecordingStore } from "../recorder/memory-recording-store.js";
import { MediaPool } from "./media-pool.js";
import { createSystemSha256 } from "./system-sha256.js";
import { InlineHosts } from "./testing/inline-host.js";

/** `SEEDS=from-to npm test -- media/worker` runs others, or one again. */
const [FROM = 1, TO = 60] = (process.env["SEEDS"] ?? "1-60").split("-").map(Number);
const STEPS = 120;
const SETTINGS: MediaSettings = { remote: { address: "10.0.1.1", port: 4000 }, expectAddress: "10.0.1.1", codec: "PCMA", payloadType: 8, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 };

interface Report {
  readonly faults: readonly string[];
  readonly moved: number;
  readonly revived: number;
  readonly lost: number;
}

/** Anything at any time, workers' deaths among it; then all is closed, and what was begun must have ended, once. */
async function storm(seed: number): Promise<Report> {
  const [clock, random] = [new SimClock(), new SimRandom(seed)];
  const below = (n: number): number => Math.floor(random.next() * n);
  const net = new MemoryMediaNet({ clock });
  const faults: string[] = [];
  const workers = 1 + below(3);
  const way = random.next() < 0.5 ? "libc" : "dgram";
  const ports = { portMin: 20_000, portMax: 20_000 + 2 * (6 + below(20)) };
  const hosts = new InlineHosts({ workers, way, latencyMs: random.next() * 4, clock, net, recordings: new MemoryRecordingStore(), random, createSha256: createSystemSha256, address: "10.0.0.1", ...ports, onFault: (error) => faults.push(`engine: ${String(error)}`) });
  const pool = new MediaPool({ clock, workers, placement: random.next() < 0.5 ? "apart" : "least-loaded", ports, start: hosts.start, discard: hosts.discard });
  const events: MediaEvent[] = [];
  pool.onEvent((event) => events.push(event));
  const legs: LegId[] = [];
  const any = (): LegId => legs[below(legs.length)] ?? ("none" as LegId);
  let count = 0;
  for (let step = 0; step < STEPS; step++) {
    const id = `${(count += 1)}`;
    const leg = any();
    const dice = below(100);
    if (dice < 15) {
      legs.push(`leg-${id}` as LegId);
      pool.send({ type: "leg.open", leg: legs.at(-1)! });
    } else if (dice < 30) pool.send({ type: "leg.media", leg, settings: SETTINGS });
    else if (dice < 50) pool.send({ type: "bridge", bridge: `bridge-${below(4)}` as BridgeId, legs: [leg, any()] });
    else if (dice < 55) pool.send({ type: "unbridge", bridge: `bridge-${below(4)}` as BridgeId });
    else if (dice < 65) pool.send({ type: "play", leg, play: `play-${id}` as PlayId, items: [{ kind: "silence", durationMs: below(400) }], bargeIn: false, repeat: random.next() < 0.3 });
    else if (dice < 75) pool.send({ type: "record.start", leg, recording: `rec-${id}` as RecordingId });
    else if (dice < 78) pool.send({ type: "record.mask", leg, on: random.next() < 0.5 });
    else if (dice < 84) pool.send({ type: "leg.close", leg });
    else if (dice < 86) pool.send({ type: "leg.suspend", leg });
    else if (dice < 90) hosts.hosts[below(workers)]![(["kill", "crash", "hang"] as const)[below(3)]!]();
    if (random.next() < 0.7) await clock.runMs(random.next() * (random.next() < 0.1 ? 3000 : 60));
  }
  await clock.runMs(15_000);
  for (const leg of legs) pool.send({ type: "leg.close", leg });
  await clock.runMs(15_000);
  await inspect(pool, hosts, faults);
  faults.push(...audit(events, legs));
  const closing = pool.close();
  await clock.runMs(10_000);
  await closing;
  if (clock.pending > 0) faults.push(`${clock.pending} timers left over`);
  if (net.size > 0) faults.push(`${net.size} sockets bound`);
  return { faults, ...pool.counters };
}

async function inspect(pool: MediaPool, hosts: InlineHosts, faults: string[]): Promise<void> {
  for (const snapshot of await pool.snapshots()) {
    const { legs, bridges, ports } = snapshot!;
    for (const [what, left] of Object.entries({ legs, bridges, "ports used": ports.used, "ports draining": ports.draining })) if (left > 0) faults.push(`${left} ${what} left over`);
  }
  if (hosts.openSockets > 0) faults.push(`${hosts.openSockets} sockets left over`);
  if (pool.counters.legs.some((left) => left !== 0)) faults.push(`legs counted: ${pool.counters.legs.join(" ")}`);
}

function audit(events: readonly MediaEvent[], legs: readonly LegId[]): readonly string[] {
  const faults: string[] = [];
  for (const leg of legs) {
    const own = events.filter((event) => event.leg === leg);
    const ends = own.filter((event) => event.type === "leg.closed" || event.type === "leg.failed" || event.type === "leg.suspended");
    const opened = own.filter((event) => event.type === "leg.opened").length;
    if (ends.length !== 1) faults.push(`${leg} was opened ${opened} times and ended ${ends.length} times`);
    const tracks = new Map<string, number>();
    for (const event of own) {
      if (event.type === "record.continued") tracks.set(event.next, tracks.get(event.next) ?? 0);
      if (event.type === "record.closed" || event.type === "record.failed") tracks.set(event.recording, (tracks.get(event.recording) ?? 0) + 1);
    }
    for (const [track, times] of tracks) if (times !== 1) faults.push(`track ${track} of ${leg} was closed ${times} times`);
  }
  return faults;
}

t.test(`anything at any time, with workers that die: seeds ${FROM} to ${TO}: each leg and each track ends once, nothing is left over`, { timeout: 300_000 }, async (t) => {
  const sum = { moved: 0, revived: 0, lost: 0 };
  for (let seed = FROM; seed <= TO; seed++) {
    const { faults, moved, revived, lost } = await storm(seed);
    if (faults.length > 0) t.same(faults, [], `seed ${seed}`);
    sum.moved += moved;
    sum.revived += revived;
    sum.lost += lost;
  }
  if (TO - FROM >= 59) t.ok(sum.moved > TO - FROM && sum.revived > TO - FROM, JSON.stringify(sum));
  t.pass(JSON.stringify(sum));
});
