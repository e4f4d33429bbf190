import { createGatehouseClient, dataOf } from 'nestjs-gatehouse/client';

const { GATEHOUSE_URL = 'http://127.0.0.1:3000', GATEHOUSE_API_KEY = '' } = process.env;
const gatehouse = createGatehouseClient({
  baseUrl: GATEHOUSE_URL,
  credential: { apiKey: GATEHOUSE_API_KEY },
});

const { ownerId } = await dataOf(gatehouse.GET('/api/v1/auth/me'));
const made = await dataOf(
  gatehouse.POST('/api/v1/api-keys', { body: { name: 'CI', scopes: ['files:read'] } }),
);
const found = await dataOf(gatehouse.GET('/api/v1/api-keys/{id}', { params: { path: { id: made.id } } }));
console.log(found.ownerId === ownerId, found.scopes, made.key?.startsWith(made.prefix));
