import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { MemoryMediaNet } from "./memory-media-net.js";

t.test("delay, loss, repetition and reordering come from the seed", async (t) => {
  const trial = async (seed: number): Promise<string> => {
    const [clock, random] = [new SimClock(), new SimRandom(seed)];
    const net = new MemoryMediaNet({ clock, draw: () => random.next(), delayMs: 10, jitterMs: 40, lossRate: 0.2, duplicateRate: 0.1 });
    const got: number[] = [];
    const to = { address: "10.0.0.2", port: 4000 };
    const a = await net.bind({ address: "10.0.0.1", port: 4000 }, () => {});
    const b = await net.bind(to, (bytes, length, from) => got.push(from.port === 4000 && length === 1 ? bytes[0]! : -1));
    const packet = new Uint8Array(9);
    for (let i = 0; i < 100; i++, clock.advanceMs(20)) {
      packet[0] = i;
      a.send(packet, 1, to);
    }
    clock.advanceMs(100);
    b.close();
    t.equal(net.size, 1);
    a.send(packet, 1, to);
    clock.advanceMs(100);
    return got.join(" ");
  };
  const first = await trial(7);
  const numbers = first.split(" ").map(Number);
  t.ok(numbers.length > 70 && numbers.length < 105, `${numbers.length} came`);
  t.ok(new Set(numbers).size < numbers.length && numbers.some((n, i) => i > 0 && n < numbers[i - 1]!), "some twice, some out of order");
  t.equal(await trial(7), first);
  t.not(await trial(8), first);
});

t.test("an address is bound once", async (t) => {
  const net = new MemoryMediaNet({ clock: new SimClock() });
  const at = { address: "10.0.0.1", port: 4000 };
  (await net.bind(at, () => {})).close();
  await net.bind(at, () => {});
  await t.rejects(net.bind(at, () => {}), { message: "address in use: 10.0.0.1:4000" });
});
