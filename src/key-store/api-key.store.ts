import type { AuditActor, AuditEntry } from '../audit/audit-event.js';
import type { ReadOptions } from '../database/database.js';
import type { QueueOptions } from '../database/fair-queue.js';
import type { Environment } from '../principal/authenticated-user.js';
import type { ApiKey } from './api-key.entity.js';
import type { IdempotentRequest } from './idempotent-request.js';

export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/** An absent field matches all keys. */
export interface KeyFilter {
  readonly ownerId?: string;
  readonly kind?: ApiKey['kind'];
  readonly userId?: string;
  readonly environment?: Environment;
  readonly name?: string;
  readonly prefix?: string;
  readonly createdById?: string;
  /** Those whose name contains it, or whose prefix begins with it, in any case of the letters A to Z. */
  readonly search?: string;
  /** Those that expire before this time, epoch milliseconds, or have expired. */
  readonly expiresBefore?: number;
  /** Those neither used, created nor enabled after this time, epoch milliseconds. */
  readonly unusedSince?: number;
  /** The status at the time `now`, epoch milliseconds. */
  readonly status?: { readonly is: KeyStatus; readonly now: number };
}

/** Part of a list that is ordered by id, newest first. */
export interface KeyPage {
  readonly limit: number;
  /** The last id of the previous page. */
  readonly after?: string;
}

/** One use of a key. */
export interface KeyUse {
  readonly at: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What is needed of a key that was revoked with all keys of its user. */
export type EndedKey = Pick<ApiKey, 'id' | 'hash' | 'prefix' | 'name' | 'ownerId' | 'userId'>;

/** How all keys of a user end: at `at`, each with the event that `entryOf` makes of it. */
export interface UserKeysEnd {
  readonly actor: AuditActor;
  readonly at: Date;
  readonly reason: string;
  entryOf(this: void, key: EndedKey): AuditEntry;
}

/** The `revokeReason` of a key whose user was erased: `touch` does not change it. */
export const erasedReason = 'erased';

/** Operations of one change: all of them are stored, or none. */
export interface ApiKeyChanges {
  /** Other changes that lock the same user or key wait until this one has ended. */
  lockUser(userId: string): Promise<void>;
  lockKey(id: string): Promise<void>;
  /**
   * Throws `USER_NOT_FOUND` when the owner or user is gone or disabled, and `INVALID_TOKEN` when the user has signed out
   * since `issuedAt`, epoch milliseconds.
   */
  requireActive(ownerId: string, userId: string | null, issuedAt?: number): Promise<void>;
  find(id: string): Promise<ApiKey | null>;
  findActivePersonal(userId: string): Promise<ApiKey | null>;
  /** The user's personal key with the greatest id, active or not. Restrictions set by an admin carry over from it. */
  findNewestPersonal(userId: string): Promise<ApiKey | null>;
  /**
   * The access keys of the user that are neither revoked nor, at the time `now` in epoch milliseconds, expired; the oldest
   * first. A store without this method has no access keys.
   */
  findAccessKeys?(userId: string, now: number): Promise<ApiKey[]>;
  /** Throws `KEY_EXISTS` for a second active personal key of one user. */
  insert(key: ApiKey): Promise<void>;
  update(id: string, settings: Partial<ApiKey>): Promise<void>;
  /**
   * Stores the use unless a later one is stored, or the key was erased, and unsets `unusedNotedAt`. Does nothing when there is no
   * such key.
   */
  touch(id: string, use: KeyUse): Promise<void>;
  /** See `ApiKeyStore.findRequest`. A store has all three of these, or none. */
  findRequest?(id: string): Promise<IdempotentRequest | null>;
  /**
   * Throws `REQUEST_IN_PROGRESS` when one of that id is stored, also by a change that ends meanwhile, unless it can no longer
   * be repeated; and `RATE_LIMITED` when the owner has too many.
   */
  insertRequest?(request: IdempotentRequest): Promise<void>;
  /** Writes the event of the change. */
  record(actor: AuditActor, entry: AuditEntry): Promise<void>;
}

/**
 * Stores API keys. Faults are thrown as `DB_UNAVAILABLE`. An application can provide its own. The options name the owner
 * of the work and the rows that it locks, so that no owner uses more than its share of the database.
 */
export abstract class ApiKeyStore {
  /** Without an owner in `options` this is the lookup of a credential. */
  abstract findByHash(hash: string, options?: ReadOptions): Promise<ApiKey | null>;
  abstract find(id: string, options?: ReadOptions): Promise<ApiKey | null>;
  /** The existing ones of the keys, in any order. */
  async findAll(ids: readonly string[], options?: ReadOptions): Promise<ApiKey[]> {
    const found: ApiKey[] = [];
    for (const id of ids) {
      const key = await this.find(id, options);
      if (key !== null) found.push(key);
    }
    return found;
  }

  /** The existing ones of the keys with these hashes, in any order: at most 100. */
  async findAllByHash(hashes: readonly string[], options?: ReadOptions): Promise<ApiKey[]> {
    const found: ApiKey[] = [];
    for (const hash of hashes) {
      const key = await this.findByHash(hash, options);
      if (key !== null) found.push(key);
    }
    return found;
  }

  /** A request with an `Idempotency-Key`. A store without this method has requests with that header rejected. */
  findRequest?(id: string, options?: ReadOptions): Promise<IdempotentRequest | null>;
  abstract findActivePersonal(userId: string, options?: ReadOptions): Promise<ApiKey | null>;
  abstract list(filter: KeyFilter, page: KeyPage): Promise<ApiKey[]>;
  abstract count(filter: KeyFilter): Promise<number>;
  /** Keys that had expired by `now`, epoch milliseconds, and have no `expiryNotedAt`; the earliest expiry first. */
  abstract findExpired(now: number, limit: number): Promise<ApiKey[]>;
  /** Keys whose `expiringAt` is `now` or before, the earliest first. A store without this method has no `expiring` events. */
  findExpiring?(now: number, limit: number): Promise<ApiKey[]>;
  /**
   * Enabled keys that were not revoked and neither used, created nor enabled after `before`, and have no `unusedNotedAt`; the
   * longest unused first. A store without this method has no `unused` events.
   */
  findUnused?(before: number, limit: number): Promise<ApiKey[]>;
  /**
   * Revokes the keys of a user that are not revoked, also disabled and expired ones, with their events; resolves with these
   * keys. By default one by one; override it to change thousands at once.
   */
  async revokeAllOf(userId: string, { actor, at, reason, entryOf }: UserKeysEnd): Promise<EndedKey[]> {
    const ended: EndedKey[] = [];
    for await (const { id } of keysOf(this, userId)) {
      const key = await this.change(async (keys) => {
        await keys.lockUser(userId);
        await keys.lockKey(id);
        const found = await keys.find(id);
        if (found?.userId !== userId || found.revokedAt !== null) return null;
        await keys.update(id, { revokedAt: at, revokeReason: reason });
        await keys.record(actor, entryOf(found));
        return found;
      });
      if (key !== null) ended.push(key);
    }
    return ended;
  }

  /** Changes all keys of a user, also those that have ended. By default one by one. */
  async updateAllOf(userId: string, settings: Partial<ApiKey>): Promise<void> {
    for await (const { id } of keysOf(this, userId)) await this.change((keys) => keys.update(id, settings));
  }

  /** Runs `work` once. All its changes are stored when the promise resolves, and none when it rejects. */
  abstract change<T>(work: (changes: ApiKeyChanges) => Promise<T>, options?: QueueOptions): Promise<T>;
}

const keysAtOnce = 100;

/** The keys of a user, the newest first. A store that ignores the filter must not have those of others ended. */
async function* keysOf(store: ApiKeyStore, userId: string): AsyncGenerator<ApiKey> {
  let page: ApiKey[];
  let after: string | undefined;
  do {
    page = await store.list({ userId }, { limit: keysAtOnce, after });
    yield* page.filter((key) => key.userId === userId);
    after = page.at(-1)?.id;
  } while (page.length === keysAtOnce);
}

/** Injection token of an application's own `ApiKeyStore`, which replaces the TypeORM one. */
export const customApiKeyStore = Symbol('customApiKeyStore');

/** The filter `search` of `ApiKeyStore.list`. */
export function isFound({ name, prefix }: Pick<ApiKey, 'name' | 'prefix'>, search: string): boolean {
  const wanted = lowerAscii(search);
  return lowerAscii(name).includes(wanted) || lowerAscii(prefix).startsWith(wanted);
}

/** Databases differ in what else has a lower case. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The status of a key at the time `now`, as in the filter of `ApiKeyStore.list`. */
export function statusOfKey({ revokedAt, enabled, expiresAt }: ApiKey, now: number): KeyStatus {
  if (revokedAt !== null) return 'revoked';
  if (!enabled) return 'disabled';
  return expiresAt !== null && expiresAt.getTime() <= now ? 'expired' : 'active';
}
