import { useEffect, useState } from 'preact/hooks';
import { type KeyDetails, keysOf, type Realm } from '../api/keys.js';
import { count, outcomesOf, plural, shortId, totalOf } from '../format.js';
import { useLoad } from '../load.js';
import type { Schemas, Session } from '../session.js';
import { Link, Problem, Time } from '../ui/basics.js';
import { KeyLink } from './key.js';

type Event = Schemas['AuditEvent'];

interface AddressesProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly of: KeyDetails;
}

/** From where it was used lately, as the trail has it; of a key that was replaced: who must still change over. */
export function Addresses({ session, realm, of: key }: AddressesProps) {
  const old = key.previous;
  const { data, error } = useLoad(
    `addresses ${key.id}`,
    async (signal) => {
      const { events } = await keysOf(session, realm).events(key.id, undefined, signal);
      return addressesIn(events);
    },
    30_000,
  );
  const isReplaced = key.replacedById !== null && key.status === 'active';
  const isOldActive = old !== null && old.status === 'active';
  const before = useLoad(
    `requests with ${isOldActive ? old.id : 'none'}`,
    async (signal) => (isOldActive ? keysOf(session, realm).find(old.id, signal) : undefined),
    30_000,
  );
  const found = data ?? [];
  return (
    <section class="panel">
      <div class="head">
        <h2>{isReplaced ? 'Still using this old key' : 'Addresses seen'}</h2>
        {key.replacedById !== null && <KeyLink realm={realm} id={key.replacedById} text="its successor" />}
        {old !== null && <KeyLink realm={realm} id={old.id} text="the key it replaced" />}
      </div>
      <Problem error={error ?? before.error} />
      {isOldActive && (
        <p class="body warn-text">
          The key it replaced works until <Time at={old.expiresAt} />, and was last used{' '}
          <Time at={old.lastUsedAt} />
          {before.data !== undefined && <>: {ofLastDay(before.data)}</>}.
        </p>
      )}
      {isReplaced && <p class="body">It had {ofLastDay(key)}.</p>}
      {found.length === 0 ? (
        <p class="body muted">
          {isReplaced ? 'Nobody, as far as the trail tells.' : 'It was not used lately.'}
        </p>
      ) : (
        <div class="flush scroll" tabIndex={0} role="region" aria-label="Addresses">
          <table>
            <tbody>
              {found.map(({ ip, userAgent, time }) => (
                <tr key={`${ip} ${userAgent}`}>
                  <td class="mono">{ip}</td>
                  <td class="muted">
                    <span class="main-cell cut">{userAgent}</span>
                  </td>
                  <td class="num muted">
                    <Time at={time} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function ofLastDay({ usage24h }: KeyDetails): string {
  const outcomes = outcomesOf(usage24h);
  const { limited, rejected } = outcomes;
  const refused = limited + rejected === 0 ? '' : `, ${count(limited + rejected)} of them rejected`;
  return `${plural(totalOf(outcomes), 'request')} in the last 24 hours${refused}`;
}

function addressesIn(events: readonly Event[]) {
  const seen = new Map<string, { ip: string; userAgent: string; time: string }>();
  for (const { type, ip, userAgent, time } of events) {
    const place = `${ip} ${userAgent}`;
    if (type === 'used' && ip !== null && !seen.has(place))
      seen.set(place, { ip, userAgent: userAgent ?? '', time });
  }
  return [...seen.values()].slice(0, 6);
}

interface TimelineProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly id: string;
  /** Loaded anew when it changes. */
  readonly turn: string;
}

/** What was done with it, the newest first. */
export function Timeline({ session, realm, id, turn }: TimelineProps) {
  const keys = keysOf(session, realm);
  const first = useLoad(`events ${id} ${turn}`, (signal) => keys.events(id, undefined, signal), 30_000);
  const [more, setMore] = useState<{ events: readonly Event[]; cursor: string | null }>();
  useEffect(() => setMore(undefined), [id, turn]);
  const cursor = more === undefined ? first.data?.nextCursor : more.cursor;
  const events = [...(first.data?.events ?? []), ...(more?.events ?? [])];
  const loadMore = async () => {
    const next = await keys.events(id, cursor ?? undefined);
    setMore({ events: [...(more?.events ?? []), ...next.events], cursor: next.nextCursor });
  };
  return (
    <section class="panel">
      <div class="head">
        <h2>Events</h2>
        {session.isAdmin && (
          <Link class="plain" to={`/audit?subjectId=${id}`}>
            In the audit trail
          </Link>
        )}
      </div>
      <Problem error={first.error} />
      <div class="flush scroll" tabIndex={0} role="region" aria-label="Events">
        <table>
          <tbody>
            {events.map((event) => (
              <tr key={event.id}>
                <td>
                  <span class={`chip ${toneOf(event.type)}`}>{event.type}</span>
                </td>
                <td class="muted">{detailOf(event)}</td>
                <td class="mono faint hide-s">{event.ip}</td>
                <td class="num muted">
                  <Time at={event.time} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {typeof cursor === 'string' && (
        <div class="body">
          <button type="button" class="btn" onClick={() => void loadMore()}>
            Show more
          </button>
        </div>
      )}
    </section>
  );
}

export function toneOf(type: string): string {
  if (['revoked', 'refused', 'expired', 'leaked', 'lease_lost', 'erased'].includes(type)) return 'bad';
  return ['expiring', 'unused', 'disabled'].includes(type) ? 'warn' : '';
}

/** The details of an event in one short line. */
export function detailOf({ details, actor }: Event): string {
  const by = actor.chain.map(({ type, id }) => `${type.replace('_', ' ')} ${shortId(id)}`).join(' → ');
  const facts = Object.entries(details ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .slice(0, 2)
    .map(([name, value]) => `${name} ${String(value)}`);
  return [...facts, by === '' ? undefined : `by ${by}`]
    .filter((text) => text !== undefined)
    .join(' · ')
    .slice(0, 140);
}
