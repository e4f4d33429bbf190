import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request over a connection that is kept: the status and, of JSON, the body. */
export function send(method, url, headers = {}, body = undefined) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const json = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: { ...json, ...headers } });
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode, body: text === '' ? undefined : JSON.parse(text) }),
      );
    });
    outgoing.end(payload);
  });
}

/** The same, and an error unless the answer has this status. */
export async function expectAnswer(status, ...sent) {
  const answer = await send(...sent);
  if (answer.status === status) return answer.body;
  throw new Error(`${sent[0]} ${sent[1]} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** Runs `work` for each item, so many at a time. */
export async function forEachAtOnce(items, atOnce, work) {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
