import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { type HttpRequest, isUnsafe } from './http-request.js';
import { bodyBounds, excessOf, type JsonExcess } from './json-bounds.js';
import { validationFailed } from './validation-failed.js';

const mostBytes = 64 * 1024;
const json = /^application\/json\s*(?:;|$)/i;
const form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

const messageOf: Record<Exclude<JsonExcess, 'characters'>, string> = {
  depth: `must be at most ${bodyBounds.depth} levels deep`,
  members: `must hold at most ${bodyBounds.members} values`,
  prototype: 'must not name __proto__ or constructor.prototype',
};

/**
 * Holds the routes of this package to JSON bodies of a bounded size, whatever body parsers and limits the application
 * has: 415 for another media type, also without a body, 413 beyond 64 KiB, and 400 for a body that is too deep or too wide.
 */
export class BoundedJson implements CanActivate {
  constructor(private readonly takesForms: boolean) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers, body } = context
      .switchToHttp()
      .getRequest<HttpRequest & { readonly body?: unknown }>();
    if (!isUnsafe(method)) return true;
    const type = headers['content-type'];
    // A page of another site can make a browser send a form without asking first, but no JSON.
    if (type !== undefined && !json.test(type) && !(this.takesForms && form.test(type)))
      throw new AuthError('UNSUPPORTED_MEDIA_TYPE');
    if (Number(headers['content-length'] ?? 0) > mostBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
    const excess = excessOf(body, bodyBounds);
    if (excess === 'characters') throw new AuthError('PAYLOAD_TOO_LARGE');
    if (excess !== undefined) throw validationFailed([{ path: ['body'], message: messageOf[excess] }]);
    return true;
  }
}
