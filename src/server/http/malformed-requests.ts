import { defaultHeaders } from '../../support/header-names.js';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { challengeOf } from '../../http/response-headers.js';
import { AuthError, type ErrorCode } from '../../principal/auth-error.js';
import { drainBeforeClose } from './connection.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { validationFailed } from '../../http/validation.js';
import { setOutcome } from '../logs/request-log.js';
import { dataHeaders } from './security-headers.js';

const timeout = 'ERR_HTTP_REQUEST_TIMEOUT';

interface ClientError extends Error {
  readonly code?: string;
  /** A `Buffer`, though Fastify's types say otherwise. */
  readonly rawPacket?: unknown;
}

/** Sockets on which the client may still be sending; each further chunk raises another error. */
const answered = new WeakSet<Socket>();

/** Called with the request id, status and code of the response, and the address of the peer. */
type Note = (requestId: string, status: number, code: ErrorCode, ip: string | undefined) => void;

/** Answers bytes that Node could not parse as a request, in the shape of every other error, and closes the connection. */
export function answerClientError(error: ClientError, socket: Socket, note: Note): void {
  if (answered.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answered.add(socket);
  // A request that took too long must not be completed and executed after all.
  if (error.code !== timeout) drainBeforeClose(socket);
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
    ...Object.entries(dataHeaders).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function codeOf({ code, rawPacket }: ClientError): ErrorCode {
  if (code === timeout) return 'REQUEST_TIMEOUT';
  if (code === 'HPE_HEADER_OVERFLOW') return codeOfOversizedHeader(rawPacket) ?? 'HEADERS_TOO_LARGE';
  return 'VALIDATION_FAILED';
}

const codeOfHeader = new Map<string, ErrorCode>([
  ['authorization', 'INVALID_TOKEN'],
  ...defaultHeaders.apiKey.map((name) => [name.toLowerCase(), 'INVALID_API_KEY'] as const),
  ...defaultHeaders.toolKey.map((name) => [name.toLowerCase(), 'INVALID_TOOL_KEY'] as const),
]);

/**
 * The code for a credential that exceeds the limit for all headers. Node keeps only the bytes it was reading
 * when it gave up, so only a header that begins in them is recognized; `undefined` for any other header.
 */
export function codeOfOversizedHeader(packet: unknown): ErrorCode | undefined {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  const tooLong = text.split('\r\n').find((line) => line.length > maxHeaderSize);
  const name = /^[\w-]{1,64}(?=:)/.exec(tooLong ?? '')?.[0];
  return name === undefined ? undefined : codeOfHeader.get(name.toLowerCase());
}

/** Answers a URL that the router cannot parse; Nest's filters never see it. */
export function answerBadUrl(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const answer = validationFailed([{ path: ['url'], message: 'The URL is not valid.' }]);
  setOutcome(request, answer.code);
  void reply
    .header('x-request-id', request.id)
    .headers(dataHeaders)
    .status(answer.getStatus())
    .send({ ...(answer.getResponse() as object), requestId: request.id });
}

/** Node answers an unknown expectation with an empty 417. Such an expectation may be ignored (RFC 9110 §10.1.1). */
export function ignoreUnknownExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * HTTP/1.1 requires exactly one `Host` (RFC 9112 §3.2), equal to the host of an absolute URL (§3.2.2): otherwise proxies
 * and the service could each read another. Node drops the second of two, so the raw headers are counted.
 */
export function hostHeaderError({
  httpVersion,
  headers,
  rawHeaders,
  url = '',
}: IncomingMessage): AuthError | undefined {
  const { host } = headers;
  if (host === undefined) return httpVersion === '1.1' ? rejected('is missing') : undefined;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count > 1) return rejected('is sent more than once');
  if (url.startsWith('/') || url === '*') return undefined;
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority?.toLowerCase() === host.toLowerCase() ? undefined : rejected('is not that of the URL');
}

function rejected(message: string): AuthError {
  return validationFailed([{ path: ['headers', 'host'], message }]);
}
