import { setTimeout as pause } from "node:timers/promises";
import t from "tap";
import { growth, mib, withBinding } from "./growth.js";
import { startCallLoad } from "./short-calls.js";
import { startSoakedServer } from "./soaked-server.js";

const WARM_UP_CALLS = 30;
const CALLS = 100;
/** Transactions are kept for 64*T1, and a port rests for 2 s. */
const SETTLE_MS = 34_000;
/** Compiled code and grown tables: far more than that is not what calls of a hundred should leave. */
const HEAP_BYTES_MAX = 3 * 2 ** 20;

t.test(`a hundred short calls over real sockets leave heap, descriptors, timers, ports and tables where they were`, { timeout: 180_000 }, async (t) => {
  const server = await startSoakedServer();
  const idle = await server.measure();
  const load = await startCallLoad(server.sip);
  t.teardown(async () => {
    await load.stop();
    await server.stop();
  });
  await load.run(WARM_UP_CALLS);
  const warm = await server.measure();
  const { answered } = await load.run(CALLS);
  load.rest();
  await pause(SETTLE_MS);
  const after = await server.measure();
  t.ok(answered >= CALLS / 2 && load.reached() >= 3, `${answered} answered, the phone reached ${load.reached()} times`);
  // The heap is that of a server that has worked: its code is compiled. The phone's binding waits for its end.
  t.same(growth({ ...idle, heapBytes: warm.heapBytes, resources: withBinding(idle.resources) }, after, HEAP_BYTES_MAX), [], `heap ${mib(idle.heapBytes)} MiB idle, ${mib(warm.heapBytes)} warm, ${mib(after.heapBytes)} after`);
});
