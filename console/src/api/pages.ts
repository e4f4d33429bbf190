import { useEffect, useState } from 'preact/hooks';
import { useLoad } from '../load.js';

interface Page<T> {
  readonly rows: readonly T[];
  readonly nextCursor: string | null;
  readonly total?: number | null;
}

/** The pages of a list that were loaded so far; the first is loaded anew with `key` and by `reload`. */
export function usePages<T>(
  key: string,
  load: (cursor: string | undefined, signal?: AbortSignal) => Promise<Page<T>>,
) {
  const first = useLoad(key, (signal) => load(undefined, signal));
  const [more, setMore] = useState<Page<T>>();
  const [error, setError] = useState<unknown>();
  useEffect(() => setMore(undefined), [key, first.data]);
  const cursor = (more ?? first.data)?.nextCursor ?? undefined;
  const loadMore = () => {
    load(cursor)
      .then(({ rows, nextCursor }) => setMore({ rows: [...(more?.rows ?? []), ...rows], nextCursor }))
      .catch(setError);
  };
  const rows = [...(first.data?.rows ?? []), ...(more?.rows ?? [])];
  return {
    rows,
    total: first.data?.total,
    isEmpty: first.data !== undefined && rows.length === 0,
    hasMore: cursor !== undefined,
    error: first.error ?? error,
    reload: first.reload,
    loadMore,
  };
}
