import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf } from '../../../src/client/index.js';
import { type Outcomes, outcomesOf } from '../format.js';
import type { Schemas, Session } from '../session.js';

/** Requests by outcome over time, in equal steps and without gaps; `times` are their starts in epoch seconds. */
export interface Series {
  readonly times: readonly number[];
  readonly values: readonly Outcomes[];
  readonly step: Step;
}

export type Step = 'minute' | 'hour' | 'day';

/** Those of one key: its requests are not counted by minute. */
export const keyRanges = [
  ['24h', '24 h'],
  ['7d', '7 d'],
  ['30d', '30 d'],
] as const;
export const ranges = [['1h', '1 h'], ...keyRanges] as const;
export type Range = (typeof ranges)[number][0];
export type KeyRange = (typeof keyRanges)[number][0];

const hour = 3_600_000;
export const sizeOf: Record<Step, number> = { minute: 60_000, hour, day: 24 * hour };
const hoursOf: Record<Range, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

export function rangeOf<R extends Range>(
  text: string | null,
  of: readonly (readonly [R, string])[],
): R | '24h' {
  return of.find(([range]) => range === text)?.[0] ?? '24h';
}

function stepOf(range: Range): Step {
  if (range === '1h') return 'minute';
  return range === '30d' ? 'day' : 'hour';
}

/** Whole steps: the current one and those before it. Of an hour they are minutes, and beyond a week days. */
export function periodOf<R extends Range>(range: R) {
  const step = stepOf(range) as R extends '1h' ? Step : Exclude<Step, 'minute'>;
  const size = sizeOf[step];
  const to = Math.floor(Date.now() / size) * size + size;
  return { from: new Date(to - hoursOf[range] * hour).toISOString(), to: new Date(to).toISOString(), step };
}

export function toSeries(
  { from, to, step }: ReturnType<typeof periodOf>,
  buckets: readonly Schemas['UsageBucket'][],
): Series {
  const size = sizeOf[step];
  const known = new Map(buckets.map(({ start, counts }) => [Date.parse(start), counts]));
  const times: number[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += size) times.push(at / 1000);
  return { step, times, values: times.map((at) => outcomesOf(known.get(at * 1000) ?? {})) };
}

/** The last 24 hours of up to 50 keys, by id. */
async function seriesOf(
  { client, isAdmin }: Session,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Series>> {
  const period = periodOf('24h');
  const query = { ...period, groupBy: 'key' as const, keyIds: ids.join(',') };
  const path = (isAdmin ? '/api/v1/admin/usage' : '/api/v1/usage') as '/api/v1/usage';
  const { groups } = await dataOf(client.GET(path, { params: { query }, signal }));
  return new Map(groups.map(({ id, buckets }) => [id, toSeries(period, buckets)]));
}

const most = { atOnce: 50, kept: 1_000 };
const freshMs = 60_000;

/** The last 24 hours of the keys on screen, asked for once they stay there, and again every minute. */
export function useSeries(session: Session, ids: readonly string[]): ReadonlyMap<string, Series> {
  const [series, setSeries] = useState<ReadonlyMap<string, Series>>(new Map());
  const askedAt = useRef(new Map<string, number>());
  useEffect(() => {
    const aborter = new AbortController();
    let timer = setTimeout(() => void ask(), 150);
    const ask = async () => {
      const at = askedAt.current;
      const isDue = (id: string) => (at.get(id) ?? 0) <= Date.now() - freshMs;
      const due = document.hidden ? [] : ids.filter(isDue).slice(0, most.atOnce);
      try {
        const found = due.length === 0 ? new Map() : await seriesOf(session, due, aborter.signal);
        if (aborter.signal.aborted) return;
        for (const id of due) at.set(id, Date.now());
        setSeries((before) => new Map([...[...before].slice(-most.kept), ...found]));
        timer = setTimeout(() => void ask(), ids.some(isDue) && !document.hidden ? 150 : freshMs);
      } catch {
        // The rows say what fails; these are decoration.
        if (!aborter.signal.aborted) timer = setTimeout(() => void ask(), freshMs);
      }
    };
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [ids.join()]);
  return series;
}
