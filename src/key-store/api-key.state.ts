import type { Environment } from '../principal/authenticated-user.js';
import type { RateLimit } from '../principal/grants.js';
import type { Role, Scope } from '../principal/scopes.js';
import type { ApiKey } from './api-key.entity.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';
import { boundedLru } from '../support/lru.js';

/** What decides whether a key of any kind is valid, as of the last lookup. Times are epoch milliseconds. */
export interface KeyState {
  readonly id: string;
  readonly ownerId: string;
  /** The user of a personal or access key, or the issuing user of a tool key. */
  readonly userId: string | null;
  /** `null` for a tool key that was issued with a JWT. */
  readonly environment: Environment | null;
  readonly expiresAt: number | null;
  /** An access key, or made with a bounded token or key. */
  readonly bounded: boolean;
}

export interface ApiKeyState extends KeyState {
  readonly kind: ApiKey['kind'];
  readonly lineageId: string;
  readonly environment: Environment;
  readonly role: Role | null;
  /** Explicit scopes; `null` when the role decides. */
  readonly scopes: readonly Scope[] | null;
  readonly enabled: boolean;
  readonly rateLimit: RateLimit | null;
  readonly allowedIps: readonly string[] | null;
  readonly revokedAt: number | null;
}

/** Small, because many are held in memory: values that keys share are interned. */
export function stateOfApiKey(key: ApiKey): ApiKeyState {
  return {
    id: key.id,
    kind: intern(key.kind) as ApiKey['kind'],
    lineageId: lineageOf(key),
    ownerId: intern(key.ownerId),
    userId: key.userId,
    environment: key.environment === 'live' ? 'live' : 'test',
    role: key.role === null ? null : (intern(key.role) as Role),
    scopes: key.scopes === null ? null : internScopes(key.scopes),
    enabled: key.enabled,
    bounded: key.bounded || key.kind === 'access',
    rateLimit: key.rateLimit,
    allowedIps: key.allowedIps,
    expiresAt: key.expiresAt?.getTime() ?? null,
    revokedAt: key.revokedAt?.getTime() ?? null,
  };
}

/**
 * The id shared by all keys that count against one limit: a key and its replacements, all personal keys of a user over
 * time, and the keys that a limited key created.
 */
export function lineageOf(
  key: Pick<ApiKey, 'id' | 'kind' | 'userId' | 'replacesId'> & Partial<Pick<ApiKey, 'lineageId'>>,
): string {
  if (key.kind === 'personal' && key.userId !== null) return key.userId;
  // Custom stores and older versions might not store a lineage.
  return key.lineageId ?? key.replacesId ?? key.id;
}

/** Checks of the key itself, in order. */
export const apiKeyChecks: readonly KeyCheck<ApiKeyState>[] = [
  { check: 'revoked', against: ({ revokedAt }) => (revokedAt === null ? null : 'REVOKED') },
  { check: 'enabled', against: ({ enabled }) => (enabled ? null : 'DISABLED') },
  { check: 'expiry', against: (key, now) => (isExpired(key, now) ? 'EXPIRED' : null) },
];

/** The result of these checks at the wall-clock time `now`. A key expires to the millisecond. */
export function apiKeyOutcome(key: ApiKeyState, now: number): Outcome {
  return runChecks(apiKeyChecks, key, now);
}

function isExpired({ expiresAt }: KeyState, now: number): boolean {
  return expiresAt !== null && now >= expiresAt;
}

/** Identifies a key and its owner. */
export interface KeyRef extends Pick<KeyState, 'id' | 'ownerId' | 'userId'> {
  readonly type: 'api_key' | 'tool_key';
}

const texts = boundedLru<string, string>(10_000);
const lists = boundedLru<string, readonly Scope[]>(1_000);

/** Returns the same string object for equal strings. */
function intern(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}

/** Returns the same list for equal lists of scopes. */
function internScopes(scopes: readonly Scope[]): readonly Scope[] {
  const text = scopes.join(' ');
  const known = lists.get(text);
  if (known !== undefined) return known;
  lists.set(text, Object.freeze([...scopes]));
  return lists.get(text) ?? scopes;
}
