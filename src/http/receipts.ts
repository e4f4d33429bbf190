import { z } from 'zod';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { from, map, mergeMap, type Observable } from 'rxjs';
import { Database, type Receipt } from '../database/database.js';
import { KeyCache } from '../key-store/key-cache.js';
import { validationFailed } from './validation.js';
import { ApiQuery } from '@nestjs/swagger';

/** The field `replicas` of what a route answers that has `@WithReceipt()`. */
export const receipt = {
  replicas: z
    .object({
      live: z.int().nullable().meta({
        description: 'Processes that serve requests; null when the database did not say.',
      }),
      confirmed: z.int().meta({ description: 'Those that have dropped all they remembered of it.' }),
      missing: z.array(z.string()).meta({
        description: 'The names of the others, which believe what they remember for 5 s more at most.',
      }),
    })
    .meta({ id: 'Receipt' })
    .optional(),
};

/** One of the routes with receipts also takes `restart`, and checks it. A misspelt `wait` must not count as none. */
const waiting = z.strictObject({
  wait: z.enum(['true', 'false'], 'must be true or false').optional(),
  restart: z.unknown().optional(),
});

/** With `?wait=true`, answers once every process has dropped what the route ended, or after 2 s with who has not. */
@Injectable()
class ReceiptInterceptor implements NestInterceptor {
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
    return this.database.confirmInvalidation();
  }
}

const description = 'Answer only once every process has dropped it, or after 2 s with those that have not.';

/** For a route that ends something: whoever sends `?wait=true` is told how far that has got, in `replicas`. */
export function WithReceipt(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(ReceiptInterceptor),
    ApiQuery({ name: 'wait', required: false, description, schema: { type: 'boolean', default: false } }),
  );
}
