import { Counter, Gauge, type Registry } from 'prom-client';

/** A value, with its labels. */
export type Reading<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number];

/** A metric whose values are read from elsewhere at each scrape. */
interface ReadMetric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** A series that is omitted is not published. */
  read(): Iterable<Reading<Label>>;
}

/** Registers a counter: the values read must never decrease. */
export function readCounter<L extends string>(registry: Registry, { read, ...about }: ReadMetric<L>): void {
  // It registers itself.
  void new Counter<L>({
    ...about,
    registers: [registry],
    collect() {
      this.reset();
      if (about.labelNames.length === 0) this.remove();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

export function readGauge<L extends string>(registry: Registry, { read, ...about }: ReadMetric<L>): void {
  void new Gauge<L>({
    ...about,
    registers: [registry],
    collect() {
      this.reset();
      if (about.labelNames.length === 0) this.remove();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}
