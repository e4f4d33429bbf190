import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGatehouseClient, dataOf } from 'nestjs-gatehouse/client';
import { scopes } from './mcp-options.js';

const { PORT, AUTH_PORT = '0', ADAPTER = 'fastify', PATH } = process.env;
const { start } = await (ADAPTER === 'express' ? import('./express/start.js') : import('./fastify/start.js'));

// The URL of the resource is part of every token, so it is known before the server starts.
const port = PORT === undefined || PORT === '0' ? await freePort() : Number(PORT);
const resource = `http://127.0.0.1:${port}/mcp`;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mcp-notes-'));
let close = async () => {};
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// The authorization server ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void close().finally(() => process.exit()));

const program = join(import.meta.dirname, '../../mcp-notes/authorization-server.js');
const env = { PATH, PORT: AUTH_PORT, RESOURCE: resource, SCOPES: JSON.stringify(scopes) };
const login = fork(program, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
const [{ issuer, jwksUrl, token }] = await Promise.race([
  once(login, 'message'),
  once(login, 'exit').then(() => Promise.reject(new Error('The authorization server did not start.'))),
]);

const running = await start({
  port,
  databaseUrl: join(folder, 'notes.db'),
  issuers: [{ issuer, audience: resource, jwksUrl, firstPartyClients: ['notes-web'] }],
  logger: ['warn', 'error'],
  resource,
  authorizationServer: issuer,
});
close = running.close;

const ada = createGatehouseClient({ baseUrl: running.url, credential: { token } });
const settings = { name: 'to try', scopes: ['notes:read'] };
const { key } = await dataOf(ada.POST('/api/v1/me/api-keys', { body: settings }));
const task = { taskId: 'to-try', scopes: ['notes:read', 'notes:write'], ttlSeconds: 3_600 };
const { key: toolKey } = await dataOf(ada.POST('/api/v1/tool-keys', { body: task }));
console.log(`MCP server: ${resource}`);
console.log(`Authorization server: ${issuer}`);
console.log(`Ada's access key, for notes:read alone: ${key}`);
console.log(`The tool key of an agent of hers, for an hour: ${toolKey}`);

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
