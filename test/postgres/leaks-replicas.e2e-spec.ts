import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentsOf, by } from '../support/agents.js';
import { startTwoReplicas, statusOf, type TwoReplicas } from '../support/two-replicas.js';

let replicas: TwoReplicas;

beforeAll(async () => {
  replicas = await startTwoReplicas();
});
afterAll(() => replicas.close());

it.each<['API key' | 'tool key']>([['API key'], ['tool key']])(
  'another replica rejects a leaked %s that it has cached',
  async (kind) => {
    const { first, second } = replicas;
    const agents = agentsOf(first);
    const { key } = await (kind === 'API key' ? agents.serviceKey() : agents.issue());
    for (const at of [first, second]) expect(await statusOf(at, by(key))).toBe(200);
    await first.send('POST', '/api/v1/leaks', { body: { token: key } });
    // Time stands still, so it has heard of it.
    while ((await statusOf(second, by(key))) !== 401) await sleep(5);
  },
);

it('a key that ends itself is rejected everywhere once the receipt is there', async () => {
  const { first, second } = replicas;
  const { key } = await agentsOf(first).serviceKey();
  for (const at of [first, second]) expect(await statusOf(at, by(key))).toBe(200);
  const { body } = await first.send('DELETE', '/api/v1/auth/self?wait=true', { headers: by(key) });
  expect(body.replicas).toEqual({ live: 2, confirmed: 2, missing: [] });
  expect(await statusOf(second, by(key))).toBe(401);
});

it('a key is ended once by reports at two replicas', async () => {
  const { first, second } = replicas;
  const agents = agentsOf(first);
  const { id, key } = await agents.serviceKey();
  await Promise.all([first, second].map((at) => at.send('POST', '/api/v1/leaks', { body: { token: key } })));
  expect(await agents.events({ subjectId: id, type: 'leaked' })).toHaveLength(1);
});
