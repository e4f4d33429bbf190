import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agents, agentsOf, by, type Issued, verdictOf } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const invalid = '401 INVALID_TOOL_KEY';
let gatehouse: Gatehouse;
let agents: Agents;
let origin: { id: string; key: string };
let line: Issued[];

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
/** A service key, and five cached tool keys below it. */
beforeEach(async () => {
  origin = await agents.serviceKey();
  line = await agents.issueLine(by(origin.key), 5);
  expect(new Set(await agents.verdicts(line))).toEqual(new Set(['200']));
});
afterAll(() => gatehouse.close());

const change = (settings: object) =>
  agents.ask('PATCH', `/api/v1/api-keys/${origin.id}`, gatehouse.bearer(), settings);
const rotate = async (overlapSeconds: number): Promise<{ id: string; key: string }> =>
  (
    await agents.ask('POST', `/api/v1/api-keys/${origin.id}/rotate`, gatehouse.bearer(), {
      overlapSeconds,
    })
  ).body;
const all = (verdict: string) => Array(5).fill(verdict);

describe('when the API key at the origin', () => {
  it('is rotated with an overlap, its tool keys live until that ends', async () => {
    const successor = await rotate(60);
    expect(await agents.verdicts([...line, by(successor.key)])).toEqual(Array(6).fill('200'));
    gatehouse.pass(59.999);
    expect(await agents.verdicts([...line, by(origin.key)])).toEqual(Array(6).fill('200'));
    gatehouse.pass(0.001);
    expect(await agents.verdicts(line)).toEqual(all(invalid));
    expect(await agents.verdicts([by(origin.key), by(successor.key)])).toEqual([
      '401 INVALID_API_KEY',
      '200',
    ]);
  });

  it('is in such an overlap, its tool keys issue others that end with it', async () => {
    await rotate(60);
    const late = await agents.issue(line[0], { heartbeatSeconds: 30 });
    gatehouse.pass(59);
    expect(await agents.verdict(late)).toBe('200');
    gatehouse.pass(1);
    expect(await agents.verdict(late)).toBe(invalid);
    expect(verdictOf(await agents.beat(late))).toBe(invalid);
  });

  it('is in such an overlap, its tool keys are told how long they have', async () => {
    await rotate(60);
    expect((await agents.self(line[0]!)).body.remainingSeconds).toBe(60);
    expect((await agents.self(line[4]!)).body.remainingSeconds).toBe(60);
  });

  it('is rotated, the tool keys of its successor live on their own', async () => {
    const successor = await rotate(60);
    const later = await agents.issue(by(successor.key));
    gatehouse.pass(60);
    expect(await agents.verdicts([later, line[0]!])).toEqual(['200', invalid]);
  });

  it('is given an end, its tool keys end with it', async () => {
    await change({ expiresAt: new Date(Date.parse(line[0]!.expiresAt) - 600_000).toISOString() });
    expect(await agents.verdicts(line)).toEqual(all('200'));
    gatehouse.pass(300);
    expect(await agents.verdicts(line)).toEqual(all(invalid));
  });

  it('is disabled and enabled again, so are they', async () => {
    await change({ enabled: false });
    expect(await agents.verdicts(line)).toEqual(all(invalid));
    await change({ enabled: true });
    expect(await agents.verdicts(line)).toEqual(all('200'));
  });

  it('loses scopes, they lose them at once, and get back no more than they had', async () => {
    const narrow = await agents.issue(line[0], { scopes: ['files:read'] });
    const check = async (requester: Issued, scopes: string) =>
      verdictOf(await agents.ask('GET', `/api/v1/auth/check?scopes=${scopes}`, requester));
    expect(await check(line[4]!, 'files:write')).toBe('204');
    await change({ scopes: ['tool-keys:issue', 'files:read'] });
    for (const key of line) {
      expect(await check(key, 'files:write')).toBe('403 INSUFFICIENT_SCOPE');
      expect(await check(key, 'files:read')).toBe('204');
    }
    expect((await agents.me(line[4]!)).body.scopes).toEqual(['tool-keys:issue', 'files:read']);
    const requested = await agents.requestKey(line[0], { scopes: ['files:write'] });
    expect(verdictOf(requested)).toBe('403 INSUFFICIENT_SCOPE');
    expect((await agents.requestKey(line[0])).body.scopes).toEqual(['tool-keys:issue', 'files:read']);
    await change({ scopes: ['tool-keys:issue', 'files:*', 'notes:*'] });
    expect((await agents.me(line[4]!)).body.scopes).toEqual(['tool-keys:issue', 'files:*']);
    expect((await agents.me(narrow)).body.scopes).toEqual(['files:read']);
  });

  it('loses all scopes that they have, they have none', async () => {
    await change({ scopes: ['notes:read'] });
    expect((await agents.me(line[4]!)).body.scopes).toEqual([]);
    expect(verdictOf(await agents.requestKey(line[0], { scopes: ['notes:read'] }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
  });

  it('is bound to addresses, so are they', async () => {
    await change({ allowedIps: ['192.0.2.0/24'] });
    expect(await agents.verdicts(line)).toEqual(all(invalid));
    await change({ allowedIps: ['127.0.0.0/8'] });
    expect(await agents.verdicts(line)).toEqual(all('200'));
  });

  it('is given a limit, they use it up together', async () => {
    await change({ rateLimit: { limit: 3, windowSeconds: 60 } });
    const verdicts = await agents.verdicts(line);
    expect(verdicts.sort()).toEqual(['200', '200', '200', '429 RATE_LIMITED', '429 RATE_LIMITED']);
    expect(await agents.verdict(by(origin.key))).toBe('429 RATE_LIMITED');
  });
});
