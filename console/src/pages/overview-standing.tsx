import { dataOf } from '../../../src/client/index.js';
import { countLive } from '../api/agents.js';
import { keysOf } from '../api/keys.js';
import type { Range } from '../api/series.js';
import { count, type Outcomes, percent, plural, totalOf } from '../format.js';
import { useLoad } from '../load.js';
import type { Session } from '../session.js';
import { Link, Problem } from '../ui/basics.js';

interface StandingProps {
  readonly session: Session;
  readonly sum: Outcomes;
  /** Of the period before. */
  readonly last: Outcomes;
  readonly range: Range;
}

const before = {
  '1h': 'the hour before',
  '24h': 'the day before',
  '7d': 'the week before',
  '30d': 'the 30 days before',
};

/** Four figures: each says how it changed, and since when. */
export function Standing({ session, sum, last, range }: StandingProps) {
  const { isAdmin, client } = session;
  const keys = useLoad(
    'standing',
    async (signal) => {
      const {
        total,
        keys: first,
        nextCursor,
      } = await keysOf(session, isAdmin ? 'admin' : 'owner').list({ status: 'active', limit: 100 }, signal);
      const agents = await countLive(session, signal);
      return { keys: total ?? first.length, isAll: total !== undefined || nextCursor === null, agents };
    },
    30_000,
  );
  const status = useLoad(
    'status',
    async (signal) => (isAdmin ? dataOf(client.GET('/api/v1/admin/status', { signal })) : undefined),
    30_000,
  );
  const agents = keys.data === undefined ? { live: 0, isAll: true } : keys.data.agents;
  const [total, rejected] = [totalOf(sum), sum.rejected];
  const share = total === 0 ? 0 : rejected / total;
  const shareBefore = totalOf(last) === 0 ? 0 : last.rejected / totalOf(last);
  const points = Math.round((share - shareBefore) * 1000) / 10;
  return (
    <>
      <Problem error={keys.error ?? status.error} />
      <div class="panel stats">
        <div>
          <div class="k">Requests</div>
          <div class="v">{count(total)}</div>
          <div class="muted small">{changeOf(total, totalOf(last), range)}</div>
        </div>
        <div>
          <div class="k">Rejected</div>
          <div class="v">{percent(rejected, total)}</div>
          <div class={`small ${points >= 0.1 ? 'bad-text' : 'muted'}`}>
            {points === 0
              ? `as ${before[range]}`
              : `${points > 0 ? '+' : ''}${points} points since ${before[range]}`}
          </div>
        </div>
        <div>
          <div class="k">Active keys</div>
          <div class="v">
            <Link to={`/keys?status=active${isAdmin ? '' : '&of=owner'}`}>
              {count(keys.data?.keys ?? 0)}
              {keys.data?.isAll === false && '+'}
            </Link>
          </div>
          <div class="muted small">
            {agents !== undefined && (
              <Link to="/agents">
                {plural(agents.live, 'agent')}
                {!agents.isAll && ' or more'} at work
              </Link>
            )}
          </div>
        </div>
        {isAdmin ? <Replicas of={status.data} /> : <Owner session={session} />}
      </div>
    </>
  );
}

function changeOf(total: number, last: number, range: Range): string {
  if (last === 0) return total === 0 ? 'none yet' : `none in ${before[range]}`;
  const change = Math.round(((total - last) / last) * 1000) / 10;
  if (change === 0) return `as ${before[range]}`;
  return `${change > 0 ? '+' : ''}${change} % since ${before[range]}`;
}

interface ReplicasProps {
  readonly of: { readonly replicas: import('../session.js').Schemas['ReplicasStatus'] | null } | undefined;
}

/** How long a revocation takes to reach every replica, as just measured. */
function Replicas({ of: status }: ReplicasProps) {
  const replicas = status?.replicas;
  if (replicas === undefined || replicas === null)
    return (
      <div>
        <div class="k">Replicas</div>
        <div class="v">1</div>
        <div class="muted small">{status === undefined ? '' : 'SQLite: one process'}</div>
      </div>
    );
  const isWell = replicas.missing.length === 0 && replicas.isFeedConnected;
  return (
    <div>
      <div class="k">Revocation, just measured</div>
      <div class="v">{replicas.milliseconds} ms</div>
      <div class={`small ${isWell ? 'good-text' : 'bad-text'}`}>
        {isWell
          ? `${replicas.confirmed} of ${replicas.live ?? '?'} replicas in step`
          : replicas.isFeedConnected
            ? `not in step: ${replicas.missing.join(', ')}`
            : 'the change feed is cut'}
      </div>
    </div>
  );
}

function Owner({ session: { me } }: { readonly session: Session }) {
  return (
    <div>
      <div class="k">Your owner</div>
      <div class="t mono cut" title={me.ownerId}>
        {me.ownerId}
      </div>
      <div class="muted small">{me.email}</div>
    </div>
  );
}
