import { KeyMint } from '../key-store/key-mint.js';
import { isNetwork } from '../principal/networks.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
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
  /** By default `testOwnerId`; for a user's key the user's owner. */
  readonly ownerId?: string;
  /** Makes it this user's personal key, with the scopes of such keys; with `scopes` an access key of the user. */
  readonly userId?: string;
  /** Of the user. */
  readonly email?: string;
  /** By default none. */
  readonly role?: Role;
  /** Instead of the role's. With neither, a service key has no scope. */
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
      kind: kindOf(options),
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

function kindOf({ userId, scopes }: TestApiKeyOptions): ApiKey['kind'] {
  if (userId === undefined) return 'service';
  return scopes === undefined ? 'personal' : 'access';
}

function rejectImpossible({ userId, email, role, scopes, allowedIps = [] }: TestApiKeyOptions): void {
  if (userId !== undefined && role !== undefined)
    throw new Error('asApiKey: a key of a user (userId) has no role; set scopes for an access key.');
  if (userId !== undefined && scopes?.length === 0)
    throw new Error('asApiKey: an access key (userId, scopes) has at least one scope.');
  if (userId === undefined && email !== undefined)
    throw new Error('asApiKey: only a key of a user (userId) has an email.');
  const wrong = allowedIps.find((network) => !isNetwork(network));
  if (wrong !== undefined) throw new Error(`asApiKey: "${wrong}" is neither an address nor a network.`);
}
