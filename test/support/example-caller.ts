import { request } from 'node:http';
import { type ClientCredential, createGatehouseClient, dataOf } from '../../src/client/index.js';
import type { Json } from './json.js';

export type CallerHeaders = Record<string, string | string[]>;

export interface JsonAnswer {
  readonly status: number;
  readonly body: Json;
}

interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/** Calls the notes of an example, as a user would or would not. */
export class ExampleCaller {
  constructor(private readonly url: string) {}

  /** An object is sent as JSON, a text as it is. */
  async send(method: string, path: string, headers: CallerHeaders = {}, body?: unknown): Promise<JsonAnswer> {
    const { status, text } = await this.raw(method, path, headers, body);
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  }

  raw(method: string, path: string, headers: CallerHeaders, body?: unknown): Promise<TextAnswer> {
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const json = payload === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      request(this.url + path, { method, headers: { ...json, ...headers }, agent: false })
        .on('error', reject)
        .on('response', (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        })
        .end(payload);
    });
  }

  /** The status and, for a Gatehouse error, the code. */
  async verdictOf(...parameters: Parameters<ExampleCaller['send']>): Promise<string> {
    const { status, body } = await this.send(...parameters);
    return body?.code === undefined ? String(status) : `${status} ${body.code}`;
  }

  async write(headers: CallerHeaders, text: string): Promise<{ id: string; ownerId: string }> {
    return (await this.send('POST', '/notes', headers, { text })).body;
  }

  async textsOf(headers: CallerHeaders): Promise<string[]> {
    return (await this.send('GET', '/notes', headers)).body.map(({ text }: { text: string }) => text);
  }

  client(credential: ClientCredential) {
    return createGatehouseClient({ baseUrl: this.url, credential });
  }

  /** A tool key of this person. */
  async issue(fields: { taskId: string; scopes?: string[] }, token: string): Promise<string> {
    return (await dataOf(this.client({ token }).POST('/api/v1/tool-keys', { body: fields }))).key ?? '';
  }

  /** A service key of this person's owner. */
  async makeKey(scopes: string[], token: string) {
    const request = this.client({ token }).POST('/api/v1/api-keys', { body: { name: 'test', scopes } });
    const { key = '', ...made } = await dataOf(request);
    return { ...made, key };
  }
}
