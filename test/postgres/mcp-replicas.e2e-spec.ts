import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { OffboardingService } from '../../src/api-keys/offboarding.service.js';
import { UsersService } from '../../src/identity/users.service.js';
import { OpenStreams } from '../../src/mcp/open-streams.js';
import { eventually } from '../support/eventually.js';
import { type McpHost, startMcpHost, tokenOf } from '../support/mcp-host.js';
import { calls, waiting } from '../support/mcp-servers.js';

type Headers = Record<string, string>;

let first: McpHost;
let second: McpHost;
let people = 0;

beforeAll(async () => {
  first = await startMcpHost();
  second = await startMcpHost({ server: 'the SDK', adapter: 'Express', database: first.database });
});
afterAll(async () => {
  await second.close();
  await first.close();
});
beforeEach(() => void (waiting.isOver = false));
afterEach(() => void (waiting.isOver = true));

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = async (method: string, path: string, headers: Headers, body?: unknown) => {
  const answer = await second.ask(method, path, headers, body);
  expect([path, answer.status < 300]).toEqual([path, true]);
  return answer.body;
};
const system = { user: null, origin: null };
const createKey = async (headers: Headers) => {
  const body = { name: 'ci', scopes: ['notes:read', 'tool-keys:issue'] };
  const { id, key } = await ask('POST', '/api/v1/api-keys', headers, body);
  return { id: id as string, headers: bearer(key as string) };
};
const issue = async (headers: Headers, taskId: string) =>
  bearer((await ask('POST', '/api/v1/tool-keys', headers, { taskId })).key as string);

/** Of a credential: how it is made, and what ends it at the other replica. */
type Ending = (
  headers: Headers,
  userId: string,
) => Promise<{ headers: Headers; end: () => Promise<unknown> }>;

it.each<[string, Ending]>([
  [
    'a key is revoked',
    async (person) => {
      const { id, headers } = await createKey(person);
      return { headers, end: () => ask('DELETE', `/api/v1/api-keys/${id}`, person) };
    },
  ],
  [
    'the task of an agent is ended',
    async (person) => ({
      headers: await issue(person, 'ended'),
      end: () => ask('DELETE', '/api/v1/tasks/ended/tool-keys', person),
    }),
  ],
  [
    'the key at the origin of an agent is revoked',
    async (person) => {
      const { id, headers } = await createKey(person);
      return {
        headers: await issue(headers, 'below'),
        end: () => ask('DELETE', `/api/v1/api-keys/${id}`, person),
      };
    },
  ],
  [
    'its person signs out',
    async (person) => ({ headers: person, end: () => ask('POST', '/api/v1/auth/sign-out', person) }),
  ],
  [
    'its person is disabled',
    async (person, id) => ({
      headers: person,
      end: () => second.app.get(UsersService, { strict: false }).setEnabled(system, id, false),
    }),
  ],
  [
    'its person is erased',
    async (person, id) => ({
      headers: await issue(person, 'erased'),
      end: () => second.app.get(OffboardingService, { strict: false }).erase(system, id),
    }),
  ],
])('a response ends when %s at another replica', async (_, ending) => {
  const email = `p${(people += 1)}@example.com`;
  const person = bearer(tokenOf({ email }));
  expect((await second.call(person, 'list_notes')).status).toBe(200);
  const [user] = await second.app.get(UsersService, { strict: false }).list({ search: email }, { limit: 1 });
  const { headers, end } = await ending(person, user?.id ?? '');
  calls.splice(0);
  let isOpen = true;
  const params = { name: 'wait', arguments: {}, _meta: { progressToken: 'p' } };
  const open = first
    .message(headers, 'tools/call', params)
    .catch(() => undefined)
    .finally(() => (isOpen = false));
  await eventually(() => expect(calls).toEqual(['wait']));
  await eventually(() => expect(first.app.get(OpenStreams).size).toBe(1));
  expect(isOpen).toBe(true);

  const begun = performance.now();
  await end();
  await open;
  expect(performance.now() - begun).toBeLessThan(1_500);
  expect((await first.call(headers, 'list_notes')).status).toBe(401);
});
