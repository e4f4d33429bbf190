import { v5, v7 } from 'uuid';
import { type Owner, platformOwnerId } from '../../identity/owner.entity.js';
import { type User, userIdOf } from '../../identity/user.entity.js';
import { type ApiKey, newApiKey } from '../../key-store/api-key.entity.js';
import { boundsOf } from '../../key-store/api-key-rules.js';
import { boundExceeded, unbounded } from '../../principal/grants.js';
import type { Environment } from '../../principal/authenticated-user.js';
import type { Role, Scope } from '../../principal/scopes.js';
import type { FormatName } from './formats.js';
import type { ImportContext } from './import-context.js';
import type { ImportedKey } from './imported-key.js';

/** Which keys the users of a file get, and whose users they are. */
export interface KeysOfPeople {
  readonly kind: 'personal' | 'access';
  readonly issuer: string;
  /** The issuer is the primary one: a subject that is a UUID is the user id. */
  readonly isPrimary: boolean;
}

/** What the operator decides about an import; the rest is in the file. */
export interface ImportRequest {
  readonly format: FormatName;
  /** The owner of all keys; `null` for the owners that the file names, or else the platform's. */
  readonly ownerId: string | null;
  /** For keys of people: the issuer whose subjects the users of the file are. */
  readonly people: KeysOfPeople | null;
  /** Of service and access keys. */
  readonly environment: Environment;
  /** Of service keys. */
  readonly role: Role | null;
  /** Of service and access keys. */
  readonly scopes: Scope[] | null;
  /** Reports what would happen, and stores nothing. */
  readonly dryRun: boolean;
}

const namespace = '5b0c0d0e-7c39-5f0a-8a53-2f6f0a4f6d11';

/** The id here of an owner of the other system: the same in every import. */
export function importedOwnerId(format: FormatName, owner: string): string {
  return v5(JSON.stringify([format, owner]), namespace);
}

/** Collects the rows that an import will store. */
export class ImportPlan {
  readonly keys: ApiKey[] = [];
  readonly owners: Owner[] = [];
  readonly users: User[] = [];
  private readonly knownOwners: Set<string>;
  private readonly knownUsers: Map<string, { readonly ownerId: string; readonly login: string }>;
  private readonly keyHolders: Set<string>;

  constructor(
    private readonly request: ImportRequest,
    private readonly context: ImportContext,
    private readonly now: number,
  ) {
    this.knownOwners = new Set(context.owners);
    this.knownUsers = new Map(context.users);
    this.keyHolders = new Set(context.keyHolders);
  }

  /** Adds the row of this key and returns it, or a text that says why the key cannot be imported. */
  add(key: ImportedKey): ApiKey | string {
    const { people, environment, scopes } = this.request;
    if (people === null) return this.push(key, this.serviceSettings(key));
    const { kind, issuer, isPrimary } = people;
    if (key.owner === null) return 'the file does not say whose key it is';
    const userId = userIdOf(issuer, key.owner, isPrimary);
    const login = JSON.stringify([issuer, key.owner]);
    const user = this.knownUsers.get(userId) ?? this.newUser(issuer, key.owner, userId, login);
    if (user.login !== login) return 'another login has the user id of this one';
    const isActivePersonal = kind === 'personal' && key.revokedAt === null;
    if (isActivePersonal && this.keyHolders.has(userId))
      return 'its user has another active personal key, and may have only one';
    if (this.isRestricted(userId, key))
      return 'an administrator has restricted the personal key of its user: lift the restriction first';
    if (isActivePersonal) this.keyHolders.add(userId);
    const holder = { kind, ownerId: user.ownerId, userId, role: null };
    return this.push(
      key,
      kind === 'access'
        ? { ...holder, environment, scopes }
        : { ...holder, environment: 'live', scopes: null },
    );
  }

  /** A restriction by an admin applies to all personal keys of the user, also to imported ones. */
  private isRestricted(userId: string, { expiresAt, rateLimit }: ImportedKey): boolean {
    const current = this.context.personalKeys.get(userId);
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
    const hasExpired = expiresAt !== null && expiresAt.getTime() <= this.now;
    // Property by property: spreading objects takes ten times as long, which matters for a million keys.
    const stored = newApiKey(
      { hash, prefix: key.prefix ?? `sha256:${hash.slice(0, 8)}` },
      {
        kind: settings.kind,
        ownerId: settings.ownerId,
        userId: settings.userId,
        environment: settings.environment,
        role: settings.role,
        scopes: settings.scopes,
        name: key.name ?? `Imported from ${this.request.format}`,
        enabled: key.enabled,
        rateLimit: key.rateLimit,
        createdAt: key.createdAt ?? new Date(this.now),
        lastUsedAt: key.lastUsedAt,
        revokedAt: key.revokedAt,
        expiresAt,
        // It expired in the other system, so there is no event here.
        expiryNotedAt: hasExpired ? expiresAt : null,
        metadata: { importedFrom: { system: this.request.format, id, owner } },
      },
      this.now,
    );
    this.keys.push(stored);
    return stored;
  }

  private serviceSettings({ owner }: ImportedKey) {
    const { role, scopes, environment } = this.request;
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
    if (this.request.ownerId !== null) return this.request.ownerId;
    if (owner === null) return platformOwnerId;
    const id = importedOwnerId(this.request.format, owner);
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
    const unset = { email: null, disabledAt: null, erasedAt: null, tokensValidFrom: null };
    this.users.push({ id, ownerId: user.ownerId, issuer, subject, ...unset, createdAt: new Date(this.now) });
    return user;
  }
}
