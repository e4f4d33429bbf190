import { bodyBounds, findExcess, type JsonExcess, maxBodyBytes } from '../support/json.js';
import { AuthError } from '../principal/auth-error.js';
import { redact } from '../support/redact.js';
import { z } from 'zod';
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
  UseGuards,
} from '@nestjs/common';
import { type HttpRequest, isUnsafe, requestOf } from './http-request.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** From Zod: the unknown fields of a strict object. */
  readonly keys?: readonly string[];
}

interface Detail {
  readonly path: string;
  readonly message: string;
}

const most = 20;

/**
 * `VALIDATION_FAILED` with `details: [{ path, message }]`, one entry for each of the first 20 things wrong and one that
 * counts the rest; no credential is repeated.
 */
export function validationFailed(issues: readonly Issue[]): AuthError {
  const details: Detail[] = issues.slice(0, most).flatMap(detailsOf).slice(0, most).map(withoutCredentials);
  const rest = issues.reduce((count, { keys }) => count + (keys?.length ?? 1), 0) - details.length;
  if (rest > 0) details.push({ path: 'body', message: `There are ${rest} more faults like these.` });
  return new AuthError('VALIDATION_FAILED', { details });
}

function withoutCredentials({ path, message }: Detail): Detail {
  return { path: redact(path), message: redact(message) };
}

function detailsOf({ message, path = [], keys }: Issue): Detail[] {
  const segments = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (keys === undefined) return [{ path: segments.join('.') || 'body', message }];
  return keys.slice(0, most).map((key) => ({
    path: [...segments, redact(key.slice(0, 1_000)).slice(0, 100)].join('.'),
    message: 'This field does not exist.',
  }));
}

/** Validates what code passes to a public service, like the body of a route. Throws `VALIDATION_FAILED`. */
export function validInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data, error } = schema.safeParse(input);
  if (error !== undefined) throw validationFailed(error.issues);
  return data as T;
}

/** Throws `NOT_FOUND` for a value that is not an id. A query with `undefined` as its id would match any row. */
export function requireId(id: unknown): void {
  if (typeof id !== 'string' || id === '' || id.length > 64) throw new AuthError('NOT_FOUND');
}

/** A page of a list, requested by code. */
export const pageInput = z.object({
  limit: z.int().min(1).max(1_000),
  after: z.string().min(1).max(64).optional(),
});

const json = /^application\/json\s*(?:;|$)/i;
const form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

const messageOf: Record<Exclude<JsonExcess, 'characters'>, string> = {
  depth: `must be at most ${bodyBounds.depth} levels deep`,
  members: `must hold at most ${bodyBounds.members} values`,
  prototype: 'must not name __proto__ or constructor.prototype',
};

/**
 * Bounds the JSON bodies of Gatehouse's routes, whatever body parsers and limits the application
 * has: 415 for another media type, even without a body, 413 above 64 KiB, and 400 for too many levels or values.
 */
export class BoundedJson implements CanActivate {
  constructor(private readonly takesForms: boolean) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers, body } = requestOf<HttpRequest & { readonly body?: unknown }>(context);
    if (!isUnsafe(method)) return true;
    const type = headers['content-type'];
    // A page of another site can make a browser send a form without a preflight, but not JSON.
    if (type !== undefined && !json.test(type) && !(this.takesForms && form.test(type)))
      throw new AuthError('UNSUPPORTED_MEDIA_TYPE');
    if (Number(headers['content-length'] ?? 0) > maxBodyBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
    const excess = findExcess(body, bodyBounds);
    if (excess === 'characters') throw new AuthError('PAYLOAD_TOO_LARGE');
    if (excess !== undefined) throw validationFailed([{ path: ['body'], message: messageOf[excess] }]);
    return true;
  }
}

/** Bounds the bodies of a route or controller, see `BoundedJson`. With `takesForms` a body may also be a form. */
export const BoundedBodies = ({ takesForms = false } = {}): ClassDecorator & MethodDecorator =>
  UseGuards(new BoundedJson(takesForms));

/** Of any version: the subjects of the primary issuer, which are ids of users, may be of none. */
const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of an object in a path. Throws `NOT_FOUND` for any other text, as for an id that does not exist. */
@Injectable()
export class ObjectIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!uuidShape.test(id)) throw new AuthError('NOT_FOUND');
    return id.toLowerCase();
  }
}
