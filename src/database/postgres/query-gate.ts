import type { QueryRunner } from 'typeorm';

type Query = (...parameters: Parameters<QueryRunner['query']>) => Promise<unknown>;

/**
 * Stands before the queries of one transaction. Lets them through one after the other, and none once it is closed:
 * TypeORM would send a query that comes late in no transaction at all, or on SQLite in that of somebody else.
 */
export class QueryGate {
  private isOpen = true;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    runner: QueryRunner,
    private readonly transaction: { isOpen(): boolean },
  ) {
    const send: Query = runner.query.bind(runner);
    const query: Query = (...parameters) => this.pass(() => send(...parameters));
    Object.assign(runner, { query });
  }

  /** Closes at the end of the work. Rejects when a query of it is still under way, for nobody waits for its outcome. */
  async closeWhenIdle(): Promise<void> {
    const forgotten = this.waiting;
    await this.close();
    if (forgotten > 0) throw new Error('A query in write was not awaited; nothing was stored');
  }

  /** Refuses further queries and resolves when none is under way. */
  async close(): Promise<void> {
    this.isOpen = false;
    await this.last;
  }

  private pass(send: () => Promise<unknown>): Promise<unknown> {
    this.waiting += 1;
    const outcome = this.last.then(() => {
      if (!this.isOpen) throw new Error('This transaction has ended; its manager cannot be used any more');
      return send();
    });
    this.last = outcome.then(
      () => this.settle(),
      () => this.settle(),
    );
    return outcome;
  }

  private settle(): void {
    this.waiting -= 1;
    // A full disk, for one, makes SQLite roll back at once; what came after would be stored without a transaction.
    if (!this.transaction.isOpen()) this.isOpen = false;
  }
}
