import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import { auditPage, type AuditEvent, eventTypes, filtersOf } from '../api/audit.js';
import { apiUrl } from '../base.js';
import { useLoad } from '../load.js';
import { go, withFilter } from '../router.js';
import { Empty, Page, Problem } from '../ui/basics.js';
import { useExport } from './audit-export.js';
import { EventRow } from './event-row.js';

const fields = [
  ['actor', 'Actor: a user, key or program'],
  ['subjectId', 'Subject: a key, user or owner'],
  ['requestId', 'Request id'],
] as const;

/** Who did what? */
export default function Audit({ session, place }: PageProps) {
  const filters = filtersOf(place.query);
  const list = JSON.stringify(filters);
  const first = useLoad(`audit ${list}`, (signal) => auditPage(session, filters, undefined, signal), 10_000);
  const [more, setMore] = useState<{ events: AuditEvent[]; cursor: string | null }>();
  const [open, setOpen] = useState<string>();
  const [error, setError] = useState<unknown>();
  useEffect(() => setMore(undefined), [list]);
  const shown = new Map(
    [...(first.data?.events ?? []), ...(more?.events ?? [])].map((event) => [event.id, event]),
  );
  const cursor = more === undefined ? first.data?.nextCursor : more.cursor;
  const loadMore = async () => {
    const next = await auditPage(session, filters, cursor ?? undefined);
    setMore({
      events: [...(more?.events ?? first.data?.events ?? []), ...next.events],
      cursor: next.nextCursor,
    });
  };
  const change = (name: string, value: string) =>
    go(withFilter(place, name, value.trim()), { replace: true });
  const exported = useExport(session, filters, setError);
  return (
    <Page title="Audit" tools={exported.buttons}>
      <div class="filters" role="search">
        <select
          class="input"
          aria-label="Type"
          value={filters.type ?? ''}
          onChange={(event) => change('type', event.currentTarget.value)}
        >
          <option value="">Every type</option>
          {eventTypes.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
        {fields.map(([name, label]) => (
          <input
            key={name}
            class="input"
            type="search"
            aria-label={label}
            placeholder={label}
            value={place.query.get(name) ?? ''}
            spellcheck={false}
            onChange={(event) => change(name, event.currentTarget.value)}
          />
        ))}
        {(['from', 'to'] as const).map((name) => (
          <input
            key={name}
            class="input"
            type="datetime-local"
            aria-label={name === 'from' ? 'From' : 'To'}
            value={place.query.get(name) ?? ''}
            onChange={(event) => change(name, event.currentTarget.value)}
          />
        ))}
      </div>
      <Problem error={first.error ?? error} />
      {exported.note}
      <div class="panel scroll" tabIndex={0} role="region" aria-label="Events">
        {first.data !== undefined && shown.size === 0 ? (
          <Nothing />
        ) : (
          <table>
            <thead>
              <tr>
                <th>Time</th>
                <th>Event</th>
                <th class="hide-s">Subject</th>
                <th class="hide-s">Actor</th>
                <th class="hide-s">Address</th>
                <th>
                  <span class="sr">Open</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {[...shown.values()].map((event) => (
                <EventRow
                  key={event.id}
                  of={event}
                  isOpen={open === event.id}
                  onToggle={() => setOpen(open === event.id ? undefined : event.id)}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {typeof cursor === 'string' && (
        <div class="row foot">
          <button type="button" class="btn" onClick={() => void loadMore().catch(setError)}>
            Show more
          </button>
        </div>
      )}
    </Page>
  );
}

function Nothing() {
  return (
    <Empty
      title="No event matches"
      text="Every change of a key, user or owner is an event, and so are samples of what was rejected. Widen the filters, or make one:"
      command={`curl -H "X-API-Key: mk_live_wrong" ${apiUrl.href}/auth/me`}
    />
  );
}
