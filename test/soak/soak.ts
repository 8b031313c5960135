// `npm run soak`: a simulated day of idle, minutes of real idle, and 1,000 short calls over real sockets; ends with 1 where
// anything is left: heap, descriptors, timers, ports, tables.
import { setTimeout as pause } from "node:timers/promises";
import { growth, mib, withBinding } from "./growth.js";
import { idleDay } from "./idle-day.js";
import type { Holding } from "./measured-server.js";
import { startCallLoad } from "./short-calls.js";
import { startSoakedServer } from "./soaked-server.js";

/** Until the code is compiled and the tables that are bounded by count have turned over. */
const WARM_UP_CALLS = 1500;
const CALLS = Number(process.argv[2] ?? 1000);
const SETTLE_MS = 36_000;
const IDLE_MS = 120_000;
/** What garbage collections leave or not from one measurement to the next. */
const HEAP_BYTES_MAX = 2 ** 20;

const faults: string[] = [];
const day = await idleDay();
console.log(`a simulated day of idle: heap ${mib(day.before.heapBytes)} -> ${mib(day.after.heapBytes)} MiB, timers ${day.before.timers} -> ${day.after.timers}, transactions ${day.before.transactions} -> ${day.after.transactions}, sockets ${day.before.sockets} -> ${day.after.sockets}`);
if (day.after.heapBytes - day.before.heapBytes > HEAP_BYTES_MAX) faults.push("the idle day's heap has grown");
for (const what of ["calls", "legs", "sessions", "ports", "sockets"] as const) if (day.after[what] > day.before[what]) faults.push(`the idle day's ${what}: ${day.after[what]} instead of ${day.before[what]}`);

const server = await startSoakedServer();
const fresh = await server.measure();
const load = await startCallLoad(server.sip);
await load.run(WARM_UP_CALLS);
await pause(SETTLE_MS);
const before = await server.measure();
describe("after the warm-up", before);
const { answered } = await load.run(CALLS);
load.rest();
await pause(SETTLE_MS);
const after = await server.measure();
describe(`after ${CALLS} calls, ${answered} answered, a phone reached ${load.reached()} times`, after);
faults.push(...growth({ ...fresh, heapBytes: before.heapBytes, resources: withBinding(fresh.resources) }, after, HEAP_BYTES_MAX));
await pause(IDLE_MS);
const later = await server.measure();
describe(`after ${IDLE_MS / 60_000} minutes of idle`, later);
faults.push(...growth({ ...fresh, heapBytes: after.heapBytes }, later, HEAP_BYTES_MAX));
await load.stop();
await server.stop();

faults.forEach((fault) => console.log(`left: ${fault}`));
console.log(faults.length === 0 ? "nothing is left" : `${faults.length} things are left`);
process.exitCode = faults.length === 0 ? 0 : 1;

function describe(when: string, { heapBytes, externalBytes, descriptors, resources, load, media }: Holding): void {
  console.log(`${when}: heap ${mib(heapBytes)} MiB, external ${mib(externalBytes)} MiB, ${descriptors} descriptors, ${JSON.stringify({ ...resources, ...load, ...media })}`);
}
