/** Something that happens now and then and that others may want to measure. To tell of it when nobody listens costs nothing. */
export class Signal<T> {
  private readonly listeners: ((event: T) => void)[] = [];

  /** A listener must not throw: what is measured would fail with it. */
  listen(listener: (event: T) => void): void {
    this.listeners.push(listener);
  }

  emit(event: T): void {
    for (const listener of this.listeners) listener(event);
  }
}
