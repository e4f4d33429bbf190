import { dataOf } from '../../../src/client/index.js';
import type { PageProps } from '../app.js';
import { plural } from '../format.js';
import { useLoad } from '../load.js';
import { go, withFilter } from '../router.js';
import { Page, Problem } from '../ui/basics.js';
import { Search } from '../ui/search.js';

const kinds = [
  ['jwt', 'JWT'],
  ['personal_key', 'Personal'],
  ['service_key', 'Service'],
  ['tool_key', 'Tool'],
] as const;

/** Who may use which route, and with which scopes? */
export default function Routes({ session, place }: PageProps) {
  const { data, error } = useLoad('routes', (signal) =>
    dataOf(session.client.GET('/api/v1/routes', { signal })),
  );
  const search = place.query.get('search') ?? '';
  const wanted = search.toLowerCase();
  const shown = (data?.routes ?? []).filter(({ method, path, scopes, roles }) =>
    [`${method} ${path}`, ...scopes, ...roles].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <Page
      title="Routes"
      tools={
        <Search
          label="Search path, scope or role"
          value={search}
          onSearch={(text) => go(withFilter(place, 'search', text), { replace: true })}
        />
      }
    >
      <Problem error={error} />
      <div class="panel scroll" tabIndex={0} role="region" aria-label="Routes">
        <table class="routes">
          <thead>
            <tr>
              <th>Route</th>
              <th>Requires</th>
              {kinds.map(([kind, title]) => (
                <th key={kind} class="hide-s">
                  {title}
                </th>
              ))}
              <th class="hide-s">Bounded</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ method, path, scopes, roles, admits, admitsAnonymous, admitsBounded }) => (
              <tr key={`${method} ${path}`}>
                <td>
                  <span class="mono">
                    <span class="method faint">{method}</span> {path}
                  </span>
                </td>
                <td>
                  <span class="chips">
                    {[...scopes, ...roles.map((role) => `role ${role}`)].map((text) => (
                      <span key={text} class="chip scope">
                        {text}
                      </span>
                    ))}
                    {admitsAnonymous && <span class="chip">anyone</span>}
                  </span>
                </td>
                {kinds.map(([kind]) => (
                  <Mark key={kind} isYes={admitsAnonymous || admits.includes(kind)} />
                ))}
                <Mark isYes={admitsAnonymous || admitsBounded} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint foot">{data !== undefined && plural(shown.length, 'route')}</p>
    </Page>
  );
}

function Mark({ isYes }: { readonly isYes: boolean }) {
  return (
    <td class="hide-s">
      {isYes ? (
        <span aria-label="yes">✓</span>
      ) : (
        <span class="faint" aria-label="no">
          ·
        </span>
      )}
    </td>
  );
}
