import { lookup, type LookupAddress } from 'node:dns';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, isNearer, type Reach } from './addresses.js';

/** A request that got no answer. The message says why, in words for a terminal, without the URL. */
export class NoAnswer extends Error {}

export interface OutgoingRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** By default 10 s, until the end of the answer. */
  readonly timeoutMs?: number;
  /** Addresses that are nearer than this are not connected to. */
  readonly notNearerThan?: Reach;
  /** `false` reads only the status and headers, of an answer that may never end. */
  readonly readsBody?: boolean;
}

export interface IncomingAnswer {
  readonly status: number;
  /** Repeated ones are joined by commas. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body is cut off: it is longer than 256 KiB. */
  readonly isTooLong: boolean;
  /** The address that answered. */
  readonly address: string;
}

const defaultTimeoutMs = 10_000;
const mostBytes = 256 * 1024;

/** Sends one request, and follows no redirect. Rejects with {@link NoAnswer}. */
export async function send(url: URL, sent: OutgoingRequest = {}): Promise<IncomingAnswer> {
  const { timeoutMs = defaultTimeoutMs, readsBody = true } = sent;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await open(url, sent, signal);
    const address = answer.socket.remoteAddress ?? '';
    const status = answer.statusCode ?? 0;
    const { body, isTooLong } = readsBody ? await read(answer) : { body: '', isTooLong: false };
    answer.destroy();
    return { status, headers: answer.headers, body, isTooLong, address };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer(signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error));
  }
}

function open(url: URL, sent: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, notNearerThan } = sent;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new NoAnswer('it is neither an http nor an https URL');
  // Node would send them.
  if (url.username !== '' || url.password !== '') throw new NoAnswer('its URL has a user name or password');
  const host = hostOf(url);
  const from = notNearerThan ?? 'loopback';
  if (isIP(host) !== 0 && isNearer(host, from)) throw tooNear(host);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method,
      headers: { 'user-agent': 'nestjs-gatehouse', 'accept-encoding': 'identity', ...headers, ...length },
      // Of its own, without a connection that is kept open.
      agent: false,
      lookup: lookupFrom(from),
      signal,
    });
    request.once('response', resolve).once('error', reject).end(body);
  });
}

/** Checks each address where the connection takes it from, so that no second lookup can give another one. */
const lookupFrom =
  (from: Reach): LookupFunction =>
  (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[] = []) => {
      const near = addresses.find(({ address }) => isNearer(address, from));
      const [first] = addresses;
      if (error !== null) callback(error, [], 0);
      else if (near !== undefined) callback(tooNear(near.address), [], 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });

function tooNear(address: string): NoAnswer {
  return new NoAnswer(`not connected: ${address} is an address in a private network`);
}

async function read(answer: IncomingMessage): Promise<Pick<IncomingAnswer, 'body' | 'isTooLong'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return { body: '', isTooLong: true };
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks).toString('utf8'), isTooLong: false };
}

const wordsOf: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ECONNRESET: 'the connection was closed before an answer',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host could not be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  HPE_HEADER_OVERFLOW: 'its headers are too long',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed: NODE_EXTRA_CA_CERTS names further ones to trust',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is of an unknown authority: NODE_EXTRA_CA_CERTS names further ones',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without the one that signed it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Of several addresses that were tried, the first one's. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (Object.hasOwn(wordsOf, code)) return wordsOf[code] ?? code;
  if (code.startsWith('HPE_')) return `its answer is not HTTP (${code})`;
  return code === '' ? message : `${code}: ${message}`;
}
