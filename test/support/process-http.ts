import { type Agent, request } from 'node:http';
import type { Json } from './json.js';
import type { GatehouseProcess } from './spawn-gatehouse.js';

export interface ProcessAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Json;
}

export interface ProcessRequest {
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly body?: object;
  /** A connection of its own unless said otherwise. */
  readonly agent?: Agent;
}

/** Sends one request to a server in another process. Rejects when the connection breaks, with Node's error. */
export function sendTo(
  { url }: Pick<GatehouseProcess, 'url'>,
  method: string,
  path: string,
  { headers = {}, body, agent }: ProcessRequest = {},
): Promise<ProcessAnswer> {
  const payload = body && JSON.stringify(body);
  const json = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method, agent: agent ?? false, headers: { ...json, ...headers } });
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      incoming.on('error', reject).on('end', () => {
        const answered = incoming.headers as Record<string, string | undefined>;
        resolve({ status: incoming.statusCode ?? 0, headers: answered, body: JSON.parse(text) });
      });
    });
    outgoing.end(payload);
  });
}

/** The status and, for an error, the code: what most tests want to know. */
export async function verdictOf(answer: Promise<ProcessAnswer>): Promise<string> {
  const { status, body } = await answer;
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
}
