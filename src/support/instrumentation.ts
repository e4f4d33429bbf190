/** How often each of a few names was met with, since the start of the process. Fit for what happens at every request. */
export class Counter<Name extends string> {
  private readonly counts: Partial<Record<Name, number>> = {};

  add(name: Name, count = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + count;
  }

  of(name: Name): number {
    return this.counts[name] ?? 0;
  }

  /** Those that were met with. */
  entries(): [Name, number][] {
    return Object.entries(this.counts) as [Name, number][];
  }
}

/** Something that happens now and then and that others may want to measure. To tell of it when nobody listens costs nothing. */
export class Signal<T> {
  private readonly listeners: ((event: T) => void)[] = [];

  /** A listener must not throw: what is measured would fail with it. */
  subscribe(listener: (event: T) => void): void {
    this.listeners.push(listener);
  }

  emit(event: T): void {
    for (const listener of this.listeners) listener(event);
  }
}
