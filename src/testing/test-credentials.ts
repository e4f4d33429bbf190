import { v5 } from 'uuid';
import { isScope, type Scope, scopeRule } from '../principal/scopes.js';
import type { Account } from '../identity/accounts.service.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ToolKeyState } from '../key-store/tool-key.state.js';

const namespace = '5a7b0f5e-52a4-5d0e-9a51-0c6d1b7f2e93';

/** The default user of `asUser()`. */
export const testUserId = '00000000-0000-4000-8000-000000000001';

/** The owner of `userId`: as in the service, each user has their own. */
export function testOwnerIdOf(userId: string): string {
  return v5(userId, namespace);
}

/** The default owner of `asUser()`, `asApiKey()` and `asToolKey()`: that of `testUserId`. */
export const testOwnerId = testOwnerIdOf(testUserId);

/** To be sent with a request: `request(server).get('/').set(headers)` or `app.inject({ url: '/', headers })`. */
export type TestHeaders = { [name: string]: string };

/** @internal `authorization` carries any credential, as a bearer; other headers carry it as it is. */
export function headerOf(name: string, credential: string): TestHeaders {
  const header = name.toLowerCase();
  return { [header]: header === 'authorization' ? `Bearer ${credential}` : credential };
}

/** @internal Throws for text that is no scope: no key could have it. */
export function requireScopes(of: string, scopes: readonly Scope[]): Scope[] {
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined) throw new Error(`${of}: "${wrong}" is not a scope: ${scopeRule}.`);
  return [...scopes];
}

/**
 * The credentials that this process has made for its tests: all that an `AuthTestingModule` accepts. They are nowhere
 * else, so nothing that is sent to another process, or known from an earlier one, is among them.
 */
class TestCredentials {
  /** By the `sub` of the token, which is another one for each `asUser()`. */
  readonly logins = new Map<string, Account>();
  readonly apiKeys = new Map<string, ApiKey>();
  readonly toolKeys = new Map<string, ToolKeyState>();
  /** By the id of the tool key. */
  readonly callsLeft = new Map<string, number>();
  private readonly holders = new Map<string, Account>();

  /** The same object each time, because caches of a key compare it. */
  holderOf(ownerId: string, userId: string | null): Account {
    const name = JSON.stringify([ownerId, userId]);
    const known = this.holders.get(name);
    return known ?? this.hold(name, accountOf(ownerId, userId, null));
  }

  /** Sets the email of the user in the keys it holds. */
  nameHolder(ownerId: string, userId: string, email: string): void {
    this.hold(JSON.stringify([ownerId, userId]), accountOf(ownerId, userId, email));
  }

  private hold(name: string, account: Account): Account {
    this.holders.set(name, account);
    return account;
  }
}

function accountOf(ownerId: string, userId: string | null, email: string | null): Account {
  const defaultOwnerId = userId === null ? null : ownerId;
  return { ownerId, userId, email, defaultOwnerId, active: true, tokensValidFrom: null };
}

/** @internal */
export const testCredentials = new TestCredentials();
