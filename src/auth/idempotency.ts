import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { hash } from 'node:crypto';
import { type HttpRequest, requestOf } from '../http/http-request.js';
import { ApiHeader } from '../http/openapi.decorators.js';
import { validationFailed } from '../http/validation.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { ErrorCode } from '../principal/auth-error.js';
import { type AuthenticatedUser, isBounded } from '../principal/authenticated-user.js';
import { isJsonObject } from '../support/json.js';
import { currentUser } from './decision/request-attempts.js';

const header = 'Idempotency-Key';

/** A string of structured fields (RFC 8941 §3.3.3), which the draft asks for, or the bare text that most clients send. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/;
const longest = 255;

/** The errors that `@Idempotent()` adds to a route. */
export const idempotencyErrors: readonly ErrorCode[] = ['REQUEST_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED'];

/** Documents the header of a route that takes `@IdempotencyKey()` (draft-ietf-httpapi-idempotency-key-header-07). */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: header,
      required: false,
      description:
        'Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`.',
      schema: { type: 'string', minLength: 1, maxLength: longest },
    }),
  );
}

/** The `Idempotency-Key` of the request, bound to its credential; `undefined` without one. */
export const IdempotencyKey = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Idempotency | undefined => {
    const request = requestOf<HttpRequest & { readonly body?: unknown }>(context);
    const user = currentUser(request);
    const sent = request.headers['idempotency-key'];
    return sent === undefined || user === undefined ? undefined : idempotencyOf(keyIn(sent), user, request);
  },
);

function idempotencyOf(
  key: string,
  { ownerId, source, actorChain }: AuthenticatedUser,
  { method, url = '', body }: HttpRequest & { readonly body?: unknown },
): Idempotency {
  const [path] = url.split('?');
  return {
    // A bounded token without a client has the actor chain of its user, and must not get a key that is not bounded.
    id: digestOf([ownerId, source.type, isBounded(source), actorChain, key]),
    ownerId,
    request: digestOf([method, path, body ?? {}]),
  };
}

/** Throws `VALIDATION_FAILED` for a malformed key, also for a header that was sent twice. */
function keyIn(sent: string | readonly string[]): string {
  const text = typeof sent === 'string' ? sent : '';
  const key = quoted.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? (bare.test(text) ? text : '');
  if (key !== '' && key.length <= longest) return key;
  const message = `must be 1 to ${longest} visible ASCII characters, sent once, alone or in double quotes (RFC 8941)`;
  throw validationFailed([{ path: [header], message }]);
}

/** The same for objects with their members in another order. */
function digestOf(value: unknown): string {
  const sorted = (_name: string, member: unknown) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).sort(byName)) : member;
  return hash('sha256', JSON.stringify(value, sorted), 'hex');
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
