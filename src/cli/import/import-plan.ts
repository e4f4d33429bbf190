import { v7 } from 'uuid';
import { type Owner, platformOwnerId } from '../../identity/owner.entity.js';
import { type User, userIdOf } from '../../identity/user.entity.js';
import { type ApiKey, newApiKey } from '../../key-store/api-key.entity.js';
import { boundsOf } from '../../key-store/api-key-rules.js';
import { boundExceeded, unbounded } from '../../principal/grants.js';
import type { ImportedKey } from './imported-key.js';
import type { ImportWish } from './import-wish.js';
import { ownerIdOf } from './owner-of-import.js';

/** What of the database bears on an import. */
export interface Surroundings {
  readonly owners: ReadonlySet<string>;
  /** The users of the file that are here already, with their owners. */
  readonly users: ReadonlyMap<string, { readonly ownerId: string; readonly login: string }>;
  /** The personal key that each of the users has, or had last: an admin may have restricted it. */
  readonly personalKeys: ReadonlyMap<string, ApiKey>;
  /** The users that have an active personal key. */
  readonly keyHolders: ReadonlySet<string>;
}

/** Gathers the rows that an import is going to store. */
export class ImportPlan {
  readonly keys: ApiKey[] = [];
  readonly owners: Owner[] = [];
  readonly users: User[] = [];
  private readonly knownOwners: Set<string>;
  private readonly knownUsers: Map<string, { readonly ownerId: string; readonly login: string }>;
  private readonly keyHolders: Set<string>;

  constructor(
    private readonly wish: ImportWish,
    private readonly there: Surroundings,
    private readonly now: number,
  ) {
    this.knownOwners = new Set(there.owners);
    this.knownUsers = new Map(there.users);
    this.keyHolders = new Set(there.keyHolders);
  }

  /** The row of this key, or why it cannot be had. */
  add(key: ImportedKey): ApiKey | string {
    if (this.wish.personalOf === null) return this.push(key, this.serviceSettings(key));
    const userId = userIdOf(this.wish.personalOf, key.owner ?? '', true);
    const login = JSON.stringify([this.wish.personalOf, key.owner]);
    const user =
      this.knownUsers.get(userId) ?? this.newUser(this.wish.personalOf, key.owner ?? '', userId, login);
    if (user.login !== login) return 'another login has the user id of this one';
    if (key.revokedAt === null && this.keyHolders.has(userId))
      return 'its user has another active personal key, and may have only one';
    if (this.isRestricted(userId, key))
      return 'an administrator has restricted the personal key of its user: lift that first';
    if (key.revokedAt === null) this.keyHolders.add(userId);
    const { ownerId } = user;
    const personal = {
      kind: 'personal',
      ownerId,
      userId,
      environment: 'live',
      role: null,
      scopes: null,
    } as const;
    return this.push(key, personal);
  }

  /** The restriction binds whatever personal keys the user gets, also those that come from elsewhere. */
  private isRestricted(userId: string, { expiresAt, rateLimit }: ImportedKey): boolean {
    const current = this.there.personalKeys.get(userId);
    if (current === undefined) return false;
    const wanted = { ...unbounded, expiresAt: expiresAt?.getTime() ?? null, rateLimit };
    return (
      !current.enabled || boundExceeded({ ...boundsOf(current), environment: null }, wanted) !== undefined
    );
  }

  private push(
    key: ImportedKey,
    settings: Pick<ApiKey, 'kind' | 'ownerId' | 'userId' | 'environment' | 'role' | 'scopes'>,
  ): ApiKey {
    const { id, owner, hash, expiresAt } = key;
    const isOver = expiresAt !== null && expiresAt.getTime() <= this.now;
    // Property by property: to spread objects takes ten times as long, which counts for a million keys.
    const stored = newApiKey(
      { hash, prefix: key.prefix ?? `sha256:${hash.slice(0, 8)}` },
      {
        kind: settings.kind,
        ownerId: settings.ownerId,
        userId: settings.userId,
        environment: settings.environment,
        role: settings.role,
        scopes: settings.scopes,
        name: key.name ?? `Imported from ${this.wish.format}`,
        enabled: key.enabled,
        rateLimit: key.rateLimit,
        createdAt: key.createdAt ?? new Date(this.now),
        lastUsedAt: key.lastUsedAt,
        revokedAt: key.revokedAt,
        expiresAt,
        // It ended elsewhere, and before it came here: no event of ours.
        expiryNotedAt: isOver ? expiresAt : null,
        metadata: { importedFrom: { system: this.wish.format, id, owner } },
      },
      this.now,
    );
    this.keys.push(stored);
    return stored;
  }

  private serviceSettings({ owner }: ImportedKey) {
    const { role, scopes, environment } = this.wish;
    return {
      kind: 'service',
      userId: null,
      ownerId: this.ownerOf(owner),
      environment,
      role,
      scopes,
    } as const;
  }

  private ownerOf(owner: string | null): string {
    if (this.wish.ownerId !== null) return this.wish.ownerId;
    if (owner === null) return platformOwnerId;
    const id = ownerIdOf(this.wish.format, owner);
    if (!this.knownOwners.has(id)) this.newOwner(id, owner);
    return id;
  }

  private newOwner(id: string, name: string): string {
    this.knownOwners.add(id);
    this.owners.push({ id, name, disabledAt: null, createdAt: new Date(this.now) });
    return id;
  }

  private newUser(issuer: string, subject: string, id: string, login: string) {
    const user = { ownerId: this.newOwner(v7(), subject), login };
    this.knownUsers.set(id, user);
    const createdAt = new Date(this.now);
    this.users.push({ id, ownerId: user.ownerId, issuer, subject, email: null, disabledAt: null, createdAt });
    return user;
  }
}
