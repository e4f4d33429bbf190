import { dataOf } from '../../../src/client/index.js';
import { agentRoutes, servedIn } from '../served.js';
import type { Schemas, Session } from '../session.js';

export type Agent = Schemas['ToolKey'] & { readonly ownerId: string };

/** An agent with those it issued keys to. */
export interface AgentNode {
  readonly agent: Agent;
  readonly children: readonly AgentNode[];
}

export interface TaskTree {
  readonly taskId: string;
  readonly ownerId: string;
  readonly attempt: number;
  readonly live: number;
  readonly roots: readonly AgentNode[];
}

const mostPages = 100;

/**
 * The agents to draw: all live ones, up to 10,000, with those of the last 100 that have ended; or the last 300. A tree needs
 * all of its branches, so all pages are read.
 */
export async function agentsToShow(session: Session, isLive: boolean, signal: AbortSignal): Promise<Agent[]> {
  if (!isLive) return readAgents(session, {}, 3, signal);
  const [live, latest] = await Promise.all([
    readAgents(session, { current: 'true' }, mostPages, signal),
    readAgents(session, {}, 1, signal),
  ]);
  const found = new Map([...latest, ...live].map((agent) => [agent.id, agent]));
  return [...found.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
}

/** How often they may be read again: the more there are, the more requests that takes. */
export function refreshMsOf(agents: number): number {
  if (agents <= 300) return 4_000;
  return agents <= 2_000 ? 15_000 : 60_000;
}

/** How many agents are at work, counted up to 300; `undefined` in an application that has none. */
export async function countLive(session: Session, signal: AbortSignal) {
  const isServed = await servedIn(session);
  if (!isServed(agentRoutes)) return undefined;
  const agents = await readAgents(session, { current: 'true' }, 3, signal);
  const live = agents.filter(({ status }) => status === 'active').length;
  return { live, isAll: agents.length < 300 };
}

async function readAgents(
  { client, isAdmin, me }: Session,
  filter: { current?: 'true' },
  pages: number,
  signal: AbortSignal,
): Promise<Agent[]> {
  const agents: Agent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const options = { params: { query: { ...filter, limit: 100, cursor } }, signal };
    const { keys, nextCursor } = isAdmin
      ? await dataOf(client.GET('/api/v1/admin/tool-keys', options))
      : await dataOf(client.GET('/api/v1/tool-keys', options));
    for (const key of keys) agents.push({ ownerId: me.ownerId, ...key });
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return agents;
}

/** The trees of all tasks, those with live agents first. What is above a branch and not listed leaves it a root. */
export function treesOf(agents: readonly Agent[]): TaskTree[] {
  const known = new Set(agents.map(({ id }) => id));
  const childrenOf = new Map<string | null, Agent[]>();
  const tasks = new Map<string, Agent[]>();
  for (const agent of agents.toReversed()) {
    const parent = agent.parentId !== null && known.has(agent.parentId) ? agent.parentId : null;
    if (parent !== null) push(childrenOf, parent, agent);
    else push(tasks, `${agent.ownerId} ${agent.taskId}`, agent);
  }
  const nodeOf = (agent: Agent): AgentNode => ({
    agent,
    children: (childrenOf.get(agent.id) ?? []).map(nodeOf),
  });
  const trees = [...tasks.values()].map((tops) => treeOf(tops.map(nodeOf)));
  return trees.sort((one, other) => Number(other.live > 0) - Number(one.live > 0));
}

function treeOf(roots: readonly AgentNode[]): TaskTree {
  const agents = roots.map(({ agent }) => agent);
  const { taskId, ownerId } = agents[0] ?? { taskId: '', ownerId: '' };
  const attempt = Math.max(...agents.map((agent) => agent.attempt));
  return { taskId, ownerId, attempt, roots, live: liveIn(roots) };
}

function liveIn(nodes: readonly AgentNode[]): number {
  return nodes.reduce(
    (sum, { agent, children }) => sum + Number(agent.status === 'active') + liveIn(children),
    0,
  );
}

function push<K>(map: Map<K, Agent[]>, key: K, agent: Agent): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [agent]);
  else list.push(agent);
}

/** One row of a tree: the agent, and the rail that leads to it. */
export interface AgentRow {
  readonly agent: Agent;
  readonly rail: string;
  readonly below: number;
}

/** The rows of a tree from its top down. */
export function rowsOf(nodes: readonly AgentNode[], rail = '', isTop = true): AgentRow[] {
  return nodes.flatMap(({ agent, children }, index) => {
    const isLast = index === nodes.length - 1;
    const own = isTop ? '' : `${rail}${isLast ? '└─ ' : '├─ '}`;
    const next = isTop ? '' : `${rail}${isLast ? '   ' : '│  '}`;
    return [{ agent, rail: own, below: liveIn(children) }, ...rowsOf(children, next, false)];
  });
}

export function cutAgent({ client, isAdmin }: Session, id: string) {
  const options = { params: { path: { id }, query: { wait: true } } };
  return isAdmin
    ? dataOf(client.DELETE('/api/v1/admin/tool-keys/{id}', options))
    : dataOf(client.DELETE('/api/v1/tool-keys/{id}', options));
}

export function endTask({ client, isAdmin }: Session, { taskId, ownerId }: TaskTree) {
  return isAdmin
    ? dataOf(
        client.DELETE('/api/v1/admin/tool-keys/of-task', {
          params: { query: { taskId, ownerId, wait: true } },
        }),
      )
    : dataOf(client.DELETE('/api/v1/tasks/tool-keys', { params: { query: { taskId, wait: true } } }));
}
