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
export type Caller = Headers | Issued;

const path = '/api/v1/tool-keys';
let lastTask = 0;

/** A task that no other test has heard of. */
export const aTask = () => `task ${(lastTask += 1)}`;

/** The header that carries a whole key, of either kind. */
export const by = (key: string): Headers =>
  key.startsWith('tk_') ? { 'x-tool-key': key } : { 'x-api-key': key };

const headersOf = (caller: Caller): Headers => ('key' in caller ? by(caller.key) : (caller as Headers));

/** `200`, or the status with the code of the error. */
export const verdictOf = ({ status, body }: Pick<Answer, 'status' | 'body'>): string =>
  body?.code === undefined ? String(status) : `${status} ${body.code}`;

/** Requests of agents and of their issuers. */
export function agentsOf(gatehouse: Gatehouse) {
  const ask = (method: string, to: string, caller: Caller, body?: unknown) =>
    gatehouse.send(method, to, { headers: headersOf(caller), body });

  /** Requests a key, by default for a new task or, as a tool key, for its own task. */
  const requestKey = (caller: Caller = gatehouse.bearer(), request: object = {}) =>
    ask('POST', path, caller, { taskId: 'key' in caller ? caller.taskId : aTask(), ...request });

  const issue = async (caller?: Caller, request?: object): Promise<Issued> => {
    const answer = await requestKey(caller, request);
    if (answer.status !== 201) throw new Error(`Not issued: ${answer.text}`);
    // Only this answer has it: the rest is what later ones show of the key.
    const { shortened: _shortened, ...issued } = answer.body;
    return issued as Issued;
  };

  return {
    ask,
    requestKey,
    issue,
    /** `depth` keys, each issued by the one before. */
    issueLine: async (caller: Caller, depth: number, request?: object): Promise<Issued[]> => {
      const line: Issued[] = [];
      while (line.length < depth) line.push(await issue(line.at(-1) ?? caller, request));
      return line;
    },
    me: (caller: Caller) => ask('GET', '/api/v1/auth/me', caller),
    /** What becomes of a request with the key: `200` or the rejection. */
    verdict: async (caller: Caller) => verdictOf(await ask('GET', '/api/v1/auth/me', caller)),
    verdicts: async (callers: readonly Caller[]) =>
      Promise.all(callers.map(async (caller) => verdictOf(await ask('GET', '/api/v1/auth/me', caller)))),
    beat: (caller: Caller) => ask('POST', `${path}/heartbeat`, caller),
    self: (caller: Caller) => ask('GET', `${path}/self`, caller),
    look: (id: string, caller: Caller = gatehouse.bearer()) => ask('GET', `${path}/${id}`, caller),
    revoke: ({ id }: Issued, caller: Caller = gatehouse.bearer()) => ask('DELETE', `${path}/${id}`, caller),
    endTask: (taskId: string, caller: Caller = gatehouse.bearer()) =>
      ask('DELETE', `/api/v1/tasks/${encodeURIComponent(taskId)}/tool-keys`, caller),
    /** A service key of that person, with everything that may be said of one. */
    serviceKey: async (settings: object = {}, caller: Headers = gatehouse.bearer()) => {
      const body = { name: 'orchestrator', scopes: ['tool-keys:issue', 'files:*'], ...settings };
      const made = await ask('POST', '/api/v1/api-keys', caller, body);
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
