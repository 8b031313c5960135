// What the signalling plane counts, read as one plain snapshot by /metrics.

export const COUNTER_NAMES = [
  "received", "sent",
  /** Datagrams that are no SIP (STUN, noise), and line ends that keep a NAT open. */
  "foreign", "keepAlives",
  /** Malformed: answered with 4xx or 5xx, or dropped where no answer is possible. */
  "malformedAnswered", "malformedDropped",
  /** Responses whose Via is not ours. */
  "viaMismatched",
  /** ACKs that belong to no session, and whatever the door left unanswered. */
  "strayAcks", "doorDropped",
  "rejected", "merged", "overloaded",
  /** Longer than a datagram can be: not sent. */
  "oversize",
  /** Sent into a TCP connection that could not be had or broke. */
  "streamLost",
  /** A listener, door or handler that threw. */
  "faults",
  "incoming", "outgoing", "answered", "noAck",
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

export class Counters {
  readonly #values = Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])) as Record<CounterName, number>;

  add(name: CounterName): void {
    this.#values[name]++;
  }

  snapshot(): Readonly<Record<CounterName, number>> {
    return { ...this.#values };
  }
}
