/** A page of another team: it knows the client by its public names, and has nothing of Node. */
import { createGatehouseClient, dataOf, hasCode } from 'nestjs-gatehouse/client';

const rejection = {
  code: 'FORBIDDEN',
  message: 'This credential is not allowed to do that.',
  requestId: '1',
};

export const asked: string[] = [];

const gatehouse = createGatehouseClient({
  baseUrl: 'https://notes.example.com',
  credential: { token: async () => 'a.b.c' },
  fetch: async ({ method, url, headers }) => {
    asked.push(`${method} ${url} ${headers.get('Authorization')}`);
    return Response.json(rejection, { status: 403 });
  },
});

try {
  await dataOf(gatehouse.GET('/api/v1/auth/me'));
} catch (error) {
  asked.push(hasCode(error, 'FORBIDDEN') ? error.code : 'another error');
}
