import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  anyClaims,
  anyIssuer,
  anyNoise,
  anyType,
  issuers,
  readingIssuer,
  type Signing,
  signedBearer,
  usefulClaims,
} from './support/bounded-token-cases.js';
import { checkCaller, pathOf, probedScopes, probes } from './support/bounded-token-laws.js';
import { type Consent, isConsented, verdictOn } from './support/bounded-token-oracle.js';
import { playBounded } from './support/bounded-token-play.js';
import { anySteps, type Step, tokenSeconds } from './support/bounded-token-steps.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

/** `PROPERTY_RUNS=20` looks a hundred times as long as usual. */
const times = Number(process.env.PROPERTY_RUNS ?? 1 / 5);
/** A failure is told while there is time, however far it was made smaller by then. */
const patience = { interruptAfterTimeLimit: 90_000 * Math.max(1, times) };
const enough = 120_000 * Math.max(1, times);

let gatehouse: Gatehouse;
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers }, { controllers: [...probes] });
});
afterAll(() => gatehouse.close());

/** A token of a person that nobody else is, which expires so many seconds after the next whole one. */
function sign(index: number, seconds: number, { claims: more, typ, noise }: Signing) {
  const { issuer = '', ...options } = issuers[index] ?? {};
  const exp = Math.ceil(gatehouse.now() / 1000) + seconds;
  const claims = { iss: issuer, aud: 'api', sub: `person-${(people += 1)}`, exp, ...more };
  const headers = signedBearer({ claims, typ, noise });
  return { headers, exp: exp * 1000, verdict: verdictOn({ claims, typ, options }) };
}

const anySeconds = fc.oneof(
  { weight: 4, arbitrary: fc.constant(90) },
  { weight: 1, arbitrary: fc.constantFrom(60.4567, -1, -29, -30, -31, 1e12) },
);

describe('a token of any claims, of any issuer', () => {
  const signing = fc.record({ claims: anyClaims, typ: anyType, noise: anyNoise });
  const token = fc.noBias(fc.tuple(anyIssuer, anySeconds, signing));
  const always: [Parameters<typeof check>[0]][] = [
    [[0, 90, { claims: { scope: 7 } }]],
    [[0, 90, { claims: { permissions: null } }]],
    [[0, 90, { claims: { client_id: 'cli' } }]],
    [[0, 90, { claims: { client_id: 'cli' }, typ: 'application/AT+JWT' }]],
    [[4, 90, { claims: { cid: 'cli' } }]],
    [[0, 90, { claims: { scope: '*:*', scp: ['notes:read'] } }]],
    [[2, 90, { claims: { client_id: 'web', azp: 'cli' } }]],
  ];
  const get = (path: string, headers: Record<string, string>) => gatehouse.send('GET', path, { headers });

  async function check([index, seconds, signing]: [number, number, Signing]): Promise<void> {
    const { headers, exp, verdict } = sign(index, seconds, signing);
    const { status, body } = await get('/api/v1/auth/me', headers);
    if (verdict === 'rejected' || exp + 30_000 <= gatehouse.now()) return expect(status).toBe(401);
    if (verdict === 'fault') return expect(status).toBe(503);
    expect(status).toBe(200);
    if (typeof verdict !== 'string') return checkBounded(verdict, exp, headers, body);
    expect([body.scopes, body.source.boundedUntil]).toEqual([
      ['*:*', 'api-keys:write', 'members:manage'],
      undefined,
    ]);
    expect((await get('/probe', headers)).status).toBe(200);
  }

  async function checkBounded(
    consent: Consent,
    exp: number,
    headers: Record<string, string>,
    { source, ownerId }: Json,
  ): Promise<void> {
    expect(source.boundedUntil).toBe(new Date(Math.min(exp, Date.UTC(10_000, 0) - 1)).toISOString());
    await checkCaller({ gatehouse, consent, exp, ownerId }, { kind: 'token', headers, scopes: [] });
    for (const scope of probedScopes) {
      const { status } = await get(pathOf(scope), headers);
      expect([scope, status]).toEqual([scope, isConsented(consent, scope) ? 200 : 403]);
    }
    if (exp > gatehouse.now() + 3_600_000) return;
    gatehouse.pass((exp + 30_000 - gatehouse.now()) / 1000);
    expect((await get('/api/v1/auth/me', headers)).status).toBe(401);
  }

  it(
    'is bounded as an independent reading of its claims says, and uses nothing else',
    () =>
      fc.assert(fc.asyncProperty(token, check), {
        numRuns: Math.ceil(400 * times),
        examples: always,
        ...patience,
      }),
    enough,
  );
});

describe('what descends from a bounded token', () => {
  const play = (index: number, claims: Record<string, unknown>, steps: readonly Step[]) => {
    const { headers, exp, verdict } = sign(index, tokenSeconds, { claims });
    if (typeof verdict === 'string') throw new Error(`This token is ${verdict}.`);
    return playBounded(gatehouse, { headers, exp, consent: verdict }, steps);
  };

  it(
    'stays within its scopes and ends with it, whatever is asked for',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.noBias(readingIssuer),
          fc.noBias(usefulClaims),
          fc.noBias(anySteps),
          async (...all) => void (await play(...all)),
        ),
        { numRuns: Math.ceil(60 * times), ...patience },
      ),
    enough,
  );

  it('is let through within these bounds', async () => {
    const scope = 'api-keys:write api-keys:read tool-keys:issue notes:*';
    const all = [0, 1, 2, 3];
    const steps: Step[] = [
      { do: 'create', by: 0, wish: { scopes: { held: all }, end: { afterExp: 0 } } },
      { do: 'create', by: 1, wish: { scopes: { held: all }, end: { afterExp: -1 } } },
      { do: 'patch', by: 0, at: 5, wish: { scopes: { held: all }, end: { afterExp: 0 } } },
      { do: 'rotate', by: 2, at: 5, overlapSeconds: 60 },
      { do: 'rotate', by: 0, at: 2, overlapSeconds: 0 },
      { do: 'issue', by: 0, ttlSeconds: 60 },
      { do: 'issue', by: 1, heartbeatSeconds: 10 },
      { do: 'issue', by: 6 },
      { do: 'beat', by: 6 },
      { do: 'exchange', by: 1, ttlSeconds: 900 },
      { do: 'exchange', by: 7 },
    ];
    const letThrough = await play(0, { client_id: 'cli', scope }, steps);
    expect(letThrough).toEqual({ create: 2, patch: 1, rotate: 2, issue: 3, beat: 1, exchange: 2 });
  });
});
