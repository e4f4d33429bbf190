/** Which rows are locked by running work, and how much other work waits for each. */
export class RowLocks {
  private readonly locked = new Set<string>();
  private readonly waiting = new Map<string, number>();

  areFree(rows: readonly string[]): boolean {
    return rows.every((row) => !this.locked.has(row));
  }

  /** The most work that waits for one of the rows. */
  mostWaitingFor(rows: readonly string[]): number {
    return Math.max(0, ...rows.map((row) => this.waiting.get(row) ?? 0));
  }

  lock(rows: readonly string[]): void {
    for (const row of rows) this.locked.add(row);
  }

  unlock(rows: readonly string[]): void {
    for (const row of rows) this.locked.delete(row);
  }

  addWaiting(rows: readonly string[]): void {
    for (const row of rows) this.waiting.set(row, (this.waiting.get(row) ?? 0) + 1);
  }

  removeWaiting(rows: readonly string[]): void {
    for (const row of rows) {
      const others = (this.waiting.get(row) ?? 1) - 1;
      if (others === 0) this.waiting.delete(row);
      else this.waiting.set(row, others);
    }
  }
}
