import { KeyMint } from '../key-store/key-mint.js';
import { isNetwork } from '../principal/networks.js';
import { newApiKey } from '../key-store/api-key.entity.js';
import type { Environment } from '../principal/authenticated-user.js';
import type { RateLimit } from '../principal/grants.js';
import type { Role, Scope } from '../principal/scopes.js';
import {
  headerOf,
  requireScopes,
  testCredentials,
  type TestHeaders,
  testOwnerId,
  testOwnerIdOf,
} from './test-credentials.js';

/** An API key in a test. */
export interface TestApiKeyOptions {
  /** By default `testOwnerId`; for a personal key its user's owner. */
  readonly ownerId?: string;
  /** Makes it this user's personal key, with the scopes of such keys. */
  readonly userId?: string;
  /** Of a personal key's user. */
  readonly email?: string;
  /** By default none. */
  readonly role?: Role;
  /** Instead of the role's. With neither, the key has no scope. */
  readonly scopes?: readonly Scope[];
  /** By default `live`. */
  readonly environment?: Environment;
  /** Requests per window; by default unlimited. */
  readonly rateLimit?: RateLimit;
  /** Addresses and networks it works from; by default any. */
  readonly allowedIps?: readonly string[];
  /** By the application's clock; by default never. */
  readonly expiresAt?: Date;
  /** A revoked key gets 401 `INVALID_API_KEY`. */
  readonly revoked?: boolean;
  /** So does a disabled key. */
  readonly disabled?: boolean;
  /** Its header; by default `X-API-Key`. In `Authorization` it is a bearer token. */
  readonly header?: string;
}

const mint = new KeyMint();

/**
 * The headers of a program's request, for an application with `AuthTestingModule`: an own key each time. Throws for a
 * key that the service would not make.
 */
export function asApiKey(options: TestApiKeyOptions = {}): TestHeaders {
  const { userId = null, email, scopes, allowedIps, environment = 'live', header = 'X-API-Key' } = options;
  const ownerId = options.ownerId ?? (userId === null ? testOwnerId : testOwnerIdOf(userId));
  rejectImpossible(options);
  const minted = mint.mintApiKey(environment);
  const key = newApiKey(
    minted,
    {
      kind: userId === null ? 'service' : 'personal',
      ownerId,
      userId,
      name: 'test',
      environment,
      role: options.role ?? null,
      scopes: scopes === undefined ? null : requireScopes('asApiKey', scopes),
      enabled: options.disabled !== true,
      rateLimit: options.rateLimit ?? null,
      allowedIps: allowedIps === undefined ? null : [...allowedIps],
      expiresAt: options.expiresAt ?? null,
      revokedAt: options.revoked === true ? new Date(0) : null,
    },
    0,
  );
  if (userId !== null && email !== undefined) testCredentials.nameHolder(ownerId, userId, email);
  testCredentials.apiKeys.set(key.hash, key);
  return headerOf(header, minted.key);
}

function rejectImpossible({ userId, email, role, scopes, allowedIps = [] }: TestApiKeyOptions): void {
  if (userId !== undefined && (role !== undefined || scopes !== undefined))
    throw new Error(
      'asApiKey: a personal key (userId) has the scopes of its user; do not set role or scopes.',
    );
  if (userId === undefined && email !== undefined)
    throw new Error('asApiKey: only a personal key (userId) has an email.');
  const wrong = allowedIps.find((network) => !isNetwork(network));
  if (wrong !== undefined) throw new Error(`asApiKey: "${wrong}" is neither an address nor a network.`);
}
