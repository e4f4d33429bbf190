import { describe, expect, it } from '@jest/globals';
import { agentsOf, by, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';
import { startReplica } from './support/second-replica.js';

const invalid = '401 INVALID_TOOL_KEY';
const { gatehouse, agents } = serveAgents();

const issueWithLease = (fields: object = {}) =>
  agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10, ...fields });
const later = (time: string, seconds: number) => new Date(Date.parse(time) + seconds * 1000).toISOString();

describe('a key with a lease', () => {
  it('ends when it has missed three heartbeats, to the millisecond, even if it is cached', async () => {
    const key = await issueWithLease();
    expect(await agents.verdict(key)).toBe('200');
    gatehouse.pass(29.999);
    expect(await agents.verdict(key)).toBe('200');
    gatehouse.pass(0.001);
    expect(await agents.verdict(key)).toBe(invalid);
  });

  it('ends then, too, if it was never used', async () => {
    const key = await issueWithLease();
    gatehouse.pass(30);
    expect(await agents.verdict(key)).toBe(invalid);
  });

  it('lives on while it beats, and three missed beats beyond the last', async () => {
    const key = await issueWithLease();
    for (let turn = 0; turn < 4; turn += 1) {
      gatehouse.pass(29.999);
      const { leaseUntil } = (await agents.self(key)).body;
      const beat = await agents.beat(key);
      expect(verdictOf(beat)).toBe('200');
      expect(beat.body).toEqual({ leaseUntil: later(leaseUntil, 29.999), expiresAt: key.expiresAt });
      expect(await agents.verdict(key)).toBe('200');
    }
    gatehouse.pass(29.999);
    expect(await agents.verdict(key)).toBe('200');
    gatehouse.pass(0.001);
    expect(await agents.verdict(key)).toBe(invalid);
  });

  it('is not revived by a late beat, nor by many', async () => {
    const key = await issueWithLease();
    gatehouse.pass(30);
    expect(verdictOf(await agents.beat(key))).toBe(invalid);
    const late = await Promise.all(Array.from({ length: 10 }, () => agents.beat(key)));
    expect(new Set(late.map(verdictOf))).toEqual(new Set([invalid]));
    expect(await agents.verdict(key)).toBe(invalid);
    expect((await agents.look(key.id)).body).toMatchObject({
      status: 'ended',
      endedBecause: 'LEASE_LOST',
      leaseUntil: key.leaseUntil,
    });
  });

  it('is not kept beyond its expiry by any beat', async () => {
    const key = await issueWithLease({ ttlSeconds: 60 });
    gatehouse.pass(29);
    expect((await agents.beat(key)).body.leaseUntil).toBe(later(key.leaseUntil ?? '', 29));
    gatehouse.pass(29);
    expect((await agents.beat(key)).body.leaseUntil).toBe(key.expiresAt);
    gatehouse.pass(1.999);
    expect(await agents.verdict(key)).toBe('200');
    gatehouse.pass(0.001);
    expect(await agents.verdict(key)).toBe(invalid);
    expect(verdictOf(await agents.beat(key))).toBe(invalid);
    expect((await agents.look(key.id)).body.endedBecause).toBe('EXPIRED');
  });

  it('has a lease no longer than its life from the start', async () => {
    const key = await issueWithLease({ ttlSeconds: 20 });
    expect(key.leaseUntil).toBe(key.expiresAt);
  });

  it('does not beat once it was revoked', async () => {
    const key = await issueWithLease();
    await agents.revoke(key);
    expect(verdictOf(await agents.beat(key))).toBe(invalid);
  });

  it('does not beat with an address that the API key which issued it may not be used from', async () => {
    const service = await agents.serviceKey();
    const key = await agents.issue(by(service.key), { heartbeatSeconds: 10 });
    await agents.ask('PATCH', `/api/v1/api-keys/${service.id}`, gatehouse.bearer(), {
      allowedIps: ['192.0.2.0/24'],
    });
    expect(verdictOf(await agents.beat(key))).toBe(invalid);
  });
});

describe('below a key with a lease', () => {
  it('every key ends with it, cached or not, and issues nothing', async () => {
    const parent = await issueWithLease();
    const [child, grandchild] = await agents.issueLine(parent, 2);
    const unused = await agents.issue(parent);
    expect(await agents.verdicts([child!, grandchild!])).toEqual(['200', '200']);
    gatehouse.pass(30);
    expect(await agents.verdicts([child!, grandchild!, unused])).toEqual([invalid, invalid, invalid]);
    expect(verdictOf(await agents.requestKey(child))).toBe(invalid);
    expect(verdictOf(await agents.beat(parent))).toBe(invalid);
    expect(await agents.verdict(child!)).toBe(invalid);
    expect((await agents.look(grandchild!.id)).body).toMatchObject({
      status: 'ended',
      endedBecause: 'PARENT_REVOKED',
      endedAt: null,
    });
  });

  it('every key is valid while it sends heartbeats, even if its own state is cached', async () => {
    const parent = await issueWithLease();
    const line = await agents.issueLine(parent, 4);
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await agents.verdicts(line)).toEqual(['200', '200', '200', '200']);
      gatehouse.pass(20);
      expect((await agents.beat(parent)).status).toBe(200);
    }
    gatehouse.pass(29.999);
    expect(await agents.verdicts(line)).toEqual(['200', '200', '200', '200']);
    gatehouse.pass(0.001);
    expect(await agents.verdicts(line)).toEqual([invalid, invalid, invalid, invalid]);
  });

  it('every key lives as long as it beats, though the beats come to another process', async () => {
    const parent = await issueWithLease();
    const line = await agents.issueLine(parent, 2);
    const replica = await startReplica(gatehouse);
    const seen: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      seen.push(...(await agents.verdicts([parent, ...line])));
      gatehouse.pass(20);
      seen.push(verdictOf(await agentsOf(replica).beat(parent)));
    }
    await replica.close();
    expect(new Set(seen)).toEqual(new Set(['200']));
    gatehouse.pass(30);
    expect(await agents.verdicts([parent, ...line])).toEqual([invalid, invalid, invalid]);
  });

  it('a key with its own lease ends alone, and its siblings remain valid', async () => {
    const parent = await agents.issue();
    const mortal = await agents.issue(parent, { heartbeatSeconds: 10 });
    const sibling = await agents.issue(parent);
    gatehouse.pass(30);
    expect(await agents.verdicts([parent, mortal, sibling])).toEqual(['200', invalid, '200']);
  });

  it('beats of a child do not keep its parent', async () => {
    const parent = await issueWithLease();
    const child = await agents.issue(parent, { heartbeatSeconds: 10 });
    gatehouse.pass(29);
    expect((await agents.beat(child)).status).toBe(200);
    gatehouse.pass(1);
    expect(await agents.verdicts([parent, child])).toEqual([invalid, invalid]);
    expect(verdictOf(await agents.beat(child))).toBe(invalid);
  });
});

describe('POST /api/v1/tool-keys/heartbeat', () => {
  it('does nothing to a key without a lease', async () => {
    const key = await agents.issue();
    gatehouse.pass(100);
    const beat = await agents.beat(key);
    expect([beat.status, beat.body]).toEqual([200, { leaseUntil: null, expiresAt: key.expiresAt }]);
    gatehouse.pass(799);
    expect(await agents.verdict(key)).toBe('200');
    gatehouse.pass(1);
    expect(await agents.verdict(key)).toBe(invalid);
  });

  it('is for tool keys alone', async () => {
    const personal = await createPersonalKey(gatehouse, 'beats@example.com');
    for (const requester of [gatehouse.bearer(), by(personal.key), by(gatehouse.adminKey)])
      expect(verdictOf(await agents.beat(requester))).toBe('403 FORBIDDEN');
    expect(verdictOf(await agents.beat({}))).toBe('401 MISSING_TOKEN');
  });

  it('accepts five heartbeats at once, and rejects others until the interval ends', async () => {
    const key = await issueWithLease();
    gatehouse.pass(10);
    const beats = await Promise.all(Array.from({ length: 20 }, () => agents.beat(key)));
    const taken = beats.filter(({ status }) => status === 200);
    const leaseUntil = later(key.leaseUntil ?? '', 10);
    expect(taken.map(({ body }) => body.leaseUntil)).toEqual(Array(5).fill(leaseUntil));
    const rejected = beats.filter(({ status }) => status !== 200);
    expect(rejected.map(verdictOf)).toEqual(Array(15).fill('429 RATE_LIMITED'));
    expect(rejected[0]?.headers['retry-after']).toBe('10');
    gatehouse.pass(10);
    expect(verdictOf(await agents.beat(key))).toBe('200');
  });

  it('learns how often a key is to beat from its first beat, as of one that another process issued', async () => {
    const key = await issueWithLease();
    const replica = await startReplica(gatehouse);
    const beat = () => agentsOf(replica).beat(key);
    const [first] = [await beat(), replica.pass(1)];
    expect(first.status).toBe(200);
    const beats = [];
    while (beats.length < 7) beats.push(verdictOf(await beat()));
    await replica.close();
    expect(beats).toEqual([...Array(5).fill('200'), ...Array(2).fill('429 RATE_LIMITED')]);
  });
});
