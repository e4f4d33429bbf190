import { useState } from 'preact/hooks';
import { dataOf } from '../../../src/client/index.js';
import type { PageProps } from '../app.js';
import { usePages } from '../api/pages.js';
import { count } from '../format.js';
import type { Schemas, Session } from '../session.js';
import { Empty, Link, ListFoot, Page, Problem, Time } from '../ui/basics.js';
import { Confirm } from '../ui/confirm.js';

type Owner = Schemas['Owner'];

/** Whose data is it, and who is suspended? */
export default function Owners({ session }: PageProps) {
  const { client } = session;
  const list = usePages('owners', async (cursor, signal) => {
    const query = { limit: 100, cursor };
    const { owners, ...page } = await dataOf(
      client.GET('/api/v1/admin/owners', { params: { query }, signal }),
    );
    return { rows: owners, ...page };
  });
  const [asked, setAsked] = useState<Owner>();
  const [isCreating, setCreating] = useState(false);
  return (
    <Page
      title="Owners"
      tools={
        <button type="button" class="btn primary" onClick={() => setCreating(true)}>
          New owner
        </button>
      }
    >
      <Problem error={list.error} />
      <div class="panel scroll" tabIndex={0} role="region" aria-label="Owners">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th class="hide-s">Created</th>
              <th>Status</th>
              <th class="hide-s">Seen from here</th>
              <th>
                <span class="sr">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.rows.map((owner) => (
              <tr key={owner.id}>
                <td>
                  <div class="main-cell">
                    <span class="name">{owner.name}</span>
                    <span class="mono faint">{owner.id}</span>
                  </div>
                </td>
                <td class="muted hide-s">
                  <Time at={owner.createdAt} />
                </td>
                <td>
                  <span class={`chip ${owner.enabled ? 'calm' : 'bad'}`}>
                    <span class="dot" />
                    {owner.enabled ? 'Active' : 'Disabled'}
                  </span>
                </td>
                <td class="hide-s">
                  <span class="row">
                    <Link class="plain" to={`/keys?ownerId=${owner.id}`}>
                      Keys
                    </Link>
                    <Link class="plain" to={`/people?ownerId=${owner.id}`}>
                      People
                    </Link>
                    <Link class="plain" to={`/audit?ownerId=${owner.id}`}>
                      Audit
                    </Link>
                  </span>
                </td>
                <td class="num">
                  <button
                    type="button"
                    class="btn tight"
                    aria-label={`${owner.enabled ? 'Disable' : 'Enable'} ${owner.name}`}
                    onClick={() => setAsked(owner)}
                  >
                    {owner.enabled ? 'Disable' : 'Enable'}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {list.isEmpty && <Empty title="No owners" text="A person gets one with the first login." />}
      </div>
      <ListFoot list={list}>
        {list.total !== undefined && `${count(list.rows.length)} of ${count(list.total ?? 0)}`}
      </ListFoot>
      {asked !== undefined && (
        <Confirm
          title={`${asked.enabled ? 'Disable' : 'Enable'} ${asked.name}?`}
          action={asked.enabled ? 'Disable' : 'Enable'}
          isDanger={asked.enabled}
          onConfirm={async () => {
            await setEnabled(session, asked);
            list.reload();
          }}
          onClose={() => setAsked(undefined)}
        >
          <p class="muted">
            {asked.enabled
              ? 'All of its keys, people and agents are rejected at once, until it is enabled again.'
              : 'Its keys and people are accepted again. What was revoked stays revoked.'}
          </p>
        </Confirm>
      )}
      {isCreating && (
        <CreateOwner session={session} onDone={list.reload} onClose={() => setCreating(false)} />
      )}
    </Page>
  );
}

function setEnabled({ client }: Session, { id, enabled }: Owner) {
  const options = { params: { path: { id } } };
  return enabled
    ? dataOf(client.POST('/api/v1/admin/owners/{id}/disable', options))
    : dataOf(client.POST('/api/v1/admin/owners/{id}/enable', options));
}

interface CreateOwnerProps {
  readonly session: Session;
  onDone(): void;
  onClose(): void;
}

function CreateOwner({ session: { client }, onDone, onClose }: CreateOwnerProps) {
  const [name, setName] = useState('');
  return (
    <Confirm
      title="New owner"
      action="Create"
      onConfirm={async () => {
        await dataOf(client.POST('/api/v1/admin/owners', { body: { name: name.trim() } }));
        onDone();
      }}
      onClose={onClose}
    >
      <p class="muted">For programs alone: a person gets an owner with the first login.</p>
      <label class="field">
        <span>Name</span>
        <input
          class="input"
          value={name}
          maxLength={320}
          required
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
    </Confirm>
  );
}
