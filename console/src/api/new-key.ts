import { dataOf } from '../../../src/client/index.js';
import type { Schemas, Session } from '../session.js';
import type { Realm } from './keys.js';

/** What a person has chosen so far. */
export interface Draft {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly role: '' | 'read_only' | 'write_agent' | 'admin';
  readonly environment: 'live' | 'test';
  readonly ownerId: string;
  /** Days, `never`, or a date as `<input type=date>` has it. */
  readonly expires: string;
  readonly networks: string;
  readonly limit: string;
  readonly windowSeconds: number;
}

export const emptyDraft: Draft = {
  name: '',
  scopes: [],
  role: '',
  environment: 'live',
  ownerId: '',
  expires: '90',
  networks: '',
  limit: '',
  windowSeconds: 60,
};

export function expiryOf(expires: string): string | null {
  if (expires === 'never') return null;
  if (/^\d+$/.test(expires)) return new Date(Date.now() + Number(expires) * 86_400_000).toISOString();
  return new Date(`${expires}T23:59:59`).toISOString();
}

export async function createKey(
  { client }: Session,
  realm: Realm,
  draft: Draft,
): Promise<Schemas['NewApiKey']> {
  const networks = draft.networks.split(/[\s,]+/).filter((text) => text !== '');
  const common = {
    name: draft.name.trim(),
    environment: draft.environment,
    expiresAt: expiryOf(draft.expires),
    ...(networks.length > 0 && { allowedIps: networks }),
    ...(draft.limit !== '' && {
      rateLimit: { limit: Number(draft.limit), windowSeconds: draft.windowSeconds },
    }),
  };
  const scopes = [...draft.scopes];
  if (realm === 'me') return dataOf(client.POST('/api/v1/me/api-keys', { body: { ...common, scopes } }));
  const rights = draft.role === '' ? { scopes } : { role: draft.role };
  if (realm === 'owner') return dataOf(client.POST('/api/v1/api-keys', { body: { ...common, ...rights } }));
  const owner = draft.ownerId === '' ? {} : { ownerId: draft.ownerId };
  return dataOf(client.POST('/api/v1/admin/api-keys', { body: { ...common, ...rights, ...owner } }));
}

/** A scope that can be ticked, and what it is for. */
export interface KnownScope {
  readonly scope: string;
  readonly routes: readonly string[];
}

/** The scopes that routes require, and those that keys already have: applications name their own. */
export async function knownScopes(
  { client, isAdmin }: Session,
  realm: Realm,
  signal: AbortSignal,
): Promise<KnownScope[]> {
  const base = (isAdmin ? '/api/v1/admin/api-keys' : '/api/v1/api-keys') as '/api/v1/api-keys';
  const [{ routes }, { keys }] = await Promise.all([
    dataOf(client.GET('/api/v1/routes', { signal })),
    dataOf(client.GET(base, { params: { query: { limit: 100 } }, signal })),
  ]);
  const found = new Map<string, string[]>();
  const of = (scope: string) => found.get(scope) ?? found.set(scope, []).get(scope) ?? [];
  const caller = realm === 'me' ? 'jwt' : 'service_key';
  for (const { scopes, method, path, admits } of routes)
    for (const scope of admits.includes(caller) ? scopes : []) of(scope).push(`${method} ${path}`);
  for (const { scopes } of keys) for (const scope of scopes ?? []) of(scope);
  return [...found]
    .map(([scope, used]) => ({ scope, routes: used }))
    .sort((one, other) => (one.scope < other.scope ? -1 : 1));
}

/** What the link proposes; the service decides what of it may be ticked beforehand. */
export function proposalOf({ client }: Session, query: URLSearchParams, signal: AbortSignal) {
  const asked = Object.fromEntries(
    ['name', 'scopes', 'expires'].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  return dataOf(client.GET('/api/v1/me/api-keys/new', { params: { query: asked }, signal }));
}
