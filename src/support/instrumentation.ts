/** Counts per name since the process started; cheap enough for every request. */
export class Counter<Name extends string> {
  private readonly counts: Partial<Record<Name, number>> = {};

  add(name: Name, count = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + count;
  }

  of(name: Name): number {
    return this.counts[name] ?? 0;
  }

  /** The names that were counted. */
  entries(): [Name, number][] {
    return Object.entries(this.counts) as [Name, number][];
  }
}

/** A typed event with subscribers, such as metrics. Without subscribers it costs nothing. */
export class Signal<T> {
  private readonly listeners: ((event: T) => void)[] = [];

  /** The listener must not throw: it runs inside the measured work. */
  subscribe(listener: (event: T) => void): void {
    this.listeners.push(listener);
  }

  emit(event: T): void {
    for (const listener of this.listeners) listener(event);
  }
}
