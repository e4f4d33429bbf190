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
  const timer = setTimeout(
    () => abort.abort(new Error(`no complete answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  timer.unref();
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: abort.signal,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return parse(await readBody(response, maxBytes));
  } finally {
    clearTimeout(timer);
    // Whatever was not read is dropped with its connection.
    abort.abort();
  }
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`a body of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not chained: JSON.parse quotes its input, which is anybody's text.
    throw new Error('an answer that is not JSON');
  }
}
