import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import { type KeyDetails, keyLink, keysOf, type Realm, realmOf } from '../api/keys.js';
import { keyRanges, type KeyRange, periodOf, rangeOf, toSeries } from '../api/series.js';
import { plural } from '../format.js';
import { useLoad } from '../load.js';
import { withFilter } from '../router.js';
import type { Session } from '../session.js';
import { Copy, Link, Page, Problem, Segments, Time } from '../ui/basics.js';
import { Chart } from '../ui/chart.js';
import { Status } from '../ui/status.js';
import { KeyActions, type Outcome, ReceiptPanel } from './key-actions.js';
import { Addresses, Timeline } from './key-events.js';
import { KeyScopes } from './key-scopes.js';
import { Limit, Owner } from './key-facts.js';

/** Which key is it, who uses it, and what would stop if it ended? */
export default function Key({ session, place, id }: PageProps) {
  const realm = realmOf(session, place);
  const keys = keysOf(session, realm);
  const {
    data: key,
    error,
    reload,
  } = useLoad(`key ${realm} ${id}`, (signal) => keys.find(id, signal), 15_000);
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => setOutcome(undefined), [id]);
  if (key === undefined)
    return (
      <Page title="Key">
        <Problem error={error} />
      </Page>
    );
  const range = rangeOf(place.query.get('range'), keyRanges);
  return (
    <Page
      title={key.name}
      tools={
        <>
          <Status of={key} />
          <KeyActions
            session={session}
            realm={realm}
            of={key}
            onDone={(done) => {
              setOutcome(done);
              reload();
            }}
          />
        </>
      }
    >
      <Problem error={error} />
      {outcome !== undefined && <ReceiptPanel outcome={outcome} />}
      <Facts of={key} session={session} />
      <section class="panel">
        <div class="head">
          <h2>Requests</h2>
          <Segments
            label="Period"
            options={keyRanges}
            value={range}
            to={(value) => withFilter(place, 'range', value)}
          />
        </div>
        <div class="body">
          <Usage session={session} realm={realm} id={id} range={range} />
        </div>
      </section>
      <div class="cols">
        <KeyScopes session={session} realm={realm} of={key} onDone={reload} />
        <Addresses session={session} realm={realm} of={key} />
      </div>
      <Timeline session={session} realm={realm} id={id} turn={key.status} />
    </Page>
  );
}

function Facts({ of: key, session }: { readonly of: KeyDetails; readonly session: Session }) {
  const { expiresAt, lastUsedAt, lastUsedIp } = key;
  return (
    <div class="panel stats">
      <div>
        <div class="k">Prefix</div>
        <div class="row t">
          <span class="mono">{key.prefix}</span>
          <Copy text={key.prefix} />
        </div>
      </div>
      <Owner session={session} of={key} />
      <div>
        <div class="k">Limit</div>
        <Limit session={session} of={key} />
        {key.allowedIps !== null && (
          <div class="muted small" title={key.allowedIps.join('\n')}>
            from {plural(key.allowedIps.length, 'network')}
          </div>
        )}
      </div>
      <div>
        <div class="k">Last used</div>
        <div class="t">
          <Time at={lastUsedAt} />
          {lastUsedIp !== null && (
            <>
              {' '}
              from <span class="mono">{lastUsedIp}</span>
            </>
          )}
        </div>
        <div class="muted small">
          {expiresAt === null ? (
            'does not expire'
          ) : (
            <>
              {key.status === 'expired' ? 'expired ' : 'expires '}
              <Time at={expiresAt} />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

interface UsageProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly id: string;
  readonly range: KeyRange;
}

function Usage({ session, realm, id, range }: UsageProps) {
  const { data, error } = useLoad(
    `usage ${id} ${range}`,
    async (signal) => {
      const period = periodOf(range);
      const { from, to, step: bucket } = period;
      const { buckets } = await keysOf(session, realm).usage(id, { from, to, bucket }, signal);
      return toSeries(period, buckets);
    },
    60_000,
  );
  return (
    <>
      <Problem error={error} />
      {data === undefined ? <div class="skeleton" /> : <Chart series={data} height={190} />}
    </>
  );
}

/** A link to another key of the same realm. */
export function KeyLink({
  realm,
  id,
  text,
}: {
  readonly realm: Realm;
  readonly id: string;
  readonly text: string;
}) {
  return (
    <Link class="plain" to={keyLink(realm, id)}>
      {text}
    </Link>
  );
}
