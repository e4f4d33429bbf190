import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KeyUsage } from '../../src/usage/key-usage.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';

const path = '/api/v1/api-keys';
let gatehouse: Gatehouse;

beforeAll(async () => {
  gatehouse = await startGatehouse({ keyEnvironment: 'test' });
});
afterAll(() => gatehouse.close());

const me = (headers: Record<string, string>) => gatehouse.send('GET', '/api/v1/auth/me', { headers });
const create = async (body: object) =>
  (await gatehouse.send('POST', path, { headers: gatehouse.bearer(), body: { name: 'CI', ...body } })).body;

it('creates keys of its own environment by default', async () => {
  expect(gatehouse.adminKey).toMatch(/^mk_test_/);
  expect((await createPersonalKey(gatehouse)).key).toMatch(/^mk_test_/);
  expect((await create({})).key).toMatch(/^mk_test_/);
});

it('admits keys of its environment, users, and tool keys of both', async () => {
  const { key } = await create({});
  const tool = await issueToolKey(gatehouse);
  const fromKey = await issueToolKey(gatehouse, {}, { 'x-api-key': (await create({ scopes: ['*:*'] })).key });
  for (const headers of [
    { 'x-api-key': key },
    { 'x-api-key': gatehouse.adminKey },
    { 'x-tool-key': tool.key },
    { 'x-tool-key': fromKey.key },
    gatehouse.bearer() as Record<string, string>,
  ])
    expect((await me(headers)).status).toBe(200);
});

it('rejects a key of the other environment like an unknown one, and tells its owner why', async () => {
  const { id, key } = await create({ environment: 'live' });
  const rejected = await me({ 'x-api-key': key });
  const unknown = await me({ 'x-api-key': 'of-another-system' });
  expect(rejected.status).toBe(401);
  expect({ ...rejected.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  const verdict = await gatehouse.send('POST', `${path}/verify`, {
    headers: gatehouse.bearer(),
    body: { key },
  });
  expect(verdict.body).toMatchObject({ valid: false, code: 'WRONG_ENVIRONMENT' });
  await gatehouse.app.get(KeyUsage).flush();
  const { body } = await gatehouse.send('GET', `${path}/${id}/usage`, { headers: gatehouse.bearer() });
  expect(body.total).toEqual({ WRONG_ENVIRONMENT: 2 });
});
