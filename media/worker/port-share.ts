// Each worker's part of the RTP ports.

export interface PortRange {
  readonly portMin: number;
  readonly portMax: number;
}

/** As many workers as have at least a leg's two ports each: `workers`, or fewer where the range is that small. */
export const workersFor = ({ portMin, portMax }: PortRange, workers: number): number => Math.max(1, Math.min(workers, Math.floor((portMax + 1 - even(portMin)) / 2)));

/** The `index`th of `workers` parts, as equal as can be, each beginning at an even port. */
export function portShare({ portMin, portMax }: PortRange, index: number, workers: number): PortRange {
  const first = even(portMin);
  const pairs = Math.floor((portMax + 1 - first) / 2);
  const begin = (part: number): number => first + 2 * Math.floor((pairs * part) / workers);
  return { portMin: begin(index), portMax: index === workers - 1 ? portMax : begin(index + 1) - 1 };
}

/** Which of `workers` has the port in its part; undefined where it is in none. */
export function workerOfPort(range: PortRange, port: number, workers: number): number | undefined {
  const index = Array.from({ length: workers }, (_, i) => portShare(range, i, workers)).findIndex((share) => port >= share.portMin && port <= share.portMax);
  return index < 0 ? undefined : index;
}

const even = (port: number): number => port + (port & 1);
