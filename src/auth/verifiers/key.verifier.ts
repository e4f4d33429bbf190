import type { Account } from '../../identity/account.js';
import type { AccountsService } from '../../identity/accounts.service.js';
import { hashOfKey, type KeyShape } from '../../key-store/key-format.js';
import type { KeyState } from '../../key-store/key-state.js';
import type { Outcome } from '../../key-store/outcome.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { Clock } from '../../principal/clock.js';
import { CredentialVerifier } from './credential-verifier.js';
import type { Refusal } from './refusal.js';

/** What sets one kind of key apart from another. */
export interface KeyKind<K extends KeyState> {
  /** The one answer to every bad key of this kind. */
  readonly code: 'INVALID_API_KEY' | 'INVALID_TOOL_KEY';
  shapeOf(key: string): KeyShape;
  peek(hash: string): K | undefined;
  find(hash: string): Promise<K | undefined>;
  judge(key: K, now: number): Outcome;
  principalOf(key: K, account: Account): AuthenticatedUser;
}

/** Verifies a key: format, checksum, SHA-256, then its state and that of its owner, which is judged anew each time. */
export abstract class KeyVerifier<K extends KeyState> extends CredentialVerifier {
  private readonly principals = new WeakMap<K, { account: Account; user: AuthenticatedUser }>();

  constructor(
    private readonly kind: KeyKind<K>,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {
    super();
  }

  recall(credential: string): AuthenticatedUser | undefined {
    const key = this.kind.peek(hashOfKey(credential));
    if (key === undefined) return undefined;
    const account = this.accounts.peekKeyHolder(key.ownerId, key.userId);
    return account !== undefined && this.judge(key, account) === 'VALID'
      ? this.principalOf(key, account)
      : undefined;
  }

  async verify(credential: string): Promise<AuthenticatedUser> {
    const shape = this.kind.shapeOf(credential);
    if (shape !== 'PLAUSIBLE') throw this.refused({ outcome: shape });
    const key = await this.kind.find(hashOfKey(credential));
    if (key === undefined) throw this.refused({ outcome: 'NOT_FOUND' });
    const account = await this.accounts.ofKeyHolder(key.ownerId, key.userId);
    const outcome = this.judge(key, account);
    if (outcome !== 'VALID') throw this.refused({ outcome, keyId: key.id });
    return this.principalOf(key, account);
  }

  private judge(key: K, account: Account): Outcome {
    const outcome = this.kind.judge(key, this.clock.now());
    return outcome === 'VALID' && !account.active ? 'OWNER_INACTIVE' : outcome;
  }

  private principalOf(key: K, account: Account): AuthenticatedUser {
    const made = this.principals.get(key);
    if (made?.account === account) return made.user;
    const user = this.kind.principalOf(key, account);
    this.principals.set(key, { account, user });
    return user;
  }

  private refused(cause: Refusal): AuthError {
    return new AuthError(this.kind.code, { cause });
  }
}
