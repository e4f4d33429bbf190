import { useState } from 'preact/hooks';
import { dataOf } from '../../../src/client/index.js';
import type { PageProps } from '../app.js';
import { usePages } from '../api/pages.js';
import { count } from '../format.js';
import { go, withFilter } from '../router.js';
import type { Schemas } from '../session.js';
import { Empty, Link, ListFoot, Page, Problem, Segments, Time } from '../ui/basics.js';
import { Search } from '../ui/search.js';
import { type Outcome, ReceiptPanel } from './key-actions.js';
import { type UserAction, UserDialog } from './user-dialog.js';

type User = Schemas['User'];

const statuses = [
  ['', 'All'],
  ['active', 'Active'],
  ['disabled', 'Disabled'],
] as const;

/** Who can log in, and how is someone cut off? */
export default function People({ session, place }: PageProps) {
  const { client } = session;
  const filter = {
    search: place.query.get('search') ?? undefined,
    status: statuses.find(([value]) => value !== '' && value === place.query.get('status'))?.[0] as
      'active' | 'disabled' | undefined,
    ownerId: place.query.get('ownerId') ?? undefined,
  };
  const list = usePages(`users ${JSON.stringify(filter)}`, async (cursor, signal) => {
    const query = { ...filter, limit: 50, cursor };
    const { users, ...page } = await dataOf(client.GET('/api/v1/admin/users', { params: { query }, signal }));
    return { rows: users, ...page };
  });
  const [asked, setAsked] = useState<{ readonly user: User; readonly action: UserAction }>();
  const [outcome, setOutcome] = useState<Outcome>();
  return (
    <Page
      title="People"
      tools={
        <>
          <Search
            label="E-mail begins with"
            value={filter.search ?? ''}
            onSearch={(text) => go(withFilter(place, 'search', text), { replace: true })}
          />
          <Segments
            label="Status"
            options={statuses}
            value={filter.status ?? ''}
            to={(value) => withFilter(place, 'status', value)}
          />
        </>
      }
    >
      <Problem error={list.error} />
      {outcome !== undefined && <ReceiptPanel outcome={outcome} />}
      <div class="panel scroll" tabIndex={0} role="region" aria-label="People">
        {list.isEmpty ? (
          <Empty
            title="Nobody matches"
            text="A person is known from the first request with a token of a configured issuer on."
            command="npm run -s token -- --email ada@example.com"
          />
        ) : (
          <table>
            <thead>
              <tr>
                <th>Person</th>
                <th class="hide-s">Issuer</th>
                <th class="hide-s">Known since</th>
                <th>Status</th>
                <th>
                  <span class="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map((user) => (
                <UserRow key={user.id} of={user} onAsk={(action) => setAsked({ user, action })} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      <ListFoot list={list}>
        {!list.isEmpty &&
          `${count(list.rows.length)} of ${typeof list.total === 'number' ? count(list.total) : 'more than 10,000'}`}
      </ListFoot>
      {asked !== undefined && (
        <UserDialog
          session={session}
          user={asked.user}
          action={asked.action}
          onDone={(done) => {
            setOutcome(done);
            list.reload();
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Page>
  );
}

interface UserRowProps {
  readonly of: User;
  onAsk(action: UserAction): void;
}

function UserRow({ of: user, onAsk }: UserRowProps) {
  const name = user.email ?? user.subject ?? user.id;
  const tone = { active: 'calm', disabled: 'bad', erased: '' }[user.status];
  const button = (action: UserAction, text: string) => (
    <button type="button" class="btn tight" aria-label={`${text} ${name}`} onClick={() => onAsk(action)}>
      {text}
    </button>
  );
  return (
    <tr>
      <td>
        <Link class="main-cell" to={`/keys?userId=${user.id}`}>
          <span class="name" title={name}>
            {user.status === 'erased' ? 'erased' : name}
          </span>
          <span class="mono faint">{user.id}</span>
        </Link>
      </td>
      <td class="muted hide-s">{user.issuer}</td>
      <td class="muted hide-s">
        <Time at={user.createdAt} />
      </td>
      <td>
        <span class={`chip ${tone}`}>
          <span class="dot" />
          {user.status}
        </span>
      </td>
      <td class="num">
        {user.status !== 'erased' && (
          <span class="actions">
            {user.status === 'active' ? button('disable', 'Disable') : button('enable', 'Enable')}
            <span class="hide-s">{button('end-keys', 'End keys')}</span>
            <span class="hide-s">{button('sign-out', 'Sign out')}</span>
          </span>
        )}
      </td>
    </tr>
  );
}
