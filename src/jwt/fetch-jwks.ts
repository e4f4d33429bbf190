import { withTimeout } from '../support/timers.js';
import { KeyError } from './verification-key.js';

export interface FetchLimits {
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  /** Of the decompressed body. */
  readonly maxBytes: number;
}

/**
 * Fetches the JSON that `url` answers with status 200. Follows no redirect and leaves no connection half read. Rejects
 * with an error that is safe to log if a limit is exceeded or the answer is not JSON. `onHead` is called when the head of
 * the answer has arrived.
 */
export async function fetchJson(
  url: URL,
  { timeoutMs, maxBytes }: FetchLimits,
  onHead?: (headers: Headers) => void,
): Promise<unknown> {
  const abort = new AbortController();
  const error = () => new Error(`no complete answer within ${timeoutMs} ms`);
  try {
    // The signal alone is not enough: fetch may lose it to garbage collection once the head of the answer has arrived.
    return await withTimeout(exchange(url, { signal: abort.signal, maxBytes, onHead }), timeoutMs, { error });
  } finally {
    // Drops what was not read, with its connection.
    abort.abort();
  }
}

interface Exchange {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly onHead?: (headers: Headers) => void;
}

async function exchange(url: URL, { signal, maxBytes, onHead }: Exchange): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    signal,
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  onHead?.(response.headers);
  const reader = response.body?.getReader();
  signal.addEventListener('abort', () => void reader?.cancel().catch(() => undefined));
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  return parse(reader === undefined ? '' : await readBody(reader, maxBytes));
}

async function readBody(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    size += value.byteLength;
    if (size > maxBytes) throw new Error(`a body of more than ${maxBytes} bytes`);
    chunks.push(value);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not chained: JSON.parse quotes its input, which may be any text.
    throw new Error('an answer that is not JSON');
  }
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Parses a URL to fetch keys from: https, or http to a loopback host. Throws {@link KeyError} that names `setBy`. */
export function readJwksUrl(text: string, setBy: string): URL {
  return readSecureUrl(text, `${setBy}: the JWKS URL`);
}

/** The same for another URL; `name` is the subject of the error's message. */
export function readSecureUrl(text: string, name: string): URL {
  if (!URL.canParse(text)) throw new KeyError(`${name} is not an absolute URL.`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) {
    throw new KeyError(`${name} must be https (http for a loopback host only).`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new KeyError(`${name} must not hold a user name or a password.`);
  }
  return url;
}
