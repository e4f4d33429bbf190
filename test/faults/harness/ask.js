import { request } from 'node:http';

const defaultPatienceMs = 20_000;

/**
 * One request and what came of it: status, code of the error, body, and when. `body` is sent as JSON, `text` as it is.
 * Never rejects: `error` says why there is no whole answer.
 */
export function ask(
  replica,
  {
    method = 'GET',
    path = '/api/v1/auth/me',
    headers = {},
    body,
    text = body && JSON.stringify(body),
    patienceMs = defaultPatienceMs,
  } = {},
) {
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const done = (answer) => {
      clearTimeout(patience);
      resolve({ sentAt, at: performance.now(), ms: performance.now() - sentAt, ...answer });
    };
    const sent = request(
      new URL(path, replica.url),
      {
        method,
        headers: text === undefined ? headers : { 'content-type': 'application/json', ...headers },
        agent: replica.agent,
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (piece) => (received += piece));
        response.on('error', (error) => done({ error: `half an answer: ${error.message}` }));
        response.on('end', () =>
          done(
            response.complete
              ? { status: response.statusCode, headers: response.headers, body: parse(received) }
              : { error: 'half an answer' },
          ),
        );
      },
    );
    // The timeout of a socket counts neither the time it takes to connect, nor what trickles.
    const giveUp = () => sent.destroy(new Error(`no answer in ${patienceMs / 1000} s`));
    const patience = setTimeout(giveUp, patienceMs);
    sent.on('error', (error) => done({ error: error.code ?? error.message }));
    sent.end(text);
  });
}

export const isGood = ({ status }) => status >= 200 && status < 300;

/** The same, for what has to work before anything else makes sense: rejects unless the answer is 2xx. */
export async function mustAsk(replica, options) {
  const answer = await ask(replica, options);
  if (isGood(answer)) return answer.body;
  throw new Error(`${options.method ?? 'GET'} ${options.path ?? ''} at ${replica.name}: ${describe(answer)}`);
}

export function describe({ status, body, error, ms }) {
  return `${error ?? [status, body?.code].filter(Boolean).join(' ')} after ${Math.round(ms)} ms`;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
