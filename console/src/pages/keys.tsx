import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import { useKeyList } from '../api/key-list.js';
import { type KeyFilters, keyLink, realmOf, searchTextOf } from '../api/keys.js';
import { count, plural } from '../format.js';
import { go, type Place, withFilter } from '../router.js';
import type { Session } from '../session.js';
import { Link, Page, Problem, Segments } from '../ui/basics.js';
import { onKey, Search } from '../ui/search.js';
import { BulkDisable } from './bulk-disable.js';
import { NoKeys, NothingFound } from './keys-empty.js';
import { KeysTable } from './keys-table.js';

const allKinds = [
  ['', 'All'],
  ['service', 'Service'],
  ['people', 'People'],
] as const;
const ofPerson = [
  ['', 'Mine'],
  ['owner', 'Service'],
] as const;
const statuses = ['active', 'disabled', 'expired', 'revoked'] as const;

/** Which key is it, and is it well? */
export default function Keys({ session, place }: PageProps) {
  const realm = realmOf(session, place);
  const list = useKeyList(session, realm, filtersOf(place, session));
  const [at, setAt] = useState(-1);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isDisabling, setDisabling] = useState(false);
  const { keys } = list;
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  // A key may be pressed before the last one was drawn.
  const latest = useRef({ at, keys, toggle });
  latest.current = { at, keys, toggle };
  useEffect(() => {
    const move = (by: number) => {
      const { at: before, keys: rows } = latest.current;
      latest.current.at = Math.max(0, Math.min(rows.length - 1, before + by));
      setAt(latest.current.at);
    };
    const withCurrent = (act: (id: string) => void) => () => {
      const current = latest.current.keys[latest.current.at];
      if (current !== undefined) act(current.id);
    };
    return onKey({
      j: () => move(1),
      k: () => move(-1),
      x: withCurrent((id) => latest.current.toggle(id)),
      Enter: withCurrent((id) => go(keyLink(realm, id))),
    });
  }, [realm]);
  const chosen = keys.filter(({ id }) => selected.has(id));
  const filter = (name: string) => (value: string) => withFilter(place, name, value);
  const isFiltered = [...place.query.keys()].some((name) => name !== 'of');
  return (
    <Page
      title="Keys"
      tools={
        <>
          <Search
            label="Search name or prefix"
            value={place.query.get('search') ?? ''}
            onSearch={(text) => go(filter('search')(searchTextOf(text)), { replace: true })}
          />
          {session.isAdmin && (
            <Segments
              label="Kind"
              options={allKinds}
              value={place.query.get('kind') ?? ''}
              to={filter('kind')}
            />
          )}
          {!session.isAdmin && session.isPerson && (
            <Segments
              label="Whose"
              options={ofPerson}
              value={place.query.get('of') ?? ''}
              to={filter('of')}
            />
          )}
          <select
            class="input hide-s fit"
            aria-label="Status"
            value={place.query.get('status') ?? ''}
            onChange={(event) => go(filter('status')(event.currentTarget.value))}
          >
            <option value="">Any status</option>
            {statuses.map((status) => (
              <option key={status} value={status}>
                {status[0]?.toUpperCase() + status.slice(1)}
              </option>
            ))}
          </select>
          <Link class="btn primary" to={`/keys/new${realm === 'owner' ? '?of=owner' : ''}`}>
            New key
          </Link>
        </>
      }
    >
      <Problem error={list.error} />
      {keys.length === 0 && !list.isLoading ? (
        <div class="panel">{isFiltered ? <NothingFound /> : <NoKeys realm={realm} />}</div>
      ) : (
        <KeysTable
          keys={keys}
          realm={realm}
          session={session}
          at={at}
          selected={selected}
          onToggle={toggle}
          onEnd={list.loadMore}
        />
      )}
      {keys.length > 0 && (
        <div class="row foot">
          <span class="faint" aria-live="polite">
            {list.total === undefined
              ? `${plural(keys.length, 'key')}${list.hasMore ? ' so far' : ''}`
              : `${count(keys.length)} of ${plural(list.total, 'key')}`}
          </span>
          <span class="faint hide-s" aria-hidden="true">
            <kbd>j</kbd> <kbd>k</kbd> move · <kbd>↵</kbd> open · <kbd>x</kbd> select
          </span>
          {list.hasMore && (
            <button type="button" class="plain" onClick={list.loadMore}>
              Show more
            </button>
          )}
          {chosen.length > 0 && (
            <button type="button" class="btn danger" onClick={() => setDisabling(true)}>
              Disable {plural(chosen.length, 'key')}
            </button>
          )}
        </div>
      )}
      {isDisabling && (
        <BulkDisable
          session={session}
          realm={realm}
          keys={chosen}
          onDone={() => {
            setSelected(new Set());
            list.reload();
          }}
          onClose={() => setDisabling(false)}
        />
      )}
    </Page>
  );
}

function filtersOf({ query }: Place, { isAdmin }: Session): KeyFilters {
  const of = (name: string) => query.get(name) ?? undefined;
  const kind = of('kind') === 'people' ? 'access' : of('kind') === 'service' ? 'service' : undefined;
  return {
    search: of('search'),
    status: statuses.find((status) => status === of('status')),
    expiresBefore: of('expiresBefore'),
    unusedSince: of('unusedSince'),
    createdBy: of('createdBy'),
    ...(isAdmin && { kind, ownerId: of('ownerId'), userId: of('userId') }),
  };
}
