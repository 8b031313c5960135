import t from "tap";
import { portShare, workerOfPort, workersFor } from "./port-share.js";

t.test("ports are shared out in pairs, all of them, none twice", async (t) => {
  for (const [portMin, portMax, wanted, workers] of [
    [20_000, 20_099, 3, 3],
    [20_001, 20_100, 4, 4],
    [20_000, 20_003, 8, 2],
    [20_000, 20_004, 2, 2],
    [20_000, 29_999, 1, 1],
    [65_000, 65_535, 7, 7],
  ] as const) {
    const range = { portMin, portMax };
    t.equal(workersFor(range, wanted), workers);
    const shares = Array.from({ length: workers }, (_, i) => portShare(range, i, workers));
    t.equal(shares[0]!.portMin, portMin + (portMin & 1));
    t.equal(shares.at(-1)!.portMax, portMax);
    shares.forEach((share, i) => {
      t.equal(share.portMin & 1, 0);
      t.ok(share.portMax - share.portMin >= 1, JSON.stringify(share));
      if (i > 0) t.equal(share.portMin, shares[i - 1]!.portMax + 1);
      t.same([share.portMin, share.portMax].map((port) => workerOfPort(range, port, workers)), [i, i]);
    });
    t.equal(workerOfPort(range, portMax + 1, workers), undefined);
  }
});
