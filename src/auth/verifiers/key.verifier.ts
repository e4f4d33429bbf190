import type { ReadOptions } from '../../database/database.js';
import { type Account, AccountsService } from '../../identity/accounts.service.js';
import type { KeyShape } from '../../key-store/key-format.js';
import { hashOfKey, KeyEnvironment, KeyMint } from '../../key-store/key-mint.js';
import { type KeyCheck, type Outcome, runChecks } from '../../key-store/outcome.js';
import { apiKeyChecks, type ApiKeyState, type KeyRef, type KeyState } from '../../key-store/api-key.state.js';
import { isInNetworks } from '../../principal/networks.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { boundedLru } from '../../support/lru.js';
import { clientAddress, type HttpRequest } from '../../http/http-request.js';
import { CredentialVerifier, type KeyTerms, type Refusal, type VerifiedKey } from './verified-credential.js';
import { Injectable } from '@nestjs/common';
import { KeyCache } from '../../key-store/key-cache.js';
import { principalOfApiKey, principalOfToolKey } from './principals.js';
import { toolKeyChecks, type ToolKeyState } from '../../key-store/tool-key.state.js';

/** What sets one kind of key apart from another. */
export interface KeyKind<K extends KeyState> {
  /** The one answer to every bad key of this kind. */
  readonly code: 'INVALID_API_KEY' | 'INVALID_TOOL_KEY';
  readonly type: KeyRef['type'];
  shapeOf(key: string): KeyShape;
  peek(hash: string): K | undefined;
  isFamiliar(hash: string): boolean;
  find(hash: string, asker?: ReadOptions): Promise<K | undefined>;
  /** What is judged of the key itself, in this order. */
  readonly checks: readonly KeyCheck<K>[];
  /** The networks it may be used from; `null` for all. */
  allowedIpsOf(key: K): readonly string[] | null;
  verifiedAs(key: K, account: Account): VerifiedKey;
}

/** What is judged of a key beside itself. */
interface SurroundingCheck<K> {
  readonly check: string;
  against(key: K, account: Account, ip: () => string | null): Outcome | null;
}

/** What a key was found to be. */
export interface ExaminedKey {
  /** Every check, in the order in which they are made, and what each has against the key. */
  readonly checks: readonly { readonly check: string; readonly against: Outcome | null }[];
  readonly account: Account;
  /** Who it stands for, or would if nothing were against it. */
  readonly verified: VerifiedKey;
  /** What `verify` throws. */
  readonly error: AuthError | undefined;
}

/**
 * Verifies a key: format, checksum, SHA-256, then its state, that of its owner and the address of the request, which
 * are judged anew each time.
 */
export abstract class KeyVerifier<K extends KeyState> extends CredentialVerifier {
  /** Of the keys in use; to keep them of all that are remembered would double what each of those takes. */
  private readonly made = boundedLru<K, { account: Account; verified: VerifiedKey }>(5_000);

  /** What is judged after the key itself, in this order. */
  private readonly surroundings: readonly SurroundingCheck<K>[] = [
    { check: 'owner', against: (_key, { active }) => (active ? null : 'OWNER_INACTIVE') },
    {
      check: 'environment',
      against: ({ environment }) => (this.environment.admits(environment) ? null : 'WRONG_ENVIRONMENT'),
    },
    { check: 'ip', against: (key, _account, ip) => this.againstAddress(key, ip) },
  ];

  constructor(
    private readonly kind: KeyKind<K>,
    private readonly environment: KeyEnvironment,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {
    super();
  }

  recall(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedKey | undefined {
    const key = this.kind.peek(hashOfKey(credential));
    if (key === undefined) return undefined;
    const account = this.accounts.getCachedByKeyHolder(key.ownerId, key.userId);
    if (account === undefined) return undefined;
    return this.judge(key, account, () => clientAddress(request)) === 'VALID'
      ? this.verifiedAs(key, account)
      : undefined;
  }

  refuse(credential: string): AuthError | undefined {
    const shape = this.kind.shapeOf(credential);
    return shape === 'PLAUSIBLE' ? undefined : this.refused({ outcome: shape });
  }

  isStranger(credential: string): boolean {
    return this.kind.shapeOf(credential) === 'PLAUSIBLE' && !this.kind.isFamiliar(hashOfKey(credential));
  }

  /** Looks up a credential, unless `asker` names the owner who asks about a key. */
  async verify(credential: string, { ip }: RequestOrigin, asker?: ReadOptions): Promise<VerifiedKey> {
    const refused = this.refuse(credential);
    if (refused !== undefined) throw refused;
    const key = await this.kind.find(hashOfKey(credential), asker);
    if (key === undefined) throw this.refused({ outcome: 'NOT_FOUND' });
    const account = await this.accounts.findByKeyHolder(key.ownerId, key.userId);
    const outcome = this.judge(key, account, () => ip);
    if (outcome !== 'VALID') throw this.refused({ outcome, key: this.refOf(key) });
    return this.verifiedAs(key, account);
  }

  /** What `verify` would find out about the key, all of it: the checks after the first that fails are made too. */
  async examine(key: K, ip: string | null): Promise<ExaminedKey> {
    const account = await this.accounts.findByKeyHolder(key.ownerId, key.userId);
    const now = this.clock.now();
    const checks = [
      ...this.kind.checks.map((one) => ({ check: one.check, against: one.against(key, now) })),
      ...this.surroundings.map((one) => ({
        check: one.check,
        against: one.against(key, account, () => ip),
      })),
    ];
    const outcome = checks.find(({ against }) => against !== null)?.against ?? 'VALID';
    const error = outcome === 'VALID' ? undefined : this.refused({ outcome, key: this.refOf(key) });
    return { checks, account, verified: this.kind.verifiedAs(key, account), error };
  }

  private judge(key: K, account: Account, ip: () => string | null): Outcome {
    const outcome = runChecks(this.kind.checks, key, this.clock.now());
    if (outcome !== 'VALID') return outcome;
    for (const one of this.surroundings) {
      const found = one.against(key, account, ip);
      if (found !== null) return found;
    }
    return 'VALID';
  }

  private againstAddress(key: K, ip: () => string | null): Outcome | null {
    const allowed = this.kind.allowedIpsOf(key);
    return allowed === null || isInNetworks(ip(), allowed) ? null : 'IP_NOT_ALLOWED';
  }

  private verifiedAs(key: K, account: Account): VerifiedKey {
    const made = this.made.get(key);
    if (made?.account === account) return made.verified;
    const verified = this.kind.verifiedAs(key, account);
    this.made.set(key, { account, verified });
    return verified;
  }

  private refOf({ id, ownerId, userId }: K): KeyRef {
    return { type: this.kind.type, id, ownerId, userId };
  }

  private refused(cause: Refusal): AuthError {
    return new AuthError(this.kind.code, { cause });
  }
}

/** Verifies the API keys of users and owners. */
@Injectable()
export class ApiKeyVerifier extends KeyVerifier<ApiKeyState> {
  constructor(
    mint: KeyMint,
    keys: KeyCache,
    environment: KeyEnvironment,
    accounts: AccountsService,
    clock: Clock,
  ) {
    const kind = {
      code: 'INVALID_API_KEY',
      type: 'api_key',
      shapeOf: (key: string) => mint.shapeOfApiKey(key),
      peek: (hash: string) => keys.getCachedApiKey(hash),
      isFamiliar: (hash: string) => keys.hasFoundApiKey(hash),
      find: (hash: string, asker?: ReadOptions) => keys.findApiKey(hash, asker),
      checks: apiKeyChecks,
      allowedIpsOf: ({ allowedIps }: ApiKeyState) => allowedIps,
      verifiedAs: (key: ApiKeyState, account: Account) => ({
        user: principalOfApiKey(key, account),
        terms: termsOfApiKey(key),
      }),
    } as const;
    super(kind, environment, accounts, clock);
  }
}

function termsOfApiKey({ id, lineageId, ownerId, userId, rateLimit, expiresAt }: ApiKeyState): KeyTerms {
  return {
    key: { type: 'api_key', id, ownerId, userId },
    limit: rateLimit === null ? null : { ...rateLimit, lineageId },
    payerId: null,
    announcedEnd: expiresAt,
  };
}

/** Verifies the tool keys of agents. */
@Injectable()
export class ToolKeyVerifier extends KeyVerifier<ToolKeyState> {
  constructor(
    mint: KeyMint,
    keys: KeyCache,
    environment: KeyEnvironment,
    accounts: AccountsService,
    clock: Clock,
  ) {
    const kind = {
      code: 'INVALID_TOOL_KEY',
      type: 'tool_key',
      shapeOf: (key: string) => mint.shapeOfToolKey(key),
      peek: (hash: string) => keys.getCachedToolKey(hash),
      isFamiliar: (hash: string) => keys.hasFoundToolKey(hash),
      find: (hash: string, asker?: ReadOptions) => keys.findToolKey(hash, asker),
      checks: toolKeyChecks,
      // A tool key is never stronger than its issuer.
      allowedIpsOf: ({ issuerKey }: ToolKeyState) => issuerKey?.allowedIps ?? null,
      verifiedAs: (key: ToolKeyState) => ({ user: principalOfToolKey(key), terms: termsOfToolKey(key) }),
    } as const;
    super(kind, environment, accounts, clock);
  }
}

/** Calls use up the limit of the API key behind it: many tool keys are no way around that. */
function termsOfToolKey({ id, ownerId, userId, issuerKey, payerId }: ToolKeyState): KeyTerms {
  const rateLimit = issuerKey?.rateLimit ?? null;
  return {
    key: { type: 'tool_key', id, ownerId, userId },
    limit: issuerKey === null || rateLimit === null ? null : { ...rateLimit, lineageId: issuerKey.lineageId },
    payerId,
    announcedEnd: null,
  };
}
