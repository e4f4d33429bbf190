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
        description:
          'Processes that serve requests; null if that is not known: on SQLite, where the response waits until others have noticed, with a key store of the application, and if the database did not answer or has just failed over.',
      }),
      confirmed: z.int().meta({ description: 'Processes that have dropped it from their caches.' }),
      missing: z.array(z.string()).meta({
        description: 'The names of the others, which may accept it for up to 5 s more.',
      }),
    })
    .meta({ id: 'Receipt' })
    .optional(),
};

const wait = z.enum(['true', 'false'], 'must be true or false').optional();

/** With `?wait=true`, responds once every process has dropped the ended key, or after 2 s with the processes that have not. */
@Injectable()
class ReceiptInterceptor implements NestInterceptor {
  /** A misspelled `wait` must not be ignored. */
  protected readonly query: z.ZodType<{ wait?: 'true' | 'false' | undefined }> = z.strictObject({ wait });

  constructor(
    private readonly database: Database,
    private readonly keyCache: KeyCache,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    const { query } = requestOf<{ query: unknown }>(context);
    const { data, error } = this.query.safeParse(query);
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

/** Beside these other fields of the query, which the route checks itself. */
function interceptorBeside(others: readonly string[]): typeof ReceiptInterceptor {
  const fields = Object.fromEntries(others.map((name) => [name, z.unknown().optional()]));
  return class extends ReceiptInterceptor {
    protected override readonly query = z.strictObject({ ...fields, wait });
  };
}

/**
 * For a route that ends keys: with `?wait=true` the response states in `replicas` which processes have dropped them.
 * `others` are the names of the other fields of the query.
 */
export function WithReceipt(...others: readonly string[]): MethodDecorator {
  return applyDecorators(
    UseInterceptors(others.length === 0 ? ReceiptInterceptor : interceptorBeside(others)),
    ApiQuery({ name: 'wait', required: false, description, schema: { type: 'boolean', default: false } }),
  );
}
