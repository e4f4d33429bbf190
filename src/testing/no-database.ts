import { Injectable } from '@nestjs/common';
import type { Receipt } from '../database/postgres/change-feed/receipt.js';
import { Database } from '../database/database.js';

/** Stands where the database would. Whoever reads or writes is told that there is none. */
@Injectable()
export class NoDatabase extends Database {
  readonly heardAt = Infinity;
  readonly awaitedUntil = Infinity;

  read(): Promise<never> {
    return this.refuse();
  }

  write(): Promise<never> {
    return this.refuse();
  }

  lock(): Promise<never> {
    return this.refuse();
  }

  ping(): Promise<never> {
    return this.refuse();
  }

  onForeignChange(): void {}

  async confirmDropped(): Promise<Receipt> {
    return { live: 1, confirmed: 1, missing: [] };
  }

  private async refuse(): Promise<never> {
    throw new Error(
      'AuthTestingModule has no database. What needs one is tested with DatabaseModule and AuthModule, on a scratch database.',
    );
  }
}
