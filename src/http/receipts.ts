import { requestOf } from './http-request.js';
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
import { ApiQuery } from './openapi.decorators.js';

/** The field `replicas` in the response of a route with `@WithReceipt()`. */
export const receipt = {
  replicas: z
    .object({
      live: z.int().nullable().meta({
        description: 'Processes that serve requests; null if the database did not answer.',
      }),
      confirmed: z.int().meta({ description: 'Processes that have dropped it from their caches.' }),
      missing: z.array(z.string()).meta({
        description: 'The names of the others, which may accept it for up to 5 s more.',
      }),
    })
    .meta({ id: 'Receipt' })
    .optional(),
};

/** One route with receipts also accepts `restart`, and checks it. A misspelled `wait` must not be ignored. */
const waiting = z.strictObject({
  wait: z.enum(['true', 'false'], 'must be true or false').optional(),
  restart: z.unknown().optional(),
});

/** With `?wait=true`, responds once every process has dropped the ended key, or after 2 s with the processes that have not. */
@Injectable()
class ReceiptInterceptor implements NestInterceptor {
  constructor(
    private readonly database: Database,
    private readonly keyCache: KeyCache,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    const { query } = requestOf<{ query: unknown }>(context);
    const { data, error } = waiting.safeParse(query);
    if (data === undefined) throw validationFailed(error.issues);
    const answers = next.handle();
    return data.wait === 'true' ? answers.pipe(mergeMap((answer) => this.withReceipt(answer))) : answers;
  }

  private withReceipt(answer: object): Observable<object> {
    return from(this.confirm()).pipe(map((replicas) => ({ ...answer, replicas })));
  }
  /** Other processes are not notified of changes in a custom store, so none can confirm them. */
  private async confirm(): Promise<Receipt> {
    if (!this.keyCache.followsChanges) return { live: null, confirmed: 1, missing: [] };
    return this.database.confirmInvalidation();
  }
}

const description =
  'Respond once every process has dropped the key, or after 2 s with the processes that have not.';

/** For a route that ends keys: with `?wait=true` the response states in `replicas` which processes have dropped them. */
export function WithReceipt(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(ReceiptInterceptor),
    ApiQuery({ name: 'wait', required: false, description, schema: { type: 'boolean', default: false } }),
  );
}
