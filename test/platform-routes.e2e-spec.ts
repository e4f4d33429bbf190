import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const routes = '/api/v1/routes';
let gatehouse: Gatehouse;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

const get = (path: string, headers?: Record<string, string>) => gatehouse.send('GET', path, { headers });

describe('GET /api/v1/routes', () => {
  it('says who may use which route, and with which scopes', async () => {
    const { status, body } = await get(routes, gatehouse.bearer());
    expect(status).toBe(200);
    expect(body.routes).toContainEqual({
      method: 'PATCH',
      path: '/api/v1/api-keys/:id',
      version: null,
      admits: ['jwt', 'service_key', 'custom_person', 'custom_program'],
      admitsAnonymous: false,
      admitsBounded: true,
      scopes: ['api-keys:write'],
      roles: [],
    });
  });

  it('is for those who may read keys', async () => {
    const admin = { 'x-api-key': gatehouse.adminKey };
    const personal = await createPersonalKey(gatehouse, 'reader@example.com');
    expect((await get(routes, admin)).status).toBe(200);
    expect((await get(routes, { 'x-api-key': personal.key })).status).toBe(200);
    expect((await get(routes, { 'x-tool-key': (await issueToolKey(gatehouse)).key })).status).toBe(403);
    expect((await get(routes)).status).toBe(401);
    const { body } = await gatehouse.send('POST', '/api/v1/api-keys', {
      headers: gatehouse.bearer(),
      body: { name: 'other', scopes: ['files:read'] },
    });
    expect((await get(routes, { 'x-api-key': body.key })).body.code).toBe('INSUFFICIENT_SCOPE');
  });
});

describe('GET /api/v1/admin/owners/:id', () => {
  it('is the owner, and 404 for another id', async () => {
    const admin = { 'x-api-key': gatehouse.adminKey };
    const made = await gatehouse.send('POST', '/api/v1/admin/owners', {
      headers: admin,
      body: { name: 'Acme' },
    });
    expect((await get(`/api/v1/admin/owners/${made.body.id}`, admin)).body).toEqual(made.body);
    const other = await get('/api/v1/admin/owners/01890a5d-ac96-774b-bcce-b302099a8057', admin);
    expect(other.body.code).toBe('NOT_FOUND');
    expect((await get(`/api/v1/admin/owners/${made.body.id}`, gatehouse.bearer())).status).toBe(403);
  });
});
