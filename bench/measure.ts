// How benches here measure: ours and a reference by turns in one run, so that both meet the same machine.

/** One line of a bench's table. Lower is better; `ratio` is ours to the reference's. */
export interface BenchRow {
  readonly name: string;
  readonly ours: number;
  readonly reference?: { readonly name: string; readonly value: number };
  readonly unit: string;
}

/** What a file named `*.bench.ts` exports as `run`. */
export type Bench = () => BenchRow[] | Promise<BenchRow[]>;

/** A call's result goes in here, so that no optimizer can leave the call out. */
let sink = 0;
export const consume = (value: number): void => void (sink = (sink + value) | 0);
export const consumed = (): number => sink;

export interface Contender {
  readonly name: string;
  /** One operation; returns a number that depends on all of it. */
  readonly once: () => number;
}

const ROUNDS = 15;
const ROUND_MS = 40;

/**
 * Nanoseconds of CPU per operation of each contender, collecting garbage included: the median of 15 rounds of about
 * 40 ms, taken by turns after a warm-up. CPU and not wall time, so that a busy machine costs neither side its turn.
 */
export function measureNs(contenders: readonly Contender[]): number[] {
  const batches = contenders.map((contender) => {
    const warmUntil = performance.now() + 300;
    let count = 0;
    while (performance.now() < warmUntil) for (let i = 0; i < 100; i++, count++) consume(contender.once());
    return Math.max(1, Math.round((count / 300) * ROUND_MS));
  });
  const rounds: number[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    contenders.forEach((contender, c) => {
      const batch = batches[c]!;
      const start = process.cpuUsage();
      for (let i = 0; i < batch; i++) consume(contender.once());
      const used = process.cpuUsage(start);
      rounds[c]!.push(((used.user + used.system) * 1000) / batch);
    });
  return rounds.map((times) => times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!);
}
