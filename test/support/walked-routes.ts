import type { EntityManager } from 'typeorm';
import type { ApplicationRoute } from '../../src/auth/routes/application-routes.js';
import { Database } from '../../src/database/database.js';
import { KeyUsage } from '../../src/usage/key-usage.js';
import { by, type Headers } from './agents.js';
import { type Answer, createPersonalKey, type Gatehouse, issueToolKey, type Sent } from './gatehouse.js';
import type { Json } from './json.js';

/** A person with one of everything that the routes are about. */
export interface Belongings {
  readonly email: string;
  readonly userId: string;
  readonly ownerId: string;
  readonly personal: { readonly id: string; readonly key: string } | undefined;
  readonly access: { readonly id: string; readonly key: string };
  readonly service: { readonly id: string; readonly key: string };
  readonly agent: { readonly id: string; readonly key: string };
  readonly taskId: string;
}

/** As much of a service, or of an application with its modules, as its routes are walked by. */
export type Door = Pick<Gatehouse, 'bearer' | 'now'> & {
  send(method: string, path: string, sent?: Sent): Promise<Pick<Answer, 'status' | 'body'>>;
};

export const nameOf = ({ method, path }: ApplicationRoute) => `${method} ${path}`;

/** An issuer that the service accepts, and that no test has a token of. */
export const otherIssuer = 'https://login.example.com/';

const createsPersonalKey = 'POST /api/v1/auth/api-keys';

/** Those of a service or access key: within what a token of an hour for all scopes may grant. */
const termsAt = (now: number) => ({
  name: 'nightly export',
  scopes: ['notes:read'],
  expiresAt: new Date(now + 1_800_000).toISOString(),
});

let people = 0;

/** A new person's, as they are before a request to `route`. */
export async function belongingsOf(gatehouse: Door, route?: ApplicationRoute): Promise<Belongings> {
  const number = (people += 1);
  const email = `walker-${number}@example.com`;
  const headers = gatehouse.bearer(email);
  const me = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
  const settings = termsAt(gatehouse.now());
  const access = await gatehouse.send('POST', '/api/v1/me/api-keys', { headers, body: settings });
  const service = await gatehouse.send('POST', '/api/v1/api-keys', { headers, body: settings });
  const taskId = `walk-${number}`;
  return {
    email,
    userId: me.body.userId,
    ownerId: me.body.ownerId,
    // There is at most one, so the route that makes it needs a person without.
    personal:
      route !== undefined && nameOf(route) === createsPersonalKey
        ? undefined
        : await createPersonalKey(gatehouse, email),
    access: access.body,
    service: service.body,
    agent: await issueToolKey(gatehouse, { taskId, heartbeatSeconds: 600 }, headers),
    taskId,
  };
}

/** The bodies of requests that do what the route is for. */
const bodies: Record<string, (mine: Belongings, now: number) => object> = {
  [createsPersonalKey]: () => ({ name: 'made on the walk' }),
  'POST /api/v1/auth/api-keys/refresh': () => ({ name: 'made on the walk' }),
  'POST /api/v1/auth/explain': ({ service }) => ({
    keyId: service.id,
    method: 'GET',
    path: '/api/v1/auth/me',
  }),
  'POST /api/v1/auth/token': () => ({ audience: 'files' }),
  'POST /api/v1/auth/introspect': () => ({ token: 'x' }),
  'POST /api/v1/me/api-keys': (_, now) => termsAt(now),
  'PATCH /api/v1/me/api-keys/:id': () => ({ name: 'changed on the walk' }),
  'POST /api/v1/me/api-keys/:id/narrow': () => ({ scopes: ['notes:read'] }),
  'POST /api/v1/me/api-keys/:id/rotate': () => ({}),
  'POST /api/v1/api-keys': (_, now) => termsAt(now),
  'PATCH /api/v1/api-keys/:id': () => ({ name: 'changed on the walk' }),
  'POST /api/v1/api-keys/:id/rotate': () => ({}),
  'POST /api/v1/api-keys/:id/narrow': () => ({ scopes: ['notes:read'] }),
  'POST /api/v1/api-keys/verify': ({ service }) => ({ key: service.key }),
  'POST /api/v1/leaks': () => ({ token: 'found-on-the-walk' }),
  'POST /api/v1/tool-keys': () => ({ taskId: 'another', scopes: ['notes:read'], ttlSeconds: 60 }),
  'POST /api/v1/admin/api-keys': ({ ownerId }, now) => ({ ...termsAt(now), ownerId }),
  'PATCH /api/v1/admin/api-keys/:id': () => ({ name: 'changed on the walk' }),
  'POST /api/v1/admin/api-keys/:id/rotate': () => ({}),
  'POST /api/v1/admin/api-keys/:id/narrow': () => ({ scopes: ['notes:read'] }),
  'POST /api/v1/admin/owners': () => ({ name: 'made on the walk' }),
  'POST /api/v1/admin/issuers/sign-out': () => ({ issuer: otherIssuer }),
};

/** Of a request that does what the route is for, to what is the person's own. */
export function pathAndBodyOf({ method, path }: ApplicationRoute, mine: Belongings, now: number) {
  return {
    path: path.replace(':id', idIn(path, mine)).replace(':taskId', mine.taskId) + queryOf(path, mine),
    body: bodies[`${method} ${path}`]?.(mine, now),
  };
}

function queryOf(path: string, { taskId, ownerId }: Belongings): string {
  if (path.endsWith('/tasks/tool-keys')) return `?taskId=${taskId}`;
  return path.endsWith('/of-task') ? `?taskId=${taskId}&ownerId=${ownerId}` : '';
}

export function requestTo(gatehouse: Gatehouse, route: ApplicationRoute, mine: Belongings, headers: Headers) {
  const { path, body } = pathAndBodyOf(route, mine, gatehouse.now());
  return gatehouse.send(route.method, path, { headers, body });
}

function idIn(path: string, { ownerId, userId, agent, access, service }: Belongings): string {
  if (/\/(me|members)\/api-keys\//.test(path)) return access.id;
  if (path.includes('/owners/')) return ownerId;
  if (path.includes('/users/')) return userId;
  return path.includes('/tool-keys/') ? agent.id : service.id;
}

/** A credential that may do it. */
export function whoMay(gatehouse: Gatehouse, { access }: ApplicationRoute, mine: Belongings): Headers {
  if (access.admits.includes('jwt')) return gatehouse.bearer(mine.email);
  if (access.admits.includes('personal_key')) return by(mine.personal?.key ?? '');
  return by(access.admits.includes('service_key') ? gatehouse.adminKey : mine.agent.key);
}

/** Where a request leaves something also if it is rejected: the counts of use, and the trail of rejections. */
const isLeftByRejections = (table: string, { type }: Json) =>
  table.endsWith('key_usage_counts') || (table.endsWith('audit_events') && type === 'refused');

/** By the service, once a second. */
const isWrittenByItself = (table: string) => table.endsWith('lease_state');

/** All rows of all other tables, each as a line, sorted. */
export async function rowsIn(manager: EntityManager): Promise<string[]> {
  const { entityMetadatas, driver } = manager.connection;
  const lines: string[] = [];
  for (const { tableName, tablePath } of entityMetadatas) {
    if (isWrittenByItself(tableName)) continue;
    const table = tablePath.split('.').map((name) => driver.escape(name));
    const rows: Json[] = await manager.query(`SELECT * FROM ${table.join('.')}`);
    const kept = rows.filter((row) => !isLeftByRejections(tableName, row));
    lines.push(...kept.map((row) => `${tableName} ${JSON.stringify(row)}`));
  }
  return lines.sort();
}

/** The same, with what the service has not written yet. */
export async function rowsOf({ app }: Gatehouse): Promise<string[]> {
  await app.get(KeyUsage).flush();
  return app.get(Database).read(rowsIn);
}
