import type { AuditActor, AuditEntry } from '../audit/audit-event.js';
import type { ReadOptions } from '../database/database.js';
import type { QueueOptions } from '../database/fair-queue.js';
import type { Environment } from '../principal/authenticated-user.js';
import type { ApiKey } from './api-key.entity.js';

export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/** Which keys a list is about; what is left out does not matter. */
export interface KeyFilter {
  readonly ownerId?: string;
  readonly kind?: ApiKey['kind'];
  readonly environment?: Environment;
  readonly name?: string;
  readonly prefix?: string;
  /** Judged at the time `now`, epoch milliseconds. */
  readonly status?: { readonly is: KeyStatus; readonly now: number };
}

/** A stretch of a list that is ordered by id, the newest first. */
export interface KeyPage {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}

/** One use of a key. */
export interface KeyUse {
  readonly at: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What may be done inside one change. Nothing of it is stored unless all of it is. */
export interface ApiKeyChanges {
  /** Makes other changes that lock the same user or key wait until this one has ended. */
  lockUser(userId: string): Promise<void>;
  lockKey(id: string): Promise<void>;
  /** Throws `USER_NOT_FOUND` when the owner, or the user where there is one, is gone or disabled by now. */
  requireActive(ownerId: string, userId: string | null): Promise<void>;
  find(id: string): Promise<ApiKey | null>;
  findActivePersonal(userId: string): Promise<ApiKey | null>;
  /** The personal key of the user with the greatest id, ended or not: what an admin imposed on it binds those to come. */
  findNewestPersonal(userId: string): Promise<ApiKey | null>;
  /** Throws `KEY_EXISTS` for a second active personal key of one user. */
  insert(key: ApiKey): Promise<void>;
  update(id: string, settings: Partial<ApiKey>): Promise<void>;
  /** Keeps the use as the last one, unless a later one is known; nothing happens when there is no such key. */
  touch(id: string, use: KeyUse): Promise<void>;
  /** Writes the event of the change. */
  record(actor: AuditActor, entry: AuditEntry): Promise<void>;
}

/**
 * Where API keys are kept. Faults are thrown as `DB_UNAVAILABLE`. A team may bring its own. `asker` and `turn` say who
 * asks, and which rows are locked, so that no owner takes more than a share of the database.
 */
export abstract class ApiKeyStore {
  /** Looks up a credential, unless `asker` names an owner. */
  abstract findByHash(hash: string, asker?: ReadOptions): Promise<ApiKey | null>;
  abstract find(id: string, asker?: ReadOptions): Promise<ApiKey | null>;
  /** Those of the keys that are there, in any order. */
  async findAll(ids: readonly string[], asker?: ReadOptions): Promise<ApiKey[]> {
    const found: ApiKey[] = [];
    for (const id of ids) {
      const key = await this.find(id, asker);
      if (key !== null) found.push(key);
    }
    return found;
  }

  abstract findActivePersonal(userId: string, asker?: ReadOptions): Promise<ApiKey | null>;
  abstract list(filter: KeyFilter, page: KeyPage): Promise<ApiKey[]>;
  abstract count(filter: KeyFilter): Promise<number>;
  /** Keys whose end had come by `now`, epoch milliseconds, without `expiryNotedAt`: the earliest first. */
  abstract findExpired(now: number, limit: number): Promise<ApiKey[]>;
  /** Runs `work` once; what it did is stored when the promise resolves, and nothing of it when it rejects. */
  abstract change<T>(work: (changes: ApiKeyChanges) => Promise<T>, turn?: QueueOptions): Promise<T>;
}

/** Token under which an application provides an `ApiKeyStore` of its own, in place of the TypeORM one. */
export const customApiKeyStore = Symbol('own ApiKeyStore');

/** What a key is at the time `now`, in a word; the same as the filter of `ApiKeyStore.list`. */
export function statusOfKey({ revokedAt, enabled, expiresAt }: ApiKey, now: number): KeyStatus {
  if (revokedAt !== null) return 'revoked';
  if (!enabled) return 'disabled';
  return expiresAt !== null && expiresAt.getTime() <= now ? 'expired' : 'active';
}
