import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLoad } from '../load.js';
import type { Session } from '../session.js';
import { type KeyFilters, keysOf, type ListedKey, type Realm } from './keys.js';

const refreshMs = 15_000;

/** The pages of a list of keys that were loaded so far; the first is refreshed while the tab is visible. */
export function useKeyList(session: Session, realm: Realm, filters: KeyFilters) {
  const list = `${realm} ${JSON.stringify(filters)}`;
  const first = useLoad(
    list,
    (signal) => keysOf(session, realm).list({ ...filters, limit: 100 }, signal),
    refreshMs,
  );
  const [more, setMore] = useState<{ list: string; keys: ListedKey[]; cursor: string | null }>();
  const [error, setError] = useState<unknown>();
  const isBusy = useRef(false);
  useEffect(() => setMore(undefined), [list]);
  const beyond = more?.list === list ? more : undefined;
  const cursor = beyond === undefined ? (first.data?.nextCursor ?? null) : beyond.cursor;
  const loadMore = useCallback(() => {
    if (cursor === null || isBusy.current) return;
    isBusy.current = true;
    keysOf(session, realm)
      .list({ ...filters, limit: 100, cursor })
      .then(({ keys, nextCursor }) =>
        setMore((before) => ({
          list,
          keys: [...(before?.list === list ? before.keys : []), ...keys],
          cursor: nextCursor,
        })),
      )
      .catch(setError)
      .finally(() => (isBusy.current = false));
  }, [list, cursor]);
  const refreshed = new Set(first.data?.keys.map(({ id }) => id));
  const loaded = first.data && [
    ...first.data.keys,
    ...(beyond?.keys ?? []).filter(({ id }) => !refreshed.has(id)),
  ];
  // While another filter is asked about, the rows stay: a table that blinks cannot be read.
  const shown = useRef<readonly ListedKey[]>([]);
  if (loaded !== undefined) shown.current = loaded;
  const keys = shown.current;
  return {
    keys,
    total: first.data?.total,
    hasMore: cursor !== null,
    isLoading: first.data === undefined && first.error === undefined,
    error: first.error ?? error,
    reload: first.reload,
    loadMore,
  };
}
