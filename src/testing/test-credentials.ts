import type { Account } from '../identity/account.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ToolKeyState } from '../key-store/tool-key.state.js';

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

  /** The same object each time, as what is remembered of a key goes by it. */
  holderOf(ownerId: string, userId: string | null): Account {
    const name = JSON.stringify([ownerId, userId]);
    const known = this.holders.get(name);
    return known ?? this.hold(name, accountOf(ownerId, userId, null));
  }

  /** Whoever holds keys as this user has this email from now on. */
  nameHolder(ownerId: string, userId: string, email: string): void {
    this.hold(JSON.stringify([ownerId, userId]), accountOf(ownerId, userId, email));
  }

  private hold(name: string, account: Account): Account {
    this.holders.set(name, account);
    return account;
  }
}

function accountOf(ownerId: string, userId: string | null, email: string | null): Account {
  return { ownerId, userId, email, defaultOwnerId: userId === null ? null : ownerId, active: true };
}

export const testCredentials = new TestCredentials();
