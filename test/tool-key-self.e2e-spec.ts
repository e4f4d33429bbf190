import { describe, expect, it } from '@jest/globals';
import { type Agents, by, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';

const { gatehouse, agents } = serveAgents();

const secondsOf = async (key: Parameters<Agents['self']>[0]) =>
  (await agents.self(key)).body.remainingSeconds as number;
const callsOf = async (key: Parameters<Agents['self']>[0]) =>
  (await agents.self(key)).body.remainingCalls as number | null;

describe('GET /api/v1/tool-keys/self', () => {
  it('shows a key what it is, but not its secret', async () => {
    const { body } = await agents.askForKey(gatehouse.bearer(), { scopes: ['files:read'], attempt: 2 });
    const { key, ...shown } = body;
    const self = await agents.self(by(key));
    expect(self.status).toBe(200);
    expect(self.headers['cache-control']).toBe('no-store');
    expect(self.body).toEqual({
      ...shown,
      lastUsedAt: self.body.lastUsedAt,
      remainingSeconds: 900,
      remainingCalls: null,
    });
  });

  it('counts down to the expiry in whole seconds that are really left', async () => {
    const key = await agents.issue(gatehouse.bearer(), { ttlSeconds: 100 });
    expect(await secondsOf(key)).toBe(100);
    gatehouse.pass(0.5);
    expect(await secondsOf(key)).toBe(99);
    gatehouse.pass(99);
    expect(await secondsOf(key)).toBe(0);
    gatehouse.pass(0.5);
    expect(verdictOf(await agents.self(key))).toBe('401 INVALID_TOOL_KEY');
  });

  it('counts down to the end of a lease, its own or one above', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 20 });
    const child = await agents.issue(parent, { heartbeatSeconds: 10 });
    const grandchild = await agents.issue(child);
    gatehouse.pass(10);
    const keys = [parent, child, grandchild];
    expect(await Promise.all(keys.map(secondsOf))).toEqual([50, 20, 20]);
    await agents.beat(child);
    expect(await Promise.all(keys.map(secondsOf))).toEqual([50, 30, 30]);
    gatehouse.pass(25);
    await agents.beat(child);
    expect(await Promise.all(keys.map(secondsOf))).toEqual([25, 25, 25]);
  });

  it('tells the calls that are left, of the key or of whoever pays for it', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
    const drawing = await agents.issue(parent);
    const carved = await agents.issue(parent, { maxCalls: 4 });
    await agents.me(parent);
    await agents.me(drawing);
    await agents.me(carved);
    expect(await Promise.all([parent, drawing, carved].map(callsOf))).toEqual([4, 4, 3]);
    await agents.revoke(carved);
    expect(await Promise.all([parent, drawing].map(callsOf))).toEqual([7, 7]);
  });

  it('is for tool keys alone', async () => {
    const personal = await createPersonalKey(gatehouse, 'self@example.com');
    for (const asker of [gatehouse.bearer(), by(personal.key), by(gatehouse.adminKey)])
      expect(verdictOf(await agents.self(asker))).toBe('403 FORBIDDEN');
    expect(verdictOf(await agents.self({}))).toBe('401 MISSING_TOKEN');
  });
});
