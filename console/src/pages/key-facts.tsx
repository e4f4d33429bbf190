import { dataOf, hasCode } from '../../../src/client/index.js';
import { type KeyDetails, keysOf } from '../api/keys.js';
import { count, duration, shortId } from '../format.js';
import { useLoad } from '../load.js';
import type { Session } from '../session.js';
import { Time } from '../ui/basics.js';

/** Whose key it is, and who made it, by name where this person may know it. */
export function Owner({ session, of: key }: { readonly session: Session; readonly of: KeyDetails }) {
  const { client, isAdmin, me } = session;
  const { ownerId, createdBy } = key;
  const { data } = useLoad(`owner of ${key.id}`, async (signal) => {
    if (!isAdmin) return {};
    const owner = await dataOf(
      client.GET('/api/v1/admin/owners/{id}', { params: { path: { id: ownerId } }, signal }),
    );
    return { owner: owner.name, maker: await makerOf(session, createdBy) };
  });
  const maker =
    createdBy === null
      ? 'the command line'
      : createdBy.id === me.userId
        ? 'you'
        : (data?.maker ?? `${createdBy.type.replace('_', ' ')} ${shortId(createdBy.id)}`);
  return (
    <div>
      <div class="k">Owner</div>
      <div class="t name">{data?.owner ?? (ownerId === me.ownerId ? 'your owner' : ownerId)}</div>
      <div class="muted small">
        made by {maker} <Time at={key.createdAt} />
      </div>
    </div>
  );
}

/** The e-mail of a person, or the name of a key; `undefined` for others, and for those that are gone. */
async function makerOf(session: Session, createdBy: KeyDetails['createdBy']): Promise<string | undefined> {
  try {
    if (createdBy?.type === 'api_key') return (await keysOf(session, 'admin').find(createdBy.id)).name;
    if (createdBy?.type !== 'user') return undefined;
    const path = { id: createdBy.id };
    return (
      (await dataOf(session.client.GET('/api/v1/admin/users/{id}', { params: { path } }))).email ?? undefined
    );
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** How much of the limit is left now, from the same checks that decide a request. Nothing is charged for asking. */
export function Limit({ session, of: key }: { readonly session: Session; readonly of: KeyDetails }) {
  const { rateLimit, id } = key;
  const { data } = useLoad(
    `limit of ${id} ${key.status}`,
    async (signal) => {
      if (rateLimit === null || key.status !== 'active') return undefined;
      const body = { keyId: id, method: 'GET', path: '/api/v1/auth/me', agentContext: false } as const;
      const { checks } = await dataOf(session.client.POST('/api/v1/auth/explain', { body, signal }));
      const check = checks.find((one) => one.check === 'rate_limit');
      const saw = check?.saw as { state?: { remaining?: number } | null } | undefined;
      return saw?.state?.remaining;
    },
    10_000,
  );
  if (rateLimit === null) return <div class="t muted">none</div>;
  const used = data === undefined ? undefined : rateLimit.limit - data;
  const share = used === undefined ? 0 : Math.min(100, (100 * used) / rateLimit.limit);
  return (
    <>
      <div class="t">
        {count(rateLimit.limit)} per {duration(rateLimit.windowSeconds * 1000).replace(/^1 /, '')}
      </div>
      {used !== undefined && (
        <div
          class={`bar ${share >= 90 ? 'warn' : ''}`}
          role="meter"
          aria-label="Used of the limit"
          aria-valuenow={used}
          aria-valuemin={0}
          aria-valuemax={rateLimit.limit}
          title={`${count(used)} used in this window`}
        >
          <i style={{ width: `${share}%` }} />
        </div>
      )}
    </>
  );
}
