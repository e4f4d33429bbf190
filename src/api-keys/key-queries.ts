import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { toAuditEvents } from '../http/audit-events.js';
import { pageRequestOf, readPage } from '../http/paging.js';
import { pageInput, requireId, validInput } from '../http/validation.js';
import { AccountsService } from '../identity/accounts.service.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { OwnersService } from '../identity/owners.service.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { ApiKeyStore, type KeyFilter, type KeyStatus } from '../key-store/api-key.store.js';
import type { Environment } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { addTo, type OutcomeCounts } from '../usage/key-count.store.js';
import { KeyUsage } from '../usage/key-usage.js';
import { inScope, type KeyScope, ownerOf, userOf } from './key-manager.js';
import { hoursOf, lastDay, toKeyUsage, type UsageQuery, usagePeriodOf } from './usage/key-usage.js';
import { keyFilterInput, ownerScopeInput } from './service-key.schemas.js';
import { effectiveStatusOf } from './key-standing.js';
import { type KeyView, toApiKey, toDetails } from './service-key.views.js';

/** A page of a list; `cursor` is the `nextCursor` of the page before. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** Which keys a list holds. An omitted field does not narrow it. */
export interface KeyListFilter {
  readonly environment?: Environment;
  readonly status?: KeyStatus;
  readonly ownerId?: string;
  /** The user that the keys act as. */
  readonly userId?: string;
  readonly name?: string;
  readonly prefix?: string;
  /** The id of the user, key or program that made them. */
  readonly createdBy?: string;
  /** What the name contains or the prefix begins with, in any case of the letters A to Z. */
  readonly search?: string;
  /** Of all owners only: the lists of one owner are of one kind. */
  readonly kind?: ApiKey['kind'];
  /** RFC 3339. Those that expire before this time, or have expired. */
  readonly expiresBefore?: string;
  /** RFC 3339. Those that were neither used, created nor enabled after this time. */
  readonly unusedSince?: string;
}

/** Reads keys, their events and their usage. A key outside the scope is `NOT_FOUND`. */
@Injectable()
export class KeyQueries {
  /** @internal Nest creates it. */
  constructor(
    private readonly store: ApiKeyStore,
    private readonly audit: AuditTrail,
    private readonly keyUsage: KeyUsage,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
    private readonly owners: OwnersService,
  ) {}

  /** Newest first, fewer than `limit` if the keys are large. Keys that are added meanwhile do not move the others. */
  async list(scope: KeyScope, { limit, cursor, ...filter }: KeyListFilter & PageQuery) {
    const list = `keys ${JSON.stringify(scope)} ${JSON.stringify(filter)}`;
    const page = validInput(pageInput, pageRequestOf({ limit, cursor }, list));
    const wanted = this.filterOf(scope, filter);
    const now = this.clock.now();
    const { rows: keys, nextCursor } = await readPage(page, list, async (portion) => {
      const found = await this.store.list(wanted, portion);
      return found.map((key) => toApiKey(key, now));
    });
    const standingOf = await this.standingsOf(keys, scope);
    return { keys: keys.map((key) => ({ ...key, ...standingOf(key) })), nextCursor };
  }

  /** The keys of all owners, with the names of those, and how many keys there are. */
  async listAll(query: KeyListFilter & PageQuery) {
    const { limit: _limit, cursor: _cursor, ...filter } = query;
    const { keys, nextCursor } = await this.list(null, query);
    const names = await this.owners.namesOf([...new Set(keys.map(({ ownerId }) => ownerId))]);
    const named = keys.map((key) => ({ ...key, ownerName: names.get(key.ownerId) ?? null }));
    return { keys: named, nextCursor, total: await this.count(null, filter) };
  }

  async count(scope: KeyScope, filter: KeyListFilter): Promise<number> {
    return this.store.count(this.filterOf(scope, filter));
  }

  /** The key with the one it replaced, and the scopes that it has needed. */
  async find(scope: KeyScope, id: string) {
    const key = await this.findInScope(scope, id);
    const { replacesId } = key;
    const share = shareOf(scope);
    const previous = replacesId === null ? null : await this.store.find(replacesId, share);
    const now = this.clock.now();
    const shown = toApiKey(key, now);
    const standing = (await this.standingsOf([shown], scope))(shown);
    const used = await this.keyUsage.scopesUsedBy(key, share);
    return toDetails(key, previous, { standing, used }, now);
  }

  async events(scope: KeyScope, id: string, query: PageQuery) {
    await this.findInScope(scope, id);
    const list = `events of key ${id}`;
    const page = pageRequestOf(query, list);
    return toAuditEvents(await this.audit.find({ subjectId: id }, page, shareOf(scope)), list);
  }

  async usage(scope: KeyScope, id: string, query: UsageQuery) {
    const period = usagePeriodOf(query, this.clock.now());
    await this.findInScope(scope, id);
    return toKeyUsage(period, await this.keyUsage.countsOf([id], hoursOf(period), shareOf(scope)));
  }

  /** How keys stand now, all of them in three queries. */
  private async standingsOf(keys: readonly KeyView[], scope: KeyScope) {
    const share = shareOf(scope);
    const ids = keys.map(({ id }) => id);
    const usage = new Map<string, OutcomeCounts>(ids.map((id) => [id, {}]));
    for (const { keyId, outcome, count } of await this.keyUsage.countsOf(
      ids,
      lastDay(this.clock.now()),
      share,
    ))
      addTo(usage.get(keyId) ?? {}, outcome, count);
    const active = keys.filter(({ status }) => status === 'active');
    const disabled = await this.accounts.findDisabled(active, share);
    return (key: KeyView) => ({
      effectiveStatus: effectiveStatusOf(key, disabled),
      usage24h: usage.get(key.id) ?? {},
    });
  }

  private async findInScope(scope: KeyScope, id: string): Promise<ApiKey> {
    requireId(id);
    return inScope(scope, await this.store.find(id, shareOf(scope)));
  }

  private filterOf(scope: KeyScope, wanted: KeyListFilter): KeyFilter {
    const {
      status,
      createdBy: createdById,
      expiresBefore,
      unusedSince,
      ...filter
    } = validInput(keyFilterInput, wanted);
    const ownerId = validInput(ownerScopeInput, ownerOf(scope));
    const userId = userOf(scope);
    return {
      ...filter,
      createdById,
      expiresBefore: momentOf(expiresBefore),
      unusedSince: momentOf(unusedSince),
      ...(ownerId !== null && { ownerId, kind: typeof scope === 'string' ? 'service' : 'access' }),
      ...(userId !== null && { userId }),
      status: status === undefined ? undefined : { is: status, now: this.clock.now() },
    };
  }
}

function momentOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

/** The owner whose share of the database is charged. */
export function shareOf(scope: KeyScope) {
  return { owner: ownerOf(scope) ?? platformOwnerId };
}
