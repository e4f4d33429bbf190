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

/** The settings of an API key in a test. */
export interface TestApiKeyOptions {
  /** By default `testOwnerId`; for a personal key the owner of its user. */
  readonly ownerId?: string;
  /** Makes it the personal key of this user, which has the scopes that such keys have. */
  readonly userId?: string;
  /** Of the user of a personal key. */
  readonly email?: string;
  /** Gives the key the scopes of this role; none by default. */
  readonly role?: Role;
  /** In place of those of the role. With neither, the key may do nothing that asks for a scope. */
  readonly scopes?: readonly Scope[];
  /** By default `live`. */
  readonly environment?: Environment;
  /** Its limit of requests in a window; none by default. */
  readonly rateLimit?: RateLimit;
  /** Addresses and networks it works from; any by default. */
  readonly allowedIps?: readonly string[];
  /** When the key expires, by the clock of the application; never by default. */
  readonly expiresAt?: Date;
  /** Makes a revoked key: 401 `INVALID_API_KEY`. */
  readonly revoked?: boolean;
  /** Makes a disabled key. */
  readonly disabled?: boolean;
  /** The header to send it in, by default `X-API-Key`; in `Authorization` it is a bearer token. */
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
  refuseImpossible(options);
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

function refuseImpossible({ userId, email, role, scopes, allowedIps = [] }: TestApiKeyOptions): void {
  if (userId !== undefined && (role !== undefined || scopes !== undefined))
    throw new Error(
      'asApiKey: a personal key (userId) has the scopes of its user; do not set role or scopes.',
    );
  if (userId === undefined && email !== undefined)
    throw new Error('asApiKey: only a personal key (userId) has an email.');
  const wrong = allowedIps.find((network) => !isNetwork(network));
  if (wrong !== undefined) throw new Error(`asApiKey: "${wrong}" is neither an address nor a network.`);
}
