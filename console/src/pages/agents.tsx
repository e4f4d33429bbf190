import { useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import {
  type Agent,
  agentsToShow,
  cutAgent,
  endTask,
  refreshMsOf,
  rowsOf,
  type TaskTree,
  treesOf,
} from '../api/agents.js';
import { apiUrl } from '../base.js';
import { plural, shortId } from '../format.js';
import { useLoad } from '../load.js';
import { go, withFilter } from '../router.js';
import { Empty, Page, Problem, Segments } from '../ui/basics.js';
import { Confirm } from '../ui/confirm.js';
import { Search } from '../ui/search.js';
import { OwnerName } from '../ui/owner-name.js';
import { AgentRows } from './agent-rows.js';

type Asked = { readonly agent: Agent; readonly below: number } | { readonly task: TaskTree };

const shownAtOnce = 40;

/** Which agents act right now, for whom, and how is one stopped? */
export default function Agents({ session, place }: PageProps) {
  const isLive = place.query.get('show') !== 'ended';
  const search = place.query.get('search') ?? '';
  const [asked, setAsked] = useState<Asked>();
  const [most, setMost] = useState(shownAtOnce);
  const { data, error, reload } = useLoad(
    `agents ${isLive}`,
    (signal) => agentsToShow(session, isLive, signal),
    isLive ? ({ length }) => refreshMsOf(length) : undefined,
  );
  const wanted = search.toLowerCase();
  const trees = treesOf(data ?? [])
    .filter((tree) => (isLive ? tree.live > 0 : tree.live === 0))
    .filter((tree) => matches(tree, wanted));
  const close = () => setAsked(undefined);
  return (
    <Page
      title="Agents"
      tools={
        <>
          <Search
            label="Search task or agent"
            value={search}
            onSearch={(text) => go(withFilter(place, 'search', text), { replace: true })}
          />
          <Segments
            label="Show"
            options={[
              ['', 'Live'],
              ['ended', 'Ended'],
            ]}
            value={isLive ? '' : 'ended'}
            to={(value) => withFilter(place, 'show', value)}
          />
        </>
      }
    >
      <Problem error={error} />
      {data !== undefined && trees.length === 0 && <Nobody isLive={isLive} />}
      {trees.slice(0, most).map((tree) => (
        <section key={`${tree.ownerId} ${tree.taskId}`} class="panel tree">
          <div class="head ruled">
            <h2 class="name">{tree.taskId}</h2>
            <span class="muted">
              <OwnerName session={session} id={tree.ownerId} />
              {isLive ? plural(tree.live, 'live agent') : 'ended'} · attempt {tree.attempt}
              {issuedBy(tree)}
            </span>
            {isLive && (
              <button type="button" class="btn danger" onClick={() => setAsked({ task: tree })}>
                End task
              </button>
            )}
          </div>
          <AgentRows rows={rowsOf(tree.roots)} onCut={(agent, below) => setAsked({ agent, below })} />
        </section>
      ))}
      {trees.length > most && (
        <div class="row foot">
          <button type="button" class="btn" onClick={() => setMost(most + shownAtOnce)}>
            Show more of {plural(trees.length, 'task')}
          </button>
        </div>
      )}
      {asked !== undefined && 'agent' in asked && (
        <Confirm
          title={`Cut ${nameOf(asked.agent)}?`}
          action="Cut"
          isDanger
          onConfirm={async () => {
            await cutAgent(session, asked.agent.id);
            reload();
          }}
          onClose={close}
        >
          <p class="muted">
            Its requests{asked.below > 0 && `, and those of ${plural(asked.below, 'agent')} below it,`} are
            rejected at once. This cannot be undone.
          </p>
        </Confirm>
      )}
      {asked !== undefined && 'task' in asked && (
        <Confirm
          title={`End ${asked.task.taskId}?`}
          action="End task"
          isDanger
          onConfirm={async () => {
            await endTask(session, asked.task);
            reload();
          }}
          onClose={close}
        >
          <p class="muted">
            {plural(asked.task.live, 'agent')} of it stop at once. An orchestrator may issue new keys for it
            afterwards.
          </p>
        </Confirm>
      )}
    </Page>
  );
}

/** Who started it: the user or the key at the origin. */
function issuedBy({ roots }: TaskTree): string {
  const origin = roots[0]?.agent.createdBy;
  return origin === undefined || origin === null
    ? ''
    : ` · by ${origin.type.replace('_', ' ')} ${shortId(origin.id)}`;
}

function matches(tree: TaskTree, wanted: string): boolean {
  if (wanted === '' || tree.taskId.toLowerCase().includes(wanted)) return true;
  return rowsOf(tree.roots).some(({ agent }) =>
    [agent.name ?? '', agent.prefix, agent.id].some((text) => text.toLowerCase().includes(wanted)),
  );
}

export function nameOf({ name, prefix }: Agent): string {
  return name ?? prefix;
}

function Nobody({ isLive }: { readonly isLive: boolean }) {
  return (
    <div class="panel">
      <Empty
        title={isLive ? 'No agent is at work' : 'No task has ended lately'}
        text="An agent gets a key of its own for one task, with no more scopes than it needs. It ends with its lease, its task, or with one click here."
        command={`curl -X POST ${apiUrl.href}/tool-keys \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"taskId":"task-42","name":"researcher","scopes":["web:read"],"heartbeatSeconds":10}'`}
      />
    </div>
  );
}
