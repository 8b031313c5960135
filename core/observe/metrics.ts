// Prometheus' view: the parts keep plain counters of their own, which are read when somebody asks.
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** One part's numbers. Each field becomes `ringward_<part>_<field>`, a counter with `_total` behind. */
export interface MetricSource {
  /** Lower-case words joined by underscores: `calls`, `sip`, `media`, `store`, `journal`. */
  readonly part: string;
  /** What each field counts, in one sentence; fields that are not named here are not shown. */
  readonly counters?: Readonly<Record<string, string>>;
  /** What each field measures; these may fall. */
  readonly gauges?: Readonly<Record<string, string>>;
  /** The numbers now. A field that is missing or no number is left as it was. */
  read(): object;
}

/** Numbers of several things of one kind, told apart by a label: `ringward_trunk_calls{trunk="carrier"}`. */
export interface LabelledSource {
  readonly part: string;
  /** The label's name; its values are names of settings, so they are few. */
  readonly label: string;
  readonly gauges: Readonly<Record<string, string>>;
  /** The numbers now, by the label's value; a field that is missing there is not shown. */
  read(): Iterable<readonly [value: string, numbers: Readonly<Record<string, number>>]>;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export class Metrics {
  readonly #registry = new Registry();

  /** @param options.process also the process's own: CPU, memory, event loop. */
  constructor(options: { readonly process: boolean }) {
    if (options.process) collectDefaultMetrics({ register: this.#registry });
  }

  /** Throws where the part or a name is there already. */
  add(source: MetricSource): void {
    const registers = [this.#registry];
    const valueOf = (field: string): number | undefined => {
      const value = (source.read() as Readonly<Record<string, unknown>>)[field];
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    };
    for (const [field, help] of Object.entries(source.counters ?? {})) {
      const name = `${nameOf(source.part, field)}_total`;
      new Counter({
        name,
        help,
        registers,
        collect() {
          const value = valueOf(field);
          if (value === undefined) return;
          this.reset();
          this.inc(value);
        },
      });
    }
    for (const [field, help] of Object.entries(source.gauges ?? {})) {
      new Gauge({
        name: nameOf(source.part, field),
        help,
        registers,
        collect() {
          const value = valueOf(field);
          if (value !== undefined) this.set(value);
        },
      });
    }
  }

  /** Throws where a name is there already. */
  addLabelled({ part, label, gauges, read }: LabelledSource): void {
    for (const [field, help] of Object.entries(gauges)) {
      new Gauge({
        name: nameOf(part, field),
        help,
        labelNames: [label],
        registers: [this.#registry],
        collect() {
          this.reset();
          for (const [value, numbers] of read()) if (numbers[field] !== undefined) this.set({ [label]: value }, numbers[field]!);
        },
      });
    }
  }

  /** In Prometheus' text format. */
  async read(): Promise<MetricsText> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

/** `jitterMs` of `media` is `ringward_media_jitter_ms`. */
const nameOf = (part: string, field: string): string => `ringward_${part}_${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
