// What callers do, drawn from the seed: most book, some with the wrong PIN or too little money, some want a person, some
// give back what was booked and book again, all may hang up at any time.
import type { SimRandom } from "../../protocol/base/sim-random.js";
import type { CallerPlan } from "./sim-caller.js";
import type { DeskPhoneOptions } from "./sim-desk-phone.js";

const OUTSIDE_NUMBER = "013900000777";

const CARDS = [
  { card: "10000001", pin: "1234" },
  { card: "10000002", pin: "2345" },
  { card: "10000003", pin: "3456" },
] as const;

export function planCaller(random: SimRandom, index: number): CallerPlan {
  const below = (n: number): number => Math.floor(random.next() * n);
  const { card, pin } = CARDS[below(CARDS.length)]!;
  const wrong = random.next() < 0.15;
  const operator = random.next() < 0.25;
  const [department, doctor, day, period] = [1 + below(2), 1, 1 + below(2), 1 + below(2)];
  const booking = `11${card}#${wrong ? "0000" : pin}#${department}${doctor}${day}${period}1`;
  const pauses = random.next() < 0.5;
  // Keyed in one go, or the number of the card first and the rest when it was asked for.
  const keys = operator
    ? [{ afterMs: 500 + below(2000), keys: "0" }]
    : pauses
      ? [
          { afterMs: 300, keys: booking.slice(0, 11) },
          { afterMs: 4000 + below(2000), keys: booking.slice(11, 16) },
          { afterMs: 7000 + below(2000), keys: booking.slice(16) },
        ]
      : [{ afterMs: 200 + below(1000), keys: booking }];
  const patienceMs = random.next() < 0.3 ? below(12_000) : 14_000 + below(12_000);
  const called = random.next() < 0.5 ? "95001" : "95002";
  const startMs = below(8000);
  const holds = random.next() < 0.25;
  return { number: `1390000000${index}`, called, startMs, keys, patienceMs, ...(holds ? { hold: { afterMs: 500 + below(6000), forMs: 500 + below(2000) } } : {}) };
}

/** Whom the desk phone that calls calls: its neighbour, or somebody outside. */
export function planDeskCall(random: SimRandom): NonNullable<DeskPhoneOptions["calls"]> {
  const [outside, at, patience] = [random.next() < 0.5, random.next(), random.next()];
  return { extension: outside ? OUTSIDE_NUMBER : "1003", atMs: 1000 + at * 25_000, patienceMs: 2000 + patience * 8000 };
}

/** Wants a person, and waits for one. */
export function planWaiter(random: SimRandom, index: number): CallerPlan {
  const below = (n: number): number => Math.floor(random.next() * n);
  return { number: `1390000020${index}`, called: "95001", startMs: 1000 + below(20_000), keys: [{ afterMs: 300 + below(500), keys: "0" }], patienceMs: 20_000 + below(10_000) };
}

/** Calls when others have booked on the same card; cancels the first, and books anew or cancels the next. */
export function planCanceller(random: SimRandom, index: number): CallerPlan {
  const below = (n: number): number => Math.floor(random.next() * n);
  const { card, pin } = CARDS[index % 2]!;
  const again = random.next() < 0.5;
  // The keys that follow a cancelling are keyed when it has been told: it drops what was typed ahead.
  const keys = [
    { afterMs: 300, keys: `12${card}#${pin}#` },
    { afterMs: 4500 + below(1500), keys: "11" },
    { afterMs: 13_000 + below(2000), keys: again ? `*11${card}#${pin}#${1 + below(2)}1${1 + below(2)}${1 + below(2)}1` : "11" },
  ];
  const patienceMs = random.next() < 0.25 ? 5000 + below(4000) : 19_000 + below(4000);
  return { number: `1390000010${index}`, called: random.next() < 0.5 ? "95001" : "95002", startMs: 13_000 + below(4000), keys, patienceMs };
}
