import { dataOf } from '../../../src/client/index.js';
import type { Place } from '../router.js';
import type { Schemas, Session } from '../session.js';

/** Whose keys: of all owners, of the caller's owner (programs), or the caller's own. */
export type Realm = 'admin' | 'owner' | 'me';

const bases = {
  admin: '/api/v1/admin/api-keys',
  owner: '/api/v1/api-keys',
  me: '/api/v1/me/api-keys',
} as const;

/** The three have the same routes below them. The type is that of the one with most fields. */
const baseOf = (realm: Realm) => bases[realm] as (typeof bases)['admin'];

export type ListedKey = Schemas['ListedApiKey'] & { readonly ownerName?: string | null };
export type KeyDetails = Schemas['ApiKeyDetails'];

/** An admin sees all keys; a person their own unless `of=owner`; a program those of its owner. */
export function realmOf({ isAdmin, isPerson }: Session, { query }: Place): Realm {
  if (isAdmin) return 'admin';
  return isPerson && query.get('of') !== 'owner' ? 'me' : 'owner';
}

export function keyLink(realm: Realm, id: string): string {
  return `/keys/${id}${realm === 'owner' ? '?of=owner' : ''}`;
}

export interface KeyFilters {
  readonly search?: string;
  readonly status?: 'active' | 'disabled' | 'expired' | 'revoked';
  readonly kind?: 'personal' | 'access' | 'service';
  readonly ownerId?: string;
  readonly userId?: string;
  readonly createdBy?: string;
  readonly expiresBefore?: string;
  readonly unusedSince?: string;
}

export interface KeyPage {
  readonly keys: readonly ListedKey[];
  readonly nextCursor: string | null;
  readonly total?: number;
}

export function keysOf({ client }: Session, realm: Realm) {
  const base = baseOf(realm);
  return {
    list: (query: KeyFilters & { cursor?: string; limit?: number }, signal?: AbortSignal): Promise<KeyPage> =>
      dataOf(client.GET(base, { params: { query }, signal })),
    find: (id: string, signal?: AbortSignal): Promise<KeyDetails> =>
      dataOf(client.GET(`${base}/{id}`, { params: { path: { id } }, signal })),
    usage: (id: string, query: { from: string; to: string; bucket: 'hour' | 'day' }, signal?: AbortSignal) =>
      dataOf(client.GET(`${base}/{id}/usage`, { params: { path: { id }, query }, signal })),
    events: (id: string, cursor?: string, signal?: AbortSignal) =>
      dataOf(
        client.GET(`${base}/{id}/events`, { params: { path: { id }, query: { limit: 20, cursor } }, signal }),
      ),
    update: (id: string, body: Schemas['UpdateServiceKeyRequest']) =>
      dataOf(client.PATCH(`${base}/{id}`, { params: { path: { id } }, body })),
    rotate: (id: string, overlapSeconds: number) =>
      dataOf(client.POST(`${base}/{id}/rotate`, { params: { path: { id } }, body: { overlapSeconds } })),
    narrow: (id: string, scopes: string[]) =>
      dataOf(
        client.POST(`${base}/{id}/narrow`, {
          params: { path: { id }, query: { wait: true } },
          body: { scopes },
        }),
      ),
    revoke: (id: string, reason: string) =>
      dataOf(
        client.DELETE(`${base}/{id}`, {
          params: { path: { id }, query: { wait: true } },
          body: reason === '' ? {} : { reason },
        }),
      ),
  };
}

/** The first display characters of a whole key: the rest of it belongs into no request but its own. */
export function searchTextOf(text: string): string {
  return text.trim().replace(/^([a-z0-9]+_(?:live|test)_\w{8})\w{20,}$/, '$1');
}
