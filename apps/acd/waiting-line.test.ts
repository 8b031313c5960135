import t from "tap";
import { WaitingLine, type Waiting } from "./waiting-line.js";

const waiting = (call: string, sinceMs: number, priority = 0): Waiting => ({ call, priority, sinceMs, ringing: false });

t.test("A02: by priority, then by who has waited longest, in whatever order they come back after a restart", async (t) => {
  const [first, second, third, vip] = [waiting("first", 100), waiting("second", 200), waiting("third", 300), waiting("vip", 400, 10)];
  for (const order of [
    [first, second, third, vip],
    [vip, third, first, second],
    [third, second, vip, first],
  ]) {
    const line = new WaitingLine();
    for (const one of order) line.join(one);
    t.same([vip, first, second, third].map((one) => line.ahead(one)), [0, 1, 2, 3]);
  }
});

t.test("two who came in the same moment are served in the order in which they joined", async (t) => {
  const line = new WaitingLine();
  const [a, b] = [waiting("a", 100), waiting("b", 100)];
  line.join(a);
  line.join(b);
  t.same([line.ahead(a), line.ahead(b)], [0, 1]);
});
