import { Injectable } from '@nestjs/common';
import type { ReadOptions } from '../../database/database.js';
import { clientAddress } from '../../http/client-address.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type Account, AccountsService } from '../../identity/accounts.service.js';
import type { KeyState } from '../../key-store/api-key.state.js';
import { KeyCache, type KeyLookup } from '../../key-store/key-cache.js';
import type { KeyShape } from '../../key-store/key-format.js';
import { hashOfKey, KeyEnvironment, KeyMint } from '../../key-store/key-mint.js';
import { type KeyCheck, type Outcome, runChecks } from '../../key-store/outcome.js';
import { AuthError } from '../../principal/auth-error.js';
import { isInNetworks } from '../../principal/networks.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { boundedLru } from '../../support/lru.js';
import { CredentialVerifier, type KeyRejection, type VerifiedKey } from './verified-credential.js';

/** A check of what a key depends on: its owner, the environment, the address of the request. */
export interface ContextCheck<K> {
  readonly check: string;
  against(key: K, account: Account, request: Pick<HttpRequest, 'ip'>): Outcome | null;
}

/** The result of all checks of one key. */
export interface ExaminedKey {
  /** In the order in which they are made; `against` is `null` where the key passes. */
  readonly checks: readonly { readonly check: string; readonly against: Outcome | null }[];
  readonly account: Account;
  /** Who the key stands for, or would stand for if it passed. */
  readonly verified: VerifiedKey;
  /** The error that `verify` throws. */
  readonly error: AuthError | undefined;
}

/** Verifies keys: format and checksum, then on every request the state of the key, its owner and the caller's address. */
@Injectable()
export abstract class KeyVerifier<K extends KeyState> extends CredentialVerifier {
  /** The one answer to every bad key of this kind. */
  protected abstract readonly code: 'INVALID_API_KEY' | 'INVALID_TOOL_KEY';
  protected abstract readonly checks: readonly KeyCheck<K>[];
  protected abstract readonly lookup: KeyLookup<K>;
  /** For the keys in use only: for all cached keys it would double the memory of the cache. */
  private readonly verified = boundedLru<K, { account: Account; verified: VerifiedKey }>(5_000);

  /** Made after the checks of the key itself, in this order. */
  private readonly contextChecks: readonly ContextCheck<K>[] = [
    {
      check: 'owner',
      against: (_key, { active, isForeign = false }) => {
        if (active) return null;
        return isForeign ? 'NOT_A_MEMBER' : 'OWNER_INACTIVE';
      },
    },
    ...this.furtherChecks(),
    {
      check: 'environment',
      against: ({ environment }) => (this.environment.allows(environment) ? null : 'WRONG_ENVIRONMENT'),
    },
    {
      check: 'ip',
      against: (key, _account, request) => {
        const allowed = this.allowedIpsOf(key);
        return allowed === null || isInNetworks(clientAddress(request), allowed) ? null : 'IP_NOT_ALLOWED';
      },
    },
  ];

  constructor(
    protected readonly mint: KeyMint,
    protected readonly keys: KeyCache,
    private readonly environment: KeyEnvironment,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** Of this kind of key only. A method, so that it is there while the fields are set. */
  protected furtherChecks(): readonly ContextCheck<K>[] {
    return [];
  }

  protected abstract shapeOf(key: string): KeyShape;
  /** The networks that the key may be used from; `null` for all. */
  protected abstract allowedIpsOf(key: K): readonly string[] | null;
  protected abstract toVerified(key: K, account: Account): VerifiedKey;

  getCached(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedKey | undefined {
    const key = this.lookup.get(hashOfKey(credential));
    if (key === undefined) return undefined;
    const account = this.accounts.getCachedByKeyHolder(key.ownerId, key.userId);
    if (account === undefined) return undefined;
    return this.outcomeOf(key, account, request) === 'VALID' ? this.verifiedFor(key, account) : undefined;
  }

  /** Of a key with a bad text, or that was not found a moment ago. */
  rejectedAtOnce(credential: string): AuthError | undefined {
    const malformed = this.malformed(credential);
    if (malformed !== undefined || !this.lookup.isMissing(hashOfKey(credential))) return malformed;
    return this.rejected({ outcome: 'NOT_FOUND' });
  }

  /** The 401 for a text that is no key. */
  malformed(credential: string): AuthError | undefined {
    const shape = this.shapeOf(credential);
    return shape === 'PLAUSIBLE' ? undefined : this.rejected({ outcome: shape });
  }

  needsLookup(credential: string): boolean {
    return this.shapeOf(credential) === 'PLAUSIBLE' && !this.lookup.has(hashOfKey(credential));
  }

  /** `requester` is the owner that asks about a key; by default the key is the credential of a request. */
  async verify(credential: string, { ip }: RequestOrigin, requester?: ReadOptions): Promise<VerifiedKey> {
    const malformed = this.malformed(credential);
    if (malformed !== undefined) throw malformed;
    const key = await this.lookup.find(hashOfKey(credential), requester);
    if (key === undefined) throw this.rejected({ outcome: 'NOT_FOUND' });
    const account = await this.accounts.findByKeyHolder(key.ownerId, key.userId);
    const outcome = this.outcomeOf(key, account, { ip: ip ?? undefined });
    if (outcome !== 'VALID') throw this.rejected({ outcome, key: this.toVerified(key, account).terms.key });
    return this.verifiedFor(key, account);
  }

  /** The checks of `verify`, all of them: those after the first that fails are made too. */
  async examine(key: K, request: Pick<HttpRequest, 'ip'>): Promise<ExaminedKey> {
    const account = await this.accounts.findByKeyHolder(key.ownerId, key.userId);
    const now = this.clock.now();
    const checks = [
      ...this.checks.map(({ check, against }) => ({ check, against: against(key, now) })),
      ...this.contextChecks.map((one) => ({ check: one.check, against: one.against(key, account, request) })),
    ];
    const verified = this.toVerified(key, account);
    const outcome = checks.find(({ against }) => against !== null)?.against ?? 'VALID';
    const error = outcome === 'VALID' ? undefined : this.rejected({ outcome, key: verified.terms.key });
    return { checks, account, verified, error };
  }

  private outcomeOf(key: K, account: Account, request: Pick<HttpRequest, 'ip'>): Outcome {
    const outcome = runChecks(this.checks, key, this.clock.now());
    if (outcome !== 'VALID') return outcome;
    for (const one of this.contextChecks) {
      const found = one.against(key, account, request);
      if (found !== null) return found;
    }
    return 'VALID';
  }

  private verifiedFor(key: K, account: Account): VerifiedKey {
    const known = this.verified.get(key);
    if (known?.account === account) return known.verified;
    const verified = this.toVerified(key, account);
    this.verified.set(key, { account, verified });
    return verified;
  }

  private rejected(cause: KeyRejection): AuthError {
    return new AuthError(this.code, { cause });
  }
}
