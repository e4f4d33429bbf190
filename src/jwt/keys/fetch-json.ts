export interface FetchLimits {
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  /** Of the body, decompressed. */
  readonly maxBytes: number;
}

/**
 * The JSON value that `url` answers with status 200. Follows no redirect and leaves no connection half read.
 * Rejects with an error that is fit for the log when the limits are passed or the answer is not JSON.
 */
export async function fetchJson(url: URL, { timeoutMs, maxBytes }: FetchLimits): Promise<unknown> {
  const abort = new AbortController();
  const late = new Error(`no complete answer within ${timeoutMs} ms`);
  const timer = setTimeout(() => abort.abort(late), timeoutMs);
  timer.unref();
  // fetch may forget its signal once the head of the answer is there and the garbage was collected.
  const aborted = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(late));
  });
  try {
    return await Promise.race([exchange(url, abort.signal, maxBytes), aborted]);
  } finally {
    clearTimeout(timer);
    // Whatever was not read is dropped with its connection.
    abort.abort();
  }
}

async function exchange(url: URL, signal: AbortSignal, maxBytes: number): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    signal,
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
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
    // Not chained: JSON.parse quotes its input, which is anybody's text.
    throw new Error('an answer that is not JSON');
  }
}
