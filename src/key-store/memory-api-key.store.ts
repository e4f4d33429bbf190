import type { AuditActor, AuditEntry } from '../audit/audit-event.js';
import { AuthError } from '../principal/auth-error.js';
import type { ApiKey } from './api-key.entity.js';
import {
  type ApiKeyChanges,
  ApiKeyStore,
  erasedReason,
  isFound,
  type KeyFilter,
  type KeyPage,
  type KeyUse,
  statusOfKey,
} from './api-key.store.js';

import { type IdempotentRequest, repeatableMs } from './idempotent-request.js';
import { hourOf, isInPeriods, isUnused } from './key-notices.js';
import { isAccessKeyOf } from './store-answers.js';

type Keys = Map<string, ApiKey>;
type Requests = Map<string, IdempotentRequest>;

/**
 * Stores API keys in memory, for tests and trials: they are lost when the process ends. It knows no users, so every user
 * counts as active. Events are in `events`.
 */
export class MemoryApiKeyStore extends ApiKeyStore {
  readonly events: { readonly actor: AuditActor; readonly entry: AuditEntry }[] = [];
  private keys: Keys = new Map();
  private requests: Requests = new Map();
  private last: Promise<unknown> = Promise.resolve();

  async findByHash(hash: string): Promise<ApiKey | null> {
    return copyOf(select(this.keys, (key) => key.hash === hash)[0]);
  }

  async find(id: string): Promise<ApiKey | null> {
    return copyOf(this.keys.get(id));
  }

  override async findRequest(id: string): Promise<IdempotentRequest | null> {
    return structuredClone(this.requests.get(id) ?? null);
  }

  async findActivePersonal(userId: string): Promise<ApiKey | null> {
    return copyOf(select(this.keys, isActivePersonalOf(userId))[0]);
  }

  async list(filter: KeyFilter, { limit, after }: KeyPage): Promise<ApiKey[]> {
    const found = select(this.keys, (key) => matches(key, filter) && (after === undefined || key.id < after));
    return structuredClone(found.sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, limit));
  }

  async count(filter: KeyFilter): Promise<number> {
    return select(this.keys, (key) => matches(key, filter)).length;
  }

  async findExpired(now: number, limit: number): Promise<ApiKey[]> {
    const endOf = ({ expiresAt }: ApiKey) => expiresAt?.getTime() ?? Infinity;
    const found = select(this.keys, (key) => endOf(key) <= now && key.expiryNotedAt === null);
    return structuredClone(found.sort((one, other) => endOf(one) - endOf(other)).slice(0, limit));
  }

  override async findExpiring(now: number, limit: number): Promise<ApiKey[]> {
    const dueAt = ({ expiringAt }: ApiKey) => expiringAt?.getTime() ?? Infinity;
    const found = select(this.keys, (key) => dueAt(key) <= now);
    return structuredClone(found.sort((one, other) => dueAt(one) - dueAt(other)).slice(0, limit));
  }

  override async findUnused(before: number, limit: number): Promise<ApiKey[]> {
    const found = select(this.keys, (key) => isUnused(key, before));
    found.sort((one, other) => one.idleSince.getTime() - other.idleSince.getTime());
    return structuredClone(found.slice(0, limit));
  }

  /** Runs changes one after the other, each on a copy that replaces the keys when the change succeeds. */
  change<T>(work: (changes: ApiKeyChanges) => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const draft = structuredClone(this.keys);
      const requests = structuredClone(this.requests);
      const events: { actor: AuditActor; entry: AuditEntry }[] = [];
      const result = await work(changesOf(draft, requests, events));
      this.keys = draft;
      this.requests = requests;
      this.events.push(...events);
      return result;
    });
    this.last = turn.catch(() => {});
    return turn;
  }
}

function changesOf(
  keys: Keys,
  requests: Requests,
  events: { actor: AuditActor; entry: AuditEntry }[],
): ApiKeyChanges {
  const nothing = async () => {};
  return {
    lockUser: nothing,
    lockKey: nothing,
    requireActive: nothing,
    find: async (id) => copyOf(keys.get(id)),
    findActivePersonal: async (userId) => copyOf(select(keys, isActivePersonalOf(userId))[0]),
    findNewestPersonal: async (userId) => copyOf(newestPersonalOf(keys, userId)),
    findAccessKeys: async (userId, now) => structuredClone(accessKeysOf(keys, userId, now)),
    insert: async (key) => insert(keys, key),
    update: async (id, settings) => update(keys, id, settings),
    touch: async (id, use) => touch(keys, id, use),
    findRequest: async (id) => structuredClone(requests.get(id) ?? null),
    insertRequest: async (request) => insertRequest(requests, request),
    record: async (actor, entry) => void events.push({ actor, entry }),
  };
}

function insert(keys: Keys, key: ApiKey): void {
  const isSecond = key.kind === 'personal' && key.userId !== null && key.revokedAt === null;
  if (isSecond && select(keys, isActivePersonalOf(key.userId ?? '')).length > 0)
    throw new AuthError('KEY_EXISTS');
  const isKnown = keys.has(key.id) || select(keys, ({ hash }) => hash === key.hash).length > 0;
  if (isKnown) throw new Error('A key with this id or hash already exists.');
  keys.set(key.id, structuredClone(key));
}

function insertRequest(requests: Requests, request: IdempotentRequest): void {
  const end = request.createdAt.getTime() - repeatableMs;
  for (const [id, { createdAt }] of requests) if (createdAt.getTime() <= end) requests.delete(id);
  if (requests.has(request.id)) throw new AuthError('REQUEST_IN_PROGRESS');
  requests.set(request.id, structuredClone(request));
}

function update(keys: Keys, id: string, settings: Partial<ApiKey>): void {
  const key = keys.get(id);
  if (key !== undefined) keys.set(id, { ...key, ...structuredClone(settings) });
}

function touch(keys: Keys, id: string, { at, ip, userAgent }: KeyUse): void {
  const key = keys.get(id);
  if (key === undefined || key.revokeReason === erasedReason) return;
  if ((key.lastUsedAt?.getTime() ?? -Infinity) > at.getTime()) return;
  const idleSince = new Date(Math.max(key.idleSince.getTime(), hourOf(at).getTime()));
  const use = { lastUsedAt: at, lastUsedIp: ip, lastUsedUserAgent: userAgent };
  update(keys, id, { ...use, idleSince, unusedNotedAt: null });
}

function select(keys: Keys, isWanted: (key: ApiKey) => boolean): ApiKey[] {
  return [...keys.values()].filter(isWanted);
}

function isActivePersonalOf(userId: string): (key: ApiKey) => boolean {
  return (key) => key.kind === 'personal' && key.userId === userId && key.revokedAt === null;
}

function newestPersonalOf(keys: Keys, userId: string): ApiKey | undefined {
  const all = select(keys, (key) => key.kind === 'personal' && key.userId === userId);
  return all.sort((one, other) => (one.id < other.id ? 1 : -1))[0];
}

function accessKeysOf(keys: Keys, userId: string, now: number): ApiKey[] {
  const found = select(keys, isAccessKeyOf(userId, now));
  return found.sort((one, other) => (one.id < other.id ? -1 : 1));
}

function matches(key: ApiKey, { status, search, expiresBefore, unusedSince, ...equal }: KeyFilter): boolean {
  if (search !== undefined && !isFound(key, search)) return false;
  const isEqual = Object.entries(equal).every(
    ([name, value]) => value === undefined || key[name as keyof ApiKey] === value,
  );
  if (!isEqual || !isInPeriods(key, { expiresBefore, unusedSince })) return false;
  return status === undefined || statusOfKey(key, status.now) === status.is;
}

function copyOf(key: ApiKey | undefined): ApiKey | null {
  return key === undefined ? null : structuredClone(key);
}
