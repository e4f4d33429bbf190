import { dataOf } from '../../../src/client/index.js';
import type { PageProps } from '../app.js';
import { periodOf, type Range, rangeOf, ranges, toSeries } from '../api/series.js';
import { apiUrl } from '../base.js';
import { count, outcomesOf, percent, totalOf } from '../format.js';
import { useLoad } from '../load.js';
import { withFilter } from '../router.js';
import type { Session } from '../session.js';
import { Empty, Link, Page, Problem, Segments } from '../ui/basics.js';
import { Chart } from '../ui/chart.js';
import { Attention } from './overview-attention.js';
import { Standing } from './overview-standing.js';

/** Is the door healthy? */
export default function Overview({ session, place }: PageProps) {
  const range = rangeOf(place.query.get('range'), ranges);
  const usage = useLoad(`usage ${range}`, (signal) => usageIn(session, range, signal), 30_000);
  const { now, before } = usage.data ?? {};
  const sum = outcomesOf(now?.total ?? {});
  const last = outcomesOf(before?.total ?? {});
  const total = totalOf(sum);
  return (
    <Page
      title="Overview"
      tools={
        <Segments
          label="Period"
          options={ranges}
          value={range}
          to={(value) => withFilter(place, 'range', value)}
        />
      }
    >
      <Problem error={usage.error} />
      <Standing session={session} sum={sum} last={last} range={range} />
      <section class="panel">
        <div class="head">
          <h2>Requests by outcome</h2>
        </div>
        <div class="body">
          {usage.data === undefined ? <div class="skeleton" /> : <Chart series={usage.data.series} />}
        </div>
      </section>
      <div class="cols">
        <section class="panel">
          <div class="head">
            <h2>Why requests were rejected</h2>
            {session.isAdmin && (
              <Link class="plain" to="/audit?type=refused">
                Audit
              </Link>
            )}
          </div>
          <Refusals counts={now?.total ?? {}} rejected={sum.rejected + sum.limited} isEmpty={total === 0} />
        </section>
        <Attention session={session} />
      </div>
    </Page>
  );
}

/** The period, and the one before it for comparison. */
async function usageIn({ client, isAdmin }: Session, range: Range, signal: AbortSignal) {
  const path = (isAdmin ? '/api/v1/admin/usage' : '/api/v1/usage') as '/api/v1/usage';
  const period = periodOf(range);
  const length = Date.parse(period.to) - Date.parse(period.from);
  const earlier = {
    ...period,
    from: new Date(Date.parse(period.from) - length).toISOString(),
    to: period.from,
  };
  const read = (query: typeof period) =>
    dataOf(client.GET(path, { params: { query: { ...query, groupBy: 'outcome' } }, signal }));
  const [now, before] = await Promise.all([read(period), read(earlier)]);
  return { now, before, series: toSeries(period, now.buckets) };
}

interface RefusalsProps {
  readonly counts: Readonly<Record<string, number>>;
  readonly rejected: number;
  readonly isEmpty: boolean;
}

function Refusals({ counts, rejected, isEmpty }: RefusalsProps) {
  const rows = Object.entries(counts)
    .filter(([code, n]) => code !== 'VALID' && n > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 6);
  if (rows.length === 0)
    return isEmpty ? (
      <Empty
        title="No requests yet"
        text="Send one with a key, and it is counted here within seconds."
        command={`curl -H "X-API-Key: $KEY" ${apiUrl.href}/auth/me`}
      />
    ) : (
      <p class="body muted">Nothing was rejected in this period.</p>
    );
  return (
    <div class="flush">
      <table>
        <tbody>
          {rows.map(([code, n]) => {
            const tone = code === 'RATE_LIMITED' || code === 'BUDGET_EXCEEDED' ? 'warn' : 'bad';
            return (
              <tr key={code}>
                <td>
                  <span class={`chip ${tone}`}>{code}</span>
                </td>
                <td class="wide">
                  <div class={`bar ${tone}`}>
                    <i style={{ width: `${(100 * n) / rejected}%` }} />
                  </div>
                </td>
                <td class="num muted hide-s">{percent(n, rejected)}</td>
                <td class="num">{count(n)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
