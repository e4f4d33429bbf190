import { dataOf } from '../../../src/client/index.js';
import type { PageProps } from '../app.js';
import { duration, isSkewed } from '../format.js';
import { useLoad } from '../load.js';
import type { Schemas } from '../session.js';
import { Empty, Page, Problem, Scopes } from '../ui/basics.js';

/** Whose tokens are accepted, and are their keys at hand? */
export default function Issuers({ session }: PageProps) {
  const { data, error } = useLoad(
    'issuers',
    (signal) => dataOf(session.client.GET('/api/v1/admin/status', { signal })),
    15_000,
  );
  const issuers = data?.issuers ?? [];
  return (
    <Page title="Issuers">
      <Problem error={error} />
      <div class="panel scroll" tabIndex={0} role="region" aria-label="Issuers">
        {data !== undefined && issuers.length === 0 ? (
          <Empty
            title="No issuer is configured"
            text="Tokens of people are rejected until one is. Keys of programs work without."
            command={
              'JWT_ISSUER=https://login.example.com/\nJWT_AUDIENCE=api\nJWT_JWKS_URL=https://login.example.com/jwks'
            }
          />
        ) : (
          <table>
            <thead>
              <tr>
                <th>Issuer</th>
                <th class="hide-s">Audiences</th>
                <th class="num hide-s">Keys</th>
                <th class="hide-s">Algorithms</th>
                <th class="hide-s">Last refresh</th>
                <th class="hide-s">Clock</th>
                <th>Status</th>
              </tr>
            </thead>
            <tbody>
              {issuers.map((issuer) => (
                <tr key={issuer.issuer}>
                  <td>
                    <div class="main-cell broad">
                      <span class="name" title={issuer.issuer}>
                        {issuer.issuer}
                      </span>
                      <span class="mono faint" title={issuer.source}>
                        {issuer.source}
                      </span>
                    </div>
                  </td>
                  <td class="hide-s">
                    <Scopes scopes={issuer.audiences} />
                  </td>
                  <td class="num hide-s">{issuer.keys ?? '—'}</td>
                  <td class="mono muted hide-s">{issuer.algorithms.join(', ')}</td>
                  <td class="muted hide-s">
                    {issuer.refreshedSecondsAgo === null
                      ? 'configured'
                      : `${duration(issuer.refreshedSecondsAgo * 1000)} ago`}
                  </td>
                  <td class="hide-s">
                    <Clock of={issuer.clockSkew} />
                  </td>
                  <td class="wrap">
                    <span
                      class={`chip ${issuer.isReachable ? (issuer.failure === null ? 'calm' : 'warn') : 'bad'}`}
                    >
                      <span class="dot" />
                      {issuer.isReachable
                        ? issuer.failure === null
                          ? 'In use'
                          : 'Refresh fails'
                        : 'Out of reach'}
                    </span>
                    {issuer.failure !== null && <div class="small bad-text">{issuer.failure}</div>}
                    {isSkewed(issuer.clockSkew) && (
                      <div class="small warn-text">Its clock or ours is wrong</div>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <p class="faint foot">
        Tokens may be off by 30 seconds of clock skew. Figures are those of the process that answered.
      </p>
    </Page>
  );
}

function Clock({ of: skew }: { readonly of: Schemas['ClockSkew'] | null }) {
  if (skew === null) return <span class="muted">—</span>;
  const { seconds, plusMinus } = skew;
  const isInStep = Math.abs(seconds) <= plusMinus;
  const text = isInStep
    ? 'in step'
    : `${duration(Math.abs(seconds) * 1000)} ${seconds > 0 ? 'ahead' : 'behind'}`;
  return (
    <span
      class={isSkewed(skew) ? 'warn-text' : 'muted'}
      title={`${seconds} s ± ${plusMinus} s against our clock`}
    >
      {text}
    </span>
  );
}
