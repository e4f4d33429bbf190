import { setTimeout as sleep } from 'node:timers/promises';
import { createGatehouseClient, dataOf } from 'nestjs-gatehouse/client';

/**
 * The requests of this example, with one credential: `{ token }` of a person, `{ apiKey }` or `{ toolKey }`. What is
 * rejected rejects with `GatehouseError`.
 */
export class GatehouseClient {
  #client;

  constructor(url, credential) {
    this.url = url;
    this.#client = createGatehouseClient({ baseUrl: url, credential });
  }

  // For a person.
  createApiKey = () => this.#ask('POST', '/api/v1/auth/api-keys');

  /** `{ key, id, prefix, … }`; the only answer with the whole key. For orchestrators and for agents alike. */
  issueToolKey = (request) => this.#ask('POST', '/api/v1/tool-keys', { body: request });

  // What an agent may ask about its own key.
  self = () => this.#ask('GET', '/api/v1/tool-keys/self');
  beat = () => this.#ask('POST', '/api/v1/tool-keys/heartbeat');

  // What only people and programs may do.
  tree = (id) => this.#ask('GET', '/api/v1/tool-keys/{id}/tree', { params: { path: { id } } });
  revokeToolKey = (id) => this.#ask('DELETE', '/api/v1/tool-keys/{id}', { params: { path: { id } } });
  endTask = (taskId) =>
    this.#ask('DELETE', '/api/v1/tasks/{taskId}/tool-keys', { params: { path: { taskId } } });

  // For an admin.
  auditEvents = () => this.#ask('GET', '/api/v1/admin/audit-events', { params: { query: { limit: 100 } } });

  // The application's own routes.
  readNotes = () => this.#ask('GET', '/notes');
  writeNote = (text) => this.#ask('POST', '/notes', { body: { text } });

  async #ask(...request) {
    for (;;) {
      try {
        return await dataOf(this.#client.request(...request));
      } catch (error) {
        // "Later" is no rejection: a rate limit, or a database out of reach for a moment.
        if (error.retryAfterSeconds === undefined) throw error;
        await sleep(error.retryAfterSeconds * 1000);
      }
    }
  }
}
