import { setTimeout as sleep } from 'node:timers/promises';

/** Gatehouse, or a route that it guards, said no. */
export class Refused extends Error {
  constructor(status, { code, message }) {
    super(`${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }

  /** The credential is good for nothing any more: whoever has it can only stop. */
  get isTheEnd() {
    return this.status === 401;
  }
}

/** The requests of this example, with one credential: a person's token, an API key or a tool key. */
export class GatehouseClient {
  #credential;

  constructor(url, credential) {
    this.url = url;
    this.#credential = credential;
  }

  /** `{ key, id, prefix, … }`; the only answer with the whole key. For orchestrators and for agents alike. */
  issueToolKey = (wish) => this.send('POST', '/api/v1/tool-keys', wish);

  // What an agent may ask about its own key.
  self = () => this.send('GET', '/api/v1/tool-keys/self');
  beat = () => this.send('POST', '/api/v1/tool-keys/heartbeat');

  // What only people and programs may do.
  tree = (id) => this.send('GET', `/api/v1/tool-keys/${id}/tree`);
  revokeToolKey = (id) => this.send('DELETE', `/api/v1/tool-keys/${id}`);
  endTask = (taskId) => this.send('DELETE', `/api/v1/tasks/${encodeURIComponent(taskId)}/tool-keys`);

  // The application's own routes.
  readNotes = () => this.send('GET', '/notes');
  writeNote = (text) => this.send('POST', '/notes', { text });

  async send(method, path, body) {
    const request = { method, headers: { Authorization: `Bearer ${this.#credential}` } };
    if (body !== undefined) {
      request.headers['Content-Type'] = 'application/json';
      request.body = JSON.stringify(body);
    }
    const response = await fetch(this.url + path, request);
    const answer = await response.json();
    if (response.ok) return answer;
    // "Later" is no refusal: a rate limit, or a database out of reach for a moment.
    const seconds = response.headers.get('Retry-After');
    if (seconds === null) throw new Refused(response.status, answer);
    await sleep(Number(seconds) * 1000);
    return this.send(method, path, body);
  }
}
