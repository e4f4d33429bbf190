import { dataOf } from '../../../src/client/index.js';
import { keyLink, keysOf, type ListedKey, type Realm } from '../api/keys.js';
import { duration, isSkewed, plural, relative } from '../format.js';
import { useLoad } from '../load.js';
import type { Session } from '../session.js';
import { Link, Problem } from '../ui/basics.js';

interface Matter {
  readonly tone: '' | 'good' | 'warn' | 'bad';
  readonly text: string;
  readonly detail: string;
  readonly to?: string;
}

const day = 86_400_000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString();

/** What needs a look: keys that end or are not used, rotations that are not finished, issuers and the outbox. */
export function Attention({ session }: { readonly session: Session }) {
  const { data, error } = useLoad('attention', (signal) => mattersOf(session, signal), 60_000);
  const matters = data ?? [];
  return (
    <section class="panel">
      <div class="head">
        <h2>Needs a look</h2>
      </div>
      <Problem error={error} />
      {data !== undefined && matters.length === 0 && (
        <p class="body muted">Nothing: no key ends soon, none is unused, no rotation is unfinished.</p>
      )}
      <div class="flush">
        <table>
          <tbody>
            {matters.map(({ tone, text, detail, to }) => (
              <tr key={text}>
                <td class="wrap">
                  <span class={`row nowrap ${tone}-text`}>
                    <span class="dot" />
                    <span class="plain-ink">{to === undefined ? text : <Link to={to}>{text}</Link>}</span>
                  </span>
                </td>
                <td class="muted hide-s num">{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

async function mattersOf(session: Session, signal: AbortSignal): Promise<Matter[]> {
  const realms: Realm[] = session.isAdmin ? ['admin'] : session.isPerson ? ['me', 'owner'] : ['owner'];
  const ofKeys = await Promise.all(realms.map((realm) => ofRealm(session, realm, signal)));
  const ofPlatform = session.isAdmin ? await platformMatters(session, signal) : [];
  return [...ofKeys.flat(), ...ofPlatform];
}

async function ofRealm(session: Session, realm: Realm, signal: AbortSignal): Promise<Matter[]> {
  const list = (query: object) =>
    keysOf(session, realm).list({ status: 'active', limit: 100, ...query }, signal);
  const [expiresBefore, unusedSince] = [at(14 * day), at(-90 * day)];
  const [soon, unused] = await Promise.all([list({ expiresBefore }), list({ unusedSince })]);
  const replaced = soon.keys.filter(({ replacedById }) => replacedById !== null);
  const ending = soon.keys.filter(({ replacedById }) => replacedById === null);
  const of = realm === 'owner' && !session.isAdmin ? '&of=owner' : '';
  const named = (keys: readonly ListedKey[]) => keys.at(-1)?.name ?? '';
  const first = [...ending].sort((a, b) => ((a.expiresAt ?? '') < (b.expiresAt ?? '') ? -1 : 1))[0];
  const more = (isMore: boolean) => (isMore ? '+' : '');
  return [
    ...(first === undefined
      ? []
      : [
          {
            tone: 'warn' as const,
            text: `${ending.length}${more(soon.nextCursor !== null)} ${ending.length === 1 ? 'key expires' : 'keys expire'} within 14 days`,
            detail: `first: ${first.name}, ${relative(first.expiresAt ?? '')}`,
            to: `/keys?status=active&expiresBefore=${expiresBefore}${of}`,
          },
        ]),
    ...replaced.slice(0, 4).map((key) => ({
      tone: 'warn' as const,
      text: `${key.name} is rotated, and the old key works`,
      detail:
        key.lastUsedAt === null
          ? 'not used'
          : `used ${relative(key.lastUsedAt)}, ends ${relative(key.expiresAt ?? '')}`,
      to: keyLink(realm, key.id),
    })),
    ...(unused.keys.length === 0
      ? []
      : [
          {
            tone: '' as const,
            text: `${plural(unused.keys.length, 'key')}${more(unused.nextCursor !== null)} unused for 90 days`,
            detail: `oldest: ${named(unused.keys)}`,
            to: `/keys?status=active&unusedSince=${unusedSince}${of}`,
          },
        ]),
  ];
}

async function platformMatters({ client }: Session, signal: AbortSignal): Promise<Matter[]> {
  const { issuers, outbox } = await dataOf(client.GET('/api/v1/admin/status', { signal }));
  const ofIssuers = issuers.map(
    ({ issuer, isReachable, refreshedSecondsAgo, failure, clockSkew }): Matter => {
      const refreshed =
        refreshedSecondsAgo === null
          ? 'keys are configured'
          : `keys refreshed ${duration(refreshedSecondsAgo * 1000)} ago`;
      const isOff = isSkewed(clockSkew);
      const isWell = isReachable && failure === null && !isOff;
      return {
        tone: isWell ? 'good' : isReachable ? 'warn' : 'bad',
        text: `Issuer ${issuer.replace(/^https?:\/\//, '')}`,
        detail: failure ?? (isOff ? 'its clock is not in step with ours' : refreshed),
        to: '/issuers',
      };
    },
  );
  if (outbox === null) return ofIssuers;
  const isLate = outbox.oldestSeconds > 60;
  const text =
    outbox.events === 0
      ? 'The audit outbox is empty'
      : `${plural(outbox.events, 'event')} in the audit outbox`;
  const detail =
    outbox.events === 0 ? 'all were sent' : `the oldest waits ${duration(outbox.oldestSeconds * 1000)}`;
  return [...ofIssuers, { tone: isLate ? 'bad' : 'good', text, detail }];
}
