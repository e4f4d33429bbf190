import { expect } from '@jest/globals';
import fc from 'fast-check';
import { boundExceeded } from '../../src/principal/grants.js';
import { missingScopes, type Scope } from '../../src/principal/scopes.js';
import type { Answer, Gatehouse } from './gatehouse.js';
import type { Json } from './json.js';

const path = '/api/v1/api-keys';
const window = 60;

/** One thing that a key does; `pick` and `at` choose among the keys that there are. */
interface Step {
  readonly kind: 'create' | 'patch' | 'rotate' | 'issue' | 'exchange' | 'call';
  readonly pick: number;
  readonly at: number;
  readonly fields: object;
}

const fields = fc.record(
  {
    scopes: fc.constantFrom(['api-keys:write', 'files:read'], ['files:*', 'tool-keys:issue'], ['*:*'], null),
    role: fc.constantFrom('read_only', 'admin', null),
    allowedIps: fc.constantFrom(['127.0.0.0/8'], ['127.0.0.1'], ['0.0.0.0/0'], ['127.0.0.1', '::/0'], null),
    rateLimit: fc.option(
      fc.record({
        limit: fc.integer({ min: 1, max: 40 }),
        windowSeconds: fc.constantFrom(window, 59, 61, 1),
      }),
    ),
    expiresAt: fc.option(fc.integer({ min: 1, max: 7_200 })),
    enabled: fc.constantFrom(true, false),
  },
  { requiredKeys: [] },
);
const narrow = fc.constant({
  scopes: ['api-keys:write', 'tool-keys:issue', 'files:read'],
  allowedIps: ['127.0.0.1'],
  rateLimit: { limit: 20, windowSeconds: window },
  expiresAt: 600,
});

export const boundedSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('create', 'patch', 'rotate', 'issue', 'exchange', 'call'),
    pick: fc.nat(),
    at: fc.nat(),
    fields: fc.oneof(fields, narrow),
  }),
  { minLength: 10, maxLength: 40 },
);

/** Lets a key with bounds, and whatever keys it gets hold of, do all that, and holds them to the bounds of the first. */
export async function playWithin(
  gatehouse: Gatehouse,
  person: Record<string, string>,
  steps: readonly Step[],
) {
  const send = (method: string, to: string, headers: Record<string, string>, body?: object) =>
    gatehouse.send(method, to, { headers, body });
  const rootWish = {
    name: 'first',
    scopes: ['api-keys:write', 'tool-keys:issue', 'files:*'],
    allowedIps: ['127.0.0.0/8'],
    rateLimit: { limit: 20, windowSeconds: window },
    expiresAt: new Date(gatehouse.now() + 3_600_000).toISOString(),
  };
  const root = (await send('POST', path, person, rootWish)).body;
  const free = (await send('POST', path, person, { name: 'free', scopes: ['files:read'] })).body;
  const held: { header: string; key: string }[] = [{ header: 'x-api-key', key: root.key }];
  const ids: string[] = [root.id, free.id];
  let letThrough = 0;

  const requireWithin = (made: Json) => {
    expect(boundExceeded(boundsIn(root), boundsIn(made))).toBeUndefined();
    expect(missingScopes(root.scopes, (made.scopes ?? []) as Scope[])).toEqual([]);
    expect(made.role).not.toBe('admin');
  };
  const perform = async ({ kind, at, fields: wanted }: Step, by: Record<string, string>): Promise<Answer> => {
    const id = ids[at % ids.length] ?? '';
    const expiry = (wanted as { expiresAt?: number | null }).expiresAt;
    const settings =
      typeof expiry === 'number'
        ? { ...wanted, expiresAt: new Date(gatehouse.now() + expiry * 1000).toISOString() }
        : wanted;
    switch (kind) {
      case 'create':
        return send('POST', path, by, { name: 'made', ...settings });
      case 'patch':
        return send('PATCH', `${path}/${id}`, by, { name: 'changed', ...settings });
      case 'rotate':
        return send('POST', `${path}/${id}/rotate`, by, at % 2 === 0 ? {} : { overlapSeconds: 60 });
      case 'issue':
        return send('POST', '/api/v1/tool-keys', by, { taskId: `task ${at % 3}` });
      case 'exchange':
        return send('POST', '/api/v1/auth/token', by, { audience: 'billing' });
      case 'call':
        return send('GET', '/api/v1/auth/me', by);
    }
  };

  for (const step of steps) {
    const { header, key } = held[step.pick % held.length] as (typeof held)[number];
    const before =
      step.kind === 'patch' ? (await send('GET', `${path}/${ids[step.at % ids.length]}`, person)).body : null;
    const { status, body } = await perform(step, { [header]: key });
    if (status >= 400) continue;
    letThrough += 1;
    if (step.kind === 'create' || step.kind === 'rotate') {
      requireWithin(body);
      expect(body.lineageId).toBe(root.id);
      held.push({ header: 'x-api-key', key: body.key });
      ids.push(body.id);
    }
    if (step.kind === 'patch' && boundExceeded(boundsIn(before), boundsIn(body)) !== undefined)
      requireWithin(body);
    if (step.kind === 'issue') {
      expect(missingScopes(root.scopes, body.scopes)).toEqual([]);
      expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(Date.parse(root.expiresAt));
      held.push({ header: 'x-tool-key', key: body.key });
    }
    if (step.kind === 'exchange')
      expect(missingScopes(root.scopes, body.scope.split(' ').filter(Boolean))).toEqual([]);
    expect(letThrough).toBeLessThanOrEqual(rootWish.rateLimit.limit);
  }
  for (const { key } of held) {
    const elsewhere = { key, ip: '203.0.113.9', consume: false };
    expect((await send('POST', `${path}/verify`, person, elsewhere)).body.valid).toBe(false);
  }
}

function boundsIn({ environment, expiresAt, allowedIps, rateLimit }: Json) {
  return { environment, expiresAt: expiresAt === null ? null : Date.parse(expiresAt), allowedIps, rateLimit };
}
