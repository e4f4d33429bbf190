import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { isPostgres } from '../database/data-source-of.js';
import { firstIdOf } from '../database/new-id.js';
import { AuditEvent, type AuditEventType } from './audit-event.entity.js';

/** Which events; an omitted field does not narrow. Times are epoch milliseconds, `to` is exclusive. */
export interface AuditFilter {
  readonly userId?: string;
  readonly ownerId?: string;
  readonly subjectId?: string;
  /** The id of the user, key or program at the origin of the actor chain, or of the last in it. */
  readonly actor?: string;
  readonly type?: AuditEventType;
  readonly requestId?: string;
  readonly from?: number;
  readonly to?: number;
}

/** A page of the trail, newest first. */
export interface AuditPageRequest {
  readonly limit: number;
  /** The id of the last event of the page before. */
  readonly after?: string;
}

/** The first field of a filter that does not exist: a misspelt one would find everything. */
export function unknownFieldOf(filter: AuditFilter): string | undefined {
  return Object.keys(filter).find((name) => !fields.has(name));
}

/** The events that match, the newest first, and one more than the page has room for. */
export async function findEvents(
  manager: EntityManager,
  filter: AuditFilter,
  page: AuditPageRequest,
): Promise<AuditEvent[]> {
  const lists: AuditEvent[][] = [];
  for (const query of await queriesOf(manager, filter, page)) lists.push(await query.getMany());
  return lists.length === 1 ? lists.flat() : newestOf(lists);
}

/**
 * Queries that together find the events. Each reads one index in the order of the page; an `OR` would sort all events that
 * match. A period is one of ids, which begin with their time: only displaced events are found by their time.
 */
export async function queriesOf(
  manager: EntityManager,
  filter: AuditFilter,
  { limit, after }: AuditPageRequest,
): Promise<SelectQueryBuilder<AuditEvent>[]> {
  const { actor, from, to } = filter;
  const isPg = isPostgres(manager);
  const named = (Object.keys(columnOf) as (keyof typeof columnOf)[]).filter(
    (name) => filter[name] !== undefined,
  );
  const others = named.map((name) => ({ left: columnOf[name], name }));
  const ofActor = actorColumns[isPg ? 'postgres' : 'sqlite'].map((left) => ({
    left,
    name: 'actor' as const,
  }));
  const alternatives = actor === undefined ? [others] : ofActor.map((one) => [one, ...others]);
  const all = () => {
    const query = manager.createQueryBuilder(AuditEvent, 'event').setParameters(filter);
    return after === undefined ? query : query.andWhere('event.id < :after', { after });
  };
  const within = () => {
    const query = all();
    if (from !== undefined) query.andWhere('event.id >= :first', { first: firstIdOf(from - displacedMs) });
    if (to !== undefined) query.andWhere('event.id < :last', { last: firstIdOf(to + displacedMs) });
    return query;
  };
  const displaced = () => {
    const ids = manager.createQueryBuilder().select('other.id').from(AuditEvent, 'other');
    inTime(ids.where(isDisplaced[isPg ? 'postgres' : 'sqlite']), 'other', filter);
    // PostgreSQL, which cannot tell how few these are, would otherwise look for them among all events.
    const among = isPg ? `= ANY(ARRAY(${ids.getQuery()}))` : `IN (${ids.getQuery()})`;
    return all().andWhere(`event.id ${among}`);
  };
  const hasPeriod = from !== undefined || to !== undefined;
  const queries: SelectQueryBuilder<AuditEvent>[] = [];
  for (const equalities of alternatives) {
    const conditions = isPg ? equalities.map(conditionOf) : await orderedFor(manager, within, equalities);
    for (const query of hasPeriod ? [inTime(within(), 'event', filter), displaced()] : [all()]) {
      for (const condition of conditions) query.andWhere(condition);
      queries.push(query.orderBy('event.id', 'DESC').limit(limit + 1));
    }
  }
  return queries;
}

interface Equality {
  readonly left: string;
  readonly name: keyof AuditFilter;
}

const conditionOf = ({ left, name }: Equality) => `${left} = :${name}`;

/** More events than these are as good as any number, and so few are read at once. */
const mostCounted = 10_000;
const fewEnough = 100;

async function countSome(manager: EntityManager, matching: SelectQueryBuilder<AuditEvent>): Promise<number> {
  const [some, parameters] = matching.select('event.id').limit(mostCounted).getQueryAndParameters();
  const [row]: { count: number }[] = await manager.query(
    `SELECT COUNT(*) AS count FROM (${some})`,
    parameters,
  );
  return row?.count ?? 0;
}

/** SQLite does not know how many events match a condition, so they are counted: only the rarest may choose the index. */
async function orderedFor(
  manager: EntityManager,
  within: () => SelectQueryBuilder<AuditEvent>,
  equalities: readonly Equality[],
): Promise<string[]> {
  if (equalities.length < 2) return equalities.map(conditionOf);
  let rarest = equalities[0];
  let fewest = Infinity;
  for (const one of equalities) {
    const count = await countSome(manager, within().andWhere(conditionOf(one)));
    if (count < fewest) [rarest, fewest] = [one, count];
    if (fewest < fewEnough) break;
  }
  // An operator keeps SQLite from using an index of the column.
  return equalities.map((one) => (one === rarest ? conditionOf(one) : `+(${one.left}) = :${one.name}`));
}

function inTime<T extends SelectQueryBuilder<AuditEvent>>(
  query: T,
  alias: string,
  { from, to }: AuditFilter,
): T {
  if (from !== undefined) query.andWhere(`${alias}.time >= :from`);
  if (to !== undefined) query.andWhere(`${alias}.time < :to`);
  return query;
}

const columnOf = {
  requestId: 'event.requestId',
  subjectId: 'event.subjectId',
  userId: 'event.userId',
  ownerId: 'event.ownerId',
  type: 'event.type',
} as const;

const fields: ReadonlySet<string> = new Set([...Object.keys(columnOf), 'actor', 'from', 'to']);

/** On the indexes of `audit_events` that `Creators` makes. */
const actorColumns = {
  postgres: [`(event.actor_chain::json->0->>'id')`, `(event.actor_chain::json->-1->>'id')`],
  sqlite: [`json_extract(event.actor_chain, '$[0].id')`, `json_extract(event.actor_chain, '$[#-1].id')`],
} as const;

/** Further from the time of its id than this, an event is displaced: it was recorded late, or by another clock. */
const displacedMs = 120_000;

/** The condition of an index that `AuditSearch` makes. */
const isDisplaced = {
  postgres: displacedBy((ms) => {
    const time = `greatest(other.time ${ms}, 0)`;
    return `lpad(to_hex(${time} >> 16), 8, '0') || '-' || lpad(to_hex(${time} & 65535), 4, '0')`;
  }),
  sqlite: displacedBy((ms) => {
    const time = `max(other.time ${ms}, 0)`;
    return `printf('%08x-%04x', ${time} >> 16, ${time} & 65535)`;
  }),
} as const;

function displacedBy(idAt: (difference: string) => string): string {
  return `(other.id < ${idAt(`- ${displacedMs}`)} OR other.id >= ${idAt(`+ ${displacedMs}`)})`;
}

/** The events of all lists, each once, the newest first. */
function newestOf(lists: readonly AuditEvent[][]): AuditEvent[] {
  const events = new Map(lists.flat().map((event) => [event.id, event]));
  return [...events.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
}
