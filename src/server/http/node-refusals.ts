import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { AuthError } from '../../principal/auth-error.js';
import { validationFailed } from '../../http/validation-failed.js';

/** Node's own 417 has an empty body. An expectation nobody knows may as well be ignored (RFC 9110 §10.1.1). */
export function ignoreUnknownExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * HTTP/1.1 asks for `Host`, never twice (RFC 9112 §3.2), and for the same in a URL that names one (§3.2.2): those before
 * and behind us could each read another. Node keeps the first of two unseen, so the raw headers are counted.
 */
export function hostProblem({
  httpVersion,
  headers,
  rawHeaders,
  url = '',
}: IncomingMessage): AuthError | undefined {
  const { host } = headers;
  if (host === undefined) return httpVersion === '1.1' ? refused('is missing') : undefined;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count > 1) return refused('is sent more than once');
  if (url.startsWith('/') || url === '*') return undefined;
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority?.toLowerCase() === host.toLowerCase() ? undefined : refused('is not that of the URL');
}

function refused(message: string): AuthError {
  return validationFailed([{ path: ['headers', 'host'], message }]);
}
