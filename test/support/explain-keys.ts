import { type Agents, by } from './agents.js';
import { mintApiKey } from './api-keys.js';
import { createPersonalKey, type Gatehouse } from './gatehouse.js';

/** A key in some state, by what it is called. */
export type KeyStates = Map<string, string>;

const limit = (requests: number) => ({ rateLimit: { limit: requests, windowSeconds: 3_600 } });

/** API keys in every state that matters to a request. */
export async function apiKeyStates(gatehouse: Gatehouse): Promise<KeyStates> {
  const mint = (settings: Parameters<typeof mintApiKey>[1]) => mintApiKey(gatehouse, settings);
  const expiresAt = new Date(0);
  const good = await mint({ scopes: ['files:read', 'api-keys:read'] });
  return new Map([
    ['good', good],
    ['without scopes', await mint({ scopes: [] })],
    ['admin', await mint({ role: 'admin' })],
    ['read only', await mint({ role: 'read_only' })],
    ['revoked', await mint({ revokedAt: new Date() })],
    ['disabled', await mint({ enabled: false })],
    ['expired', await mint({ expiresAt })],
    ['revoked, disabled and expired', await mint({ revokedAt: new Date(), enabled: false, expiresAt })],
    ['of this address', await mint({ role: 'admin', allowedIps: ['127.0.0.0/8'] })],
    ['of another address', await mint({ role: 'admin', allowedIps: ['203.0.113.0/24'] })],
    ['soon used up', await mint({ scopes: ['files:read', 'api-keys:read'], ...limit(4) })],
    ['disabled and limited', await mint({ enabled: false, ...limit(1) })],
    ['personal', (await createPersonalKey(gatehouse)).key],
    ['with a wrong checksum', `mk_live_${'0'.repeat(49)}`],
    ['malformed', 'mk_live_x'],
    ['unprintable', 'a b'],
  ]);
}

/** A personal key of a user whose owner is disabled, and a tool key of that user. */
export async function keysOfDisabledOwner(gatehouse: Gatehouse, agents: Agents): Promise<KeyStates> {
  const gone = gatehouse.bearer('gone@example.com');
  const { key } = await createPersonalKey(gatehouse, 'gone@example.com');
  const tool = await agents.issue(gone);
  const { ownerId } = (await agents.me(gone)).body;
  await agents.ask('POST', `/api/v1/admin/owners/${ownerId}/disable`, by(gatehouse.adminKey));
  return new Map([
    ['personal, of a disabled owner', key],
    ['tool key of a disabled owner', tool.key],
  ]);
}

/** Tool keys in every state that matters to a request; fifteen seconds pass. */
export async function toolKeyStates(gatehouse: Gatehouse, agents: Agents): Promise<KeyStates> {
  const person = gatehouse.bearer();
  const dying = await agents.serviceKey();
  const off = await agents.serviceKey();
  const tight = await agents.serviceKey(limit(2));
  const fallen = await agents.issue(by(dying.key));
  const silenced = await agents.issue(by(off.key));
  const limited = await agents.issue(by(tight.key));
  const line = await agents.issueLine(person, 3);
  const leased = await agents.issue(person, { heartbeatSeconds: 5 });
  const below = await agents.issue(leased);
  const task = await agents.issue(person);
  const fenced = await agents.issue(person);
  const revoked = await agents.issue(person);
  const budget = await agents.issue(person, { maxCalls: 3 });
  const sharing = await agents.issue(budget);
  const spent = await agents.issue(person, { maxCalls: 1 });
  const short = await agents.issue(person, { ttlSeconds: 4 });
  await agents.ask('DELETE', `/api/v1/api-keys/${dying.id}`, person);
  await agents.ask('PATCH', `/api/v1/api-keys/${off.id}`, person, { enabled: false });
  await agents.revoke(line[0]!);
  await agents.revoke(revoked);
  await agents.endTask(task.taskId);
  await agents.issue(person, { taskId: fenced.taskId, attempt: 2 });
  await agents.me(spent);
  gatehouse.pass(15);
  return new Map([
    ['tool key', (await agents.issue(person, { scopes: ['files:read'] })).key],
    ['with all scopes', (await agents.issue(person)).key],
    ['revoked tool key', revoked.key],
    ['below a revoked key', line[2]!.key],
    ['without its lease', leased.key],
    ['below a lost lease', below.key],
    ['of an ended task', task.key],
    ['of an earlier attempt', fenced.key],
    ['of a revoked API key', fallen.key],
    ['of a disabled API key', silenced.key],
    ['of an API key with a limit', limited.key],
    ['with a budget', budget.key],
    ['that shares a budget', sharing.key],
    ['with nothing left', spent.key],
    ['expired tool key', short.key],
    ['malformed tool key', 'tk_x'],
  ]);
}
