import { newPerson } from '../harness/tenants.js';

const toolKeys = '/api/v1/tool-keys';
const databases = ['sqlite', 'postgres'];
const connections = 200;
const post = (path, headers, body) => ({ method: 'POST', path, headers, body });
const flood = (requestOf) => (attacker, site, state) =>
  attacker.flood(connections, (index) => requestOf(state, index));

/** A tool key of a new person. */
async function toolKey(site, request) {
  const { headers } = newPerson(site);
  const { key } = await site.ask('POST', toolKeys, headers, {
    taskId: 'task',
    ttlSeconds: 3_600,
    ...request,
  });
  return { 'x-tool-key': key };
}

export const rowLocks = [
  {
    name: '200 × refresh of one personal key',
    prepare: async (site) => {
      const { headers } = newPerson(site);
      await site.ask('POST', '/api/v1/auth/api-keys', headers, {});
      return headers;
    },
    run: flood((headers) => post('/api/v1/auth/api-keys/refresh', headers, {})),
  },
  {
    name: '200 × heartbeat of one tool key',
    prepare: (site) => toolKey(site, { heartbeatSeconds: 3_600 }),
    run: flood((headers) => post(`${toolKeys}/heartbeat`, headers)),
  },
  {
    name: '200 × children of a tool key whose calls are used up',
    prepare: async (site) => {
      const headers = await toolKey(site, { maxCalls: 1 });
      await site.ask('GET', '/api/v1/auth/me', headers);
      return headers;
    },
    run: flood((headers) => post(toolKeys, headers, { taskId: 'task' })),
  },
  {
    name: '200 × tool keys of one task, each a new attempt',
    prepare: newPerson,
    run: flood(({ headers }, index) => post(toolKeys, headers, { taskId: 'task', attempt: index + 1 })),
  },
  {
    name: '200 × change of one key, with rotations between',
    prepare: async (site) => {
      const { headers } = newPerson(site);
      const { id } = await site.ask('POST', '/api/v1/api-keys', headers, { name: 'mine' });
      return { headers, path: `/api/v1/api-keys/${id}` };
    },
    run: flood(({ headers, path }, index) =>
      index % 10 === 0
        ? post(`${path}/rotate`, headers, { overlapSeconds: 3_600 })
        : { method: 'PATCH', path, headers, body: { metadata: { index } } },
    ),
  },
  {
    name: '200 × calls of one tool key that are counted',
    prepare: (site) => toolKey(site, { maxCalls: 1_000_000 }),
    run: flood((headers) => ({ headers })),
  },
].map((attack) => ({ connections, databases, ...attack }));
