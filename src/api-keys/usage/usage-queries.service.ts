import { Injectable } from '@nestjs/common';
import { validInput } from '../../http/validation.js';
import { OwnersService } from '../../identity/owners.service.js';
import { ApiKeyStore } from '../../key-store/api-key.store.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import { KeyUsage } from '../../usage/key-usage.js';
import { toolKeysGroup, type UsageQuestion } from '../../usage/usage-sums.js';
import type { Series, UsageTotals } from '../../usage/usage-totals.js';
import { shareOf } from '../key-queries.js';
import { ownerScopeInput } from '../service-key.schemas.js';
import { hoursOf, type UsagePeriod, usagePeriodOf } from './key-usage.js';
import { minutePeriodOf, minutesOf, toMinuteUsage } from './minute-usage.js';
import { addToSeries, bucketsOf, byOutcome, othersOf, seriesByKey, topOf, totalOf } from './usage-series.js';
import { allUsageQuery, type AllUsageQuery } from './usage.schemas.js';

/** The most days of a period, by its buckets: each group may have all of them. */
const longest = { hour: 31, day: 731 };

/** Questions of one owner that are answered at a time; each holds sums of up to 10,000 groups. */
const mostAtOnce = 4;

interface Named {
  readonly id: string;
  readonly name: string | null;
  readonly prefix: string | null;
}

/** Reads how the keys of an owner, or of all owners, were used. */
@Injectable()
export class UsageQueries {
  private readonly running = new Map<string, number>();

  /** @internal Nest creates it. */
  constructor(
    private readonly usage: KeyUsage,
    private readonly keys: ApiKeyStore,
    private readonly owners: OwnersService,
    private readonly clock: Clock,
  ) {}

  /**
   * Requests with all keys of an owner, or of all owners, by outcome, bucket and group. `WINDOW_TOO_LARGE` for more than can be added up,
   * `RATE_LIMITED` for an owner that asks too much at once.
   */
  async find(ownerId: string | null, query: Partial<AllUsageQuery> = {}) {
    const scope = validInput(ownerScopeInput, ownerId);
    const wanted = validInput(allUsageQuery, query);
    const { groupBy, limit, step, keyIds, ...asked } = wanted;
    if (keyIds !== undefined && (groupBy !== 'key' || step === 'minute'))
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: 'keyIds', message: 'needs `groupBy=key`, and steps of an hour or a day' }],
      });
    if (step === 'minute') return this.findMinutes(scope, wanted);
    const period = usagePeriodOf({ ...asked, bucket: step }, this.clock.now(), longest);
    const question = { ownerId: scope, groupBy, hours: hoursOf(period) };
    if (keyIds !== undefined) return this.findKeys(question, period, keyIds.split(','));
    return this.inTurn(shareOf(scope).owner, async () => {
      const totals = await this.usage.total(question, [toolKeysGroup], shareOf(scope));
      const top = await this.named(question, topOf(totals.groups, limit));
      const series = await this.seriesOf(question, totals, top);
      const groups = top.map((group) => ({
        ...group,
        total: totals.groups.get(group.id) ?? {},
        buckets: bucketsOf(series.get(group.id) ?? new Map()),
      }));
      const { from, to } = period;
      const total = totalOf(totals.all.values());
      const others = othersOf(
        totals.groups,
        top.map(({ id }) => id),
      );
      return { from, to, step, groupBy, total, buckets: bucketsOf(totals.all), groups, others };
    });
  }

  /** Of these keys alone: their rows are found by their ids. */
  private async findKeys(question: UsageQuestion, period: UsagePeriod, ids: readonly string[]) {
    const shown = await this.named(question, [...new Set(ids)]);
    const usage = seriesByKey(
      await this.usage.countsOf(
        shown.map(({ id }) => id),
        question.hours,
        shareOf(question.ownerId),
      ),
    );
    const groups = shown.map((key) => {
      const series: Series = usage.series.get(key.id) ?? new Map();
      return { ...key, total: totalOf(series.values()), buckets: bucketsOf(series) };
    });
    const { from, to, bucket: step } = period;
    const total = totalOf(usage.all.values());
    return {
      from,
      to,
      step,
      groupBy: question.groupBy,
      total,
      buckets: bucketsOf(usage.all),
      groups,
      others: null,
    };
  }

  private async findMinutes(ownerId: string | null, query: AllUsageQuery) {
    const period = minutePeriodOf(query, this.clock.now());
    const found = await this.usage.minutes(ownerId, minutesOf(period), shareOf(ownerId));
    return toMinuteUsage(period, found, query.limit);
  }

  /** With their names, without those that the scope does not show. */
  private async named({ ownerId, groupBy }: UsageQuestion, ids: readonly string[]): Promise<Named[]> {
    const unnamed = (id: string): Named => ({ id, name: null, prefix: null });
    if (groupBy === 'outcome') return ids.map(unnamed);
    if (groupBy === 'owner') {
      const names = await this.owners.namesOf(ids);
      return ids.filter((id) => id !== '').map((id) => ({ ...unnamed(id), name: names.get(id) ?? null }));
    }
    const found = await this.keys.findAll(ids, shareOf(ownerId));
    const keys = new Map(found.map((key) => [key.id, key]));
    return ids.flatMap((id) => {
      const key = keys.get(id);
      if (key === undefined) return ownerId === null || id === toolKeysGroup ? [unnamed(id)] : [];
      const isShown = ownerId === null || (key.ownerId === ownerId && key.kind !== 'personal');
      return isShown ? [{ id, name: key.name, prefix: key.prefix }] : [];
    });
  }

  private async seriesOf(
    question: UsageQuestion,
    totals: UsageTotals,
    groups: readonly Named[],
  ): Promise<ReadonlyMap<string, Series>> {
    const ids = groups.map(({ id }) => id);
    const share = shareOf(question.ownerId);
    if (question.groupBy === 'outcome') return byOutcome(totals.all);
    if (question.groupBy === 'key') {
      const keyIds = ids.filter((id) => id !== toolKeysGroup);
      const series = new Map(totals.series);
      for (const { keyId, hour, outcome, count } of await this.usage.countsOf(keyIds, question.hours, share))
        addToSeries(series, keyId, { hour, outcome, count });
      return series;
    }
    if (totals.groups.size === 1) return new Map(ids.map((id) => [id, totals.all]));
    return (await this.usage.total(question, ids, share)).series;
  }

  private async inTurn<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const running = this.running.get(owner) ?? 0;
    if (running >= mostAtOnce)
      throw new AuthError('RATE_LIMITED', {
        message: `This owner asks for usage more than ${mostAtOnce} times at once.`,
        retryAfterSeconds: 1,
      });
    this.running.set(owner, running + 1);
    try {
      return await work();
    } finally {
      const left = (this.running.get(owner) ?? 1) - 1;
      if (left === 0) this.running.delete(owner);
      else this.running.set(owner, left);
    }
  }
}
