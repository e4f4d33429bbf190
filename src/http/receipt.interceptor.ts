import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, map, mergeMap, type Observable } from 'rxjs';
import { z } from 'zod';
import { Database } from '../database/database.js';
import type { Receipt } from '../database/postgres/change-feed/receipt.js';
import { KeyCache } from '../key-store/key-cache.js';
import { validationFailed } from './validation-failed.js';

/** One of the routes with receipts also takes `restart`, and checks it. A misspelt `wait` must not count as none. */
const waiting = z.strictObject({
  wait: z.enum(['true', 'false'], 'must be true or false').optional(),
  restart: z.unknown().optional(),
});

/** With `?wait=true`, answers once every process has dropped what the route ended, or after 2 s with who has not. */
@Injectable()
export class ReceiptInterceptor implements NestInterceptor {
  constructor(
    private readonly database: Database,
    private readonly keyCache: KeyCache,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    const { query } = context.switchToHttp().getRequest<{ query: unknown }>();
    const { data, error } = waiting.safeParse(query);
    if (data === undefined) throw validationFailed(error.issues);
    const answers = next.handle();
    return data.wait === 'true' ? answers.pipe(mergeMap((answer) => this.withReceipt(answer))) : answers;
  }

  private withReceipt(answer: object): Observable<object> {
    return from(this.confirm()).pipe(map((replicas) => ({ ...answer, replicas })));
  }
  /** What is changed in a store of the application's own no other process hears of, so none can confirm it. */
  private async confirm(): Promise<Receipt> {
    if (!this.keyCache.followsChanges) return { live: null, confirmed: 1, missing: [] };
    return this.database.confirmDropped();
  }
}
