import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  reload(): void;
}

const leastMs = 4_000;

/**
 * What `load` answers, loaded anew when `key` changes, and every `everyMs` while the tab is visible; the interval may
 * depend on how much there was. A failure keeps what was
 * there, and waits twice as long before each further attempt.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: number | ((data: T) => number),
): Loaded<T> {
  const [state, setState] = useState<{ key?: string; data?: T; error?: unknown }>({});
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const failures = useRef(0);
  useEffect(() => {
    const aborter = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = typeof everyMs === 'function' ? leastMs : everyMs;
    const again = () => {
      if (aborter.signal.aborted || waitMs === undefined) return;
      timer = setTimeout(run, Math.min(waitMs * 2 ** failures.current, 60_000));
    };
    const run = async () => {
      if (document.hidden) return;
      try {
        const data = await latest.current(aborter.signal);
        failures.current = 0;
        if (typeof everyMs === 'function') waitMs = everyMs(data);
        if (!aborter.signal.aborted) setState({ key, data });
      } catch (error) {
        failures.current = Math.min(failures.current + 1, 6);
        if (!aborter.signal.aborted)
          setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
      }
      again();
    };
    const onVisible = () => {
      clearTimeout(timer);
      if (!document.hidden) void run();
    };
    void run();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      aborter.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  // What was asked before is not shown as an answer to what is asked now.
  if (state.key !== key) return { data: undefined, error: undefined, isLoading: true, reload };
  return { data: state.data, error: state.error, isLoading: false, reload };
}
