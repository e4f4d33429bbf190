import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { challengeOf } from '../../http/challenge-of.js';
import { AuthError } from '../../principal/auth-error.js';
import type { ErrorCode } from '../../principal/error-codes.js';
import { credentialInOverflow } from './credential-in-overflow.js';
import { lingerAtClose } from './linger-at-close.js';

const timeout = 'ERR_HTTP_REQUEST_TIMEOUT';

interface ClientError extends Error {
  readonly code?: string;
  /** A `Buffer`, though Fastify's types say otherwise. */
  readonly rawPacket?: unknown;
}

/** Where the client may still be sending; each further piece of it is one more error. */
const answered = new WeakSet<Socket>();

/** Told of an answer: its request id, status and code, and the address of the peer. */
type Note = (requestId: string, status: number, code: ErrorCode, ip: string | undefined) => void;

/** Answers what never became a request, since Node gave up reading it, in the shape of every other error; then hangs up. */
export function answerClientError(error: ClientError, socket: Socket, note: Note): void {
  if (answered.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answered.add(socket);
  // A request that took too long must not be completed, and carried out, after all.
  if (error.code !== timeout) lingerAtClose(socket);
  const answer = new AuthError(codeOf(error));
  const requestId = randomUUID();
  note(requestId, answer.getStatus(), answer.code, socket.remoteAddress);
  socket.write(textOf(answer, requestId));
  socket.destroySoon();
}

function textOf(answer: AuthError, requestId: string): string {
  const status = answer.getStatus();
  const body = JSON.stringify({ ...(answer.getResponse() as object), requestId });
  const challenge = challengeOf(answer);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(challenge === undefined ? [] : [`WWW-Authenticate: ${challenge}`]),
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function codeOf({ code, rawPacket }: ClientError): ErrorCode {
  if (code === timeout) return 'REQUEST_TIMEOUT';
  if (code === 'HPE_HEADER_OVERFLOW') return credentialInOverflow(rawPacket) ?? 'HEADERS_TOO_LARGE';
  return 'VALIDATION_FAILED';
}
