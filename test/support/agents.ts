import type { AuditEventType } from '../../src/audit/audit-event.entity.js';
import { KeyUsage } from '../../src/usage/key-usage.js';
import type { Answer, Gatehouse } from './gatehouse.js';
import type { Json } from './json.js';

export type Headers = Record<string, string>;

export interface Issued {
  readonly id: string;
  readonly key: string;
  readonly taskId: string;
  readonly expiresAt: string;
  readonly leaseUntil: string | null;
}

/** Headers, or a tool key just issued. */
export type ReadOptions = Headers | Issued;

const path = '/api/v1/tool-keys';
let lastTask = 0;

/** A task that no other test has heard of. */
export const aTask = () => `task ${(lastTask += 1)}`;

/** The header that carries a whole key, of either kind. */
export const by = (key: string): Headers =>
  key.startsWith('tk_') ? { 'x-tool-key': key } : { 'x-api-key': key };

const headersOf = (asker: ReadOptions): Headers => ('key' in asker ? by(asker.key) : (asker as Headers));

/** `200`, or the status with the code of the error. */
export const verdictOf = ({ status, body }: Pick<Answer, 'status' | 'body'>): string =>
  body?.code === undefined ? String(status) : `${status} ${body.code}`;

/** What agents, and those who send them out, ask of a service. */
export function agentsOf(gatehouse: Gatehouse) {
  const ask = (method: string, to: string, asker: ReadOptions, body?: unknown) =>
    gatehouse.send(method, to, { headers: headersOf(asker), body });

  /** Asks for a key; of a task of its own, or of the tool key's that asks, unless the wish says. */
  const askForKey = (asker: ReadOptions = gatehouse.bearer(), wish: object = {}) =>
    ask('POST', path, asker, { taskId: 'key' in asker ? asker.taskId : aTask(), ...wish });

  const issue = async (asker?: ReadOptions, wish?: object): Promise<Issued> => {
    const answer = await askForKey(asker, wish);
    if (answer.status !== 201) throw new Error(`Not issued: ${answer.text}`);
    return answer.body;
  };

  return {
    ask,
    askForKey,
    issue,
    /** So many keys, each issued by the one before. */
    issueLine: async (asker: ReadOptions, depth: number, wish?: object): Promise<Issued[]> => {
      const line: Issued[] = [];
      while (line.length < depth) line.push(await issue(line.at(-1) ?? asker, wish));
      return line;
    },
    me: (asker: ReadOptions) => ask('GET', '/api/v1/auth/me', asker),
    /** What becomes of a request with the key: `200` or the refusal. */
    verdict: async (asker: ReadOptions) => verdictOf(await ask('GET', '/api/v1/auth/me', asker)),
    verdicts: async (askers: readonly ReadOptions[]) =>
      Promise.all(askers.map(async (asker) => verdictOf(await ask('GET', '/api/v1/auth/me', asker)))),
    beat: (asker: ReadOptions) => ask('POST', `${path}/heartbeat`, asker),
    self: (asker: ReadOptions) => ask('GET', `${path}/self`, asker),
    look: (id: string, asker: ReadOptions = gatehouse.bearer()) => ask('GET', `${path}/${id}`, asker),
    revoke: ({ id }: Issued, asker: ReadOptions = gatehouse.bearer()) =>
      ask('DELETE', `${path}/${id}`, asker),
    endTask: (taskId: string, asker: ReadOptions = gatehouse.bearer()) =>
      ask('DELETE', `/api/v1/tasks/${encodeURIComponent(taskId)}/tool-keys`, asker),
    /** A service key of that person, with everything that may be said of one. */
    serviceKey: async (settings: object = {}, asker: Headers = gatehouse.bearer()) => {
      const body = { name: 'orchestrator', scopes: ['tool-keys:issue', 'files:*'], ...settings };
      const made = await ask('POST', '/api/v1/api-keys', asker, body);
      if (made.status !== 201) throw new Error(`Not made: ${made.text}`);
      return made.body as { id: string; key: string };
    },
    /** What the audit trail holds, the newest first, with what was not written yet. */
    events: async (filter: { type?: AuditEventType; subjectId?: string; ownerId?: string } = {}) => {
      await gatehouse.app.get(KeyUsage).flush();
      const query = new URLSearchParams({ limit: '100', ...filter });
      const answer = await ask('GET', `/api/v1/admin/audit-events?${query}`, by(gatehouse.adminKey));
      return answer.body.events as Json[];
    },
  };
}

export type Agents = ReturnType<typeof agentsOf>;
