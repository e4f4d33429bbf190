import { Injectable } from '@nestjs/common';
import { validationFailed, validInput } from '../http/validation.js';
import { AccountsService } from '../identity/accounts.service.js';
import { currentPersonalKey } from '../key-store/api-key-rules.js';
import { type ApiKey } from '../key-store/api-key.entity.js';
import { lineageOf } from '../key-store/api-key.state.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, boundedUntil } from '../principal/authenticated-user.js';
import { hasWildcard, isReserved, type Scope, scopesLackedBy } from '../principal/scopes.js';
import { Clock, dayMs } from '../support/clock.js';
import { type NewAccessKey, daysOf, newAccessKeyInput, type ProposedKeyQuery } from './access-key.schemas.js';
import { AccessKeyLifetime } from './access-key-lifetime.js';
import { requireFuture } from './key-changes.js';
import { isOwn, type KeyManager, madeBy, ownerOf, principalOf, userOf } from './key-manager.js';
import { KeyCreations } from './key-creations.js';
import { type NewKeyView, type RepeatedKeyView } from './service-key.views.js';

/**
 * Creates the access keys of people. The scope of the manager names the user, and the owner that the key acts for. To change,
 * rotate and revoke them use `ServiceKeysService` with the same manager, and `KeyQueries` to read them.
 */
@Injectable()
export class AccessKeysService {
  /** @internal Nest creates it. */
  constructor(
    private readonly creations: KeyCreations,
    private readonly lifetime: AccessKeyLifetime,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {}

  /**
   * `TOO_MANY_KEYS` if the user has too many, `VALIDATION_FAILED` for an expiry that is too late and a user that cannot act for
   * the owner, and `FORBIDDEN` or `INSUFFICIENT_SCOPE` for a key beyond its creator, or beyond what an admin set on the
   * personal key of the user.
   */
  create(manager: KeyManager, request: NewAccessKey): Promise<NewKeyView>;
  /** @internal A repeated request answers with the key that the first one created. */
  create(manager: KeyManager, request: NewAccessKey, idempotency?: Idempotency): Promise<RepeatedKeyView>;
  async create(manager: KeyManager, request: NewAccessKey, idempotency?: Idempotency) {
    const { environment, ...settings } = validInput(newAccessKeyInput, request);
    const ownerId = ownerOf(manager.scope);
    const userId = userOf(manager.scope);
    if (ownerId === null || userId === null || !isOwn(manager)) throw new AuthError('FORBIDDEN');
    if (principalOf(manager) === undefined) await this.requireHolder(ownerId, userId);
    return this.creations.create(manager, {
      environment,
      idempotency,
      check: (now) => {
        requireFuture(settings.expiresAt, now);
        this.lifetime.requireAllowed(settings.expiresAt, now);
      },
      settingsOf: async (keys, callingKey) => {
        const personal = await currentPersonalKey(keys, userId);
        const limited = personal?.rateLimit == null ? {} : { lineageId: lineageOf(personal) };
        return {
          kind: 'access',
          ownerId,
          userId,
          ...madeBy(manager, callingKey, null),
          ...limited,
          ...settings,
          expiresAt:
            settings.expiresAt ?? this.defaultExpiry(settings, principalOf(manager), [callingKey, personal]),
          allowedIps: settings.allowedIps ?? personal?.allowedIps ?? null,
          rateLimit: settings.rateLimit ?? personal?.rateLimit ?? null,
        };
      },
    });
  }

  /** A user that makes a key itself was checked with its credential. */
  private async requireHolder(ownerId: string, userId: string): Promise<void> {
    const { active, isForeign } = await this.accounts.findByKeyHolder(ownerId, userId);
    if (active) return;
    throw validationFailed([
      isForeign === true
        ? { path: ['ownerId'], message: 'The user is not a member of this owner.' }
        : { path: ['userId'], message: 'The user or the owner is disabled, or does not exist.' },
    ]);
  }

  /** What a link proposes for a new key, and what of it a form may preselect for this user. */
  propose(user: AuthenticatedUser, { name, scopes = [], expires = '' }: ProposedKeyQuery) {
    const reasonOf = (scope: Scope) => {
      if (scopesLackedBy(user, [scope]).length > 0) return 'NOT_HELD';
      if (hasWildcard(scope)) return 'WILDCARD';
      return isReserved(scope) ? 'RESERVED' : null;
    };
    const proposed = [...new Set(scopes)].map((scope) => {
      const reason = reasonOf(scope);
      return { scope, isPreselected: reason === null, reason };
    });
    const now = this.clock.now();
    const days = daysOf(expires);
    const moment = days === undefined ? Date.parse(expires) : now + days * dayMs;
    const isPossible = moment > now && moment <= this.lifetime.latest(now);
    const expiresAt = new Date(isPossible ? moment : this.lifetime.defaultEnd(now));
    const selected = proposed.filter(({ isPreselected }) => isPreselected).map(({ scope }) => scope);
    return {
      name: name ?? null,
      scopes: proposed,
      expiresAt,
      asksForNever: expires === 'never',
      request: { name, scopes: selected, expiresAt },
    };
  }

  /** In 90 days or, if that is earlier, when its creator or another bound of it ends. */
  private defaultExpiry(
    { expiresAt }: Pick<NewAccessKey, 'expiresAt'>,
    creator: AuthenticatedUser | undefined,
    bounds: readonly (ApiKey | null)[],
  ): Date | null {
    if (expiresAt === null) return null;
    const ends = bounds.map((key) => key?.expiresAt?.getTime() ?? Infinity);
    const ofCreator = creator === undefined ? Infinity : (boundedUntil(creator.source) ?? Infinity);
    return new Date(Math.min(this.lifetime.defaultEnd(this.clock.now()), ofCreator, ...ends));
  }
}
