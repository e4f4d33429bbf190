import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { AuthError } from '../../principal/auth-error.js';
import { validationFailed } from '../../auth/http/validation-failed.js';

/** Node's own 417 has an empty body. An expectation nobody knows may as well be ignored (RFC 9110 §10.1.1). */
export function ignoreUnknownExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** In place of Node's own 400 with an empty body: HTTP/1.1 asks for `Host` (RFC 9112 §3.2). */
export function lackOfHost({ httpVersion, headers }: IncomingMessage): AuthError | undefined {
  if (headers.host !== undefined || httpVersion !== '1.1') return undefined;
  return validationFailed([{ path: ['headers', 'host'], message: 'is missing' }]);
}
