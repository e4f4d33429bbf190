import type { Environment } from '../principal/authenticated-user.js';
import type { RateLimit } from '../principal/grants.js';
import type { Role, Scope } from '../principal/scopes.js';
import type { ApiKey } from './api-key.entity.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';
import { boundedLru } from '../support/lru.js';

/** What decides about a key of any kind, as it was when last looked up. Times are epoch milliseconds. */
export interface KeyState {
  readonly id: string;
  readonly ownerId: string;
  /** The user behind it: whose personal key it is, or who issued it. */
  readonly userId: string | null;
  /** `null` for a tool key that a person issued. */
  readonly environment: Environment | null;
  readonly expiresAt: number | null;
}

export interface ApiKeyState extends KeyState {
  readonly kind: 'personal' | 'service';
  readonly lineageId: string;
  readonly environment: Environment;
  readonly role: Role | null;
  /** Its own scopes; null when its role decides. */
  readonly scopes: readonly Scope[] | null;
  readonly enabled: boolean;
  readonly rateLimit: RateLimit | null;
  readonly allowedIps: readonly string[] | null;
  readonly revokedAt: number | null;
}

/** Small, as there are many of them in memory: what keys have in common is kept once. */
export function stateOfApiKey(key: ApiKey): ApiKeyState {
  return {
    id: key.id,
    kind: key.kind === 'personal' ? 'personal' : 'service',
    lineageId: lineageOf(key),
    ownerId: shared(key.ownerId),
    userId: key.userId,
    environment: key.environment === 'live' ? 'live' : 'test',
    role: key.role === null ? null : (shared(key.role) as Role),
    scopes: key.scopes === null ? null : sharedScopesOf(key.scopes),
    enabled: key.enabled,
    rateLimit: key.rateLimit,
    allowedIps: key.allowedIps,
    expiresAt: key.expiresAt?.getTime() ?? null,
    revokedAt: key.revokedAt?.getTime() ?? null,
  };
}

/**
 * What all keys have in common that share one limit: a key and those that replaced it, all personal keys that a user ever
 * had, and the keys that a key with a limit made.
 */
export function lineageOf(
  key: Pick<ApiKey, 'id' | 'kind' | 'userId' | 'replacesId'> & Partial<Pick<ApiKey, 'lineageId'>>,
): string {
  if (key.kind === 'personal' && key.userId !== null) return key.userId;
  // A store of the application may not know of lineages, and a build from before them writes none.
  return key.lineageId ?? key.replacesId ?? key.id;
}

/** What the key itself tells, in the order in which it is judged. */
export const apiKeyChecks: readonly KeyCheck<ApiKeyState>[] = [
  { check: 'revoked', against: ({ revokedAt }) => (revokedAt === null ? null : 'REVOKED') },
  { check: 'enabled', against: ({ enabled }) => (enabled ? null : 'DISABLED') },
  { check: 'expiry', against: (key, now) => (isExpired(key, now) ? 'EXPIRED' : null) },
];

/** Judges what the key itself tells at the wall-clock time `now`; a key dies at its expiry, to the millisecond. */
export function apiKeyOutcome(key: ApiKeyState, now: number): Outcome {
  return runChecks(apiKeyChecks, key, now);
}

function isExpired({ expiresAt }: KeyState, now: number): boolean {
  return expiresAt !== null && now >= expiresAt;
}

/** Which key something is about, and whose it is. */
export interface KeyRef extends Pick<KeyState, 'id' | 'ownerId' | 'userId'> {
  readonly type: 'api_key' | 'tool_key';
}

const texts = boundedLru<string, string>(10_000);
const lists = boundedLru<string, readonly Scope[]>(1_000);

/** The same text, once in memory however many keys have it. */
export function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}

/** The same scopes, once in memory however many keys have them. */
export function sharedScopesOf(scopes: readonly Scope[]): readonly Scope[] {
  const text = scopes.join(' ');
  const known = lists.get(text);
  if (known !== undefined) return known;
  lists.set(text, Object.freeze([...scopes]));
  return lists.get(text) ?? scopes;
}
