import t from "tap";
import { PortPool } from "./port-pool.js";

t.test("RFC 3550 11: even ports with room for the odd one above", async (t) => {
  for (const [portMin, portMax, ports] of [
    [20_000, 20_005, [20_000, 20_002, 20_004]],
    [20_001, 20_006, [20_002, 20_004]],
    [20_000, 20_000, []],
  ] as const) {
    const pool = new PortPool({ portMin, portMax, drainMs: 2000 });
    const got = ports.map(() => pool.take(0));
    t.same([got, pool.take(0)], [ports, undefined], `${portMin}-${portMax}`);
  }
});

t.test("a closed leg's port rests before it comes again, and the longest rested comes first", async (t) => {
  const pool = new PortPool({ portMin: 20_000, portMax: 20_003, drainMs: 2000 });
  t.same([pool.take(0), pool.take(0), pool.take(0)], [20_000, 20_002, undefined]);
  pool.release(20_002, 100);
  pool.release(20_000, 200);
  pool.release(20_000, 300);
  pool.release(44, 300);
  t.same(pool.snapshot(2099), { free: 0, used: 0, draining: 2 });
  t.equal(pool.take(2099), undefined);
  t.equal(pool.take(2100), 20_002);
  t.equal(pool.take(2199), undefined);
  t.equal(pool.take(2200), 20_000);
  t.same(pool.snapshot(2200), { free: 0, used: 2, draining: 0 });
});
