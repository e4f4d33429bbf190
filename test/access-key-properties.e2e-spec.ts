import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkKeys, checkSettings, probes } from './support/access-key-laws.js';
import { Play } from './support/access-key-play.js';
import { anySteps, type PlacedStep } from './support/access-key-steps.js';
import { type Services, startServices } from './support/access-key-world.js';

/** `PROPERTY_RUNS=20` looks a hundred times as long as usual; `PROPERTY_SEED` elsewhere. A failure names both. */
const times = Number(process.env.PROPERTY_RUNS ?? 1 / 5);
const seed = Number(process.env.PROPERTY_SEED ?? 3);
const patience = { interruptAfterTimeLimit: 90_000 * Math.max(1, times) };
const enough = 120_000 * Math.max(1, times);

let services: Services;

beforeAll(async () => {
  services = await startServices([...probes]);
});
afterAll(() => services.close());

async function playAll(steps: readonly PlacedStep[]): Promise<Play['letThrough']> {
  const play = await Play.begin(services);
  for (const [turn, step] of steps.entries()) {
    await play.take(step);
    await checkKeys(play, play.replica(step.on), turn);
    if (services.replicas.length === 1) continue;
    await play.settle(step.on);
    await checkKeys(play, play.replica(step.on + 1), turn + 1);
  }
  await checkSettings(play, play.replica(0));
  return play.letThrough;
}

const manage = ['*:*', 'api-keys:write'];
const opening: PlacedStep[] = [
  { do: 'join', as: {}, on: 0 },
  { do: 'create', by: null, owner: 0, wish: { scopes: manage }, on: 0 },
  { do: 'create', by: null, owner: 1, wish: { scopes: manage }, on: 1 },
];

describe('an access key, whatever happens to it and to its person', () => {
  it(
    'does what an independent model says, on the replica of the change at once and then on the other',
    () =>
      fc.assert(
        fc.asyncProperty(fc.noBias(anySteps), async (steps) => void (await playAll([...opening, ...steps]))),
        { numRuns: Math.ceil(20 * times), seed, ...patience },
      ),
    enough,
  );

  it('is let through within these bounds', async () => {
    const [on, at] = [1, 0];
    const by = null;
    const letThrough = await playAll([
      ...opening,
      { do: 'create', by: 0, owner: 1, wish: { scopes: ['files:read', 'files:write'], days: 10 }, on },
      { do: 'patch', by: 1, at: 2, wish: { enabled: false }, on },
      { do: 'join', as: { scopes: ['files:*', 'api-keys:write'] }, on },
      { do: 'create', by, owner: 1, wish: { scopes: ['*:*'] }, on },
      { do: 'patch', by, at, wish: { scopes: ['*:read'] }, on },
      { do: 'narrow', by, at, scopes: ['files:*'], on },
      { do: 'narrow', by: 1, at, scopes: ['files:read'], on },
      { do: 'rotate', by, at: 1, overlapSeconds: 0, on },
      { do: 'switch owner', owner: 0, enabled: false, on },
      { do: 'switch owner', owner: 0, enabled: true, on: 0 },
      { do: 'restrict key', at, wish: { enabled: false }, on: 0 },
      { do: 'patch', by, at, wish: { enabled: true }, on },
      { do: 'rotate', by, at, overlapSeconds: 0, on },
      { do: 'patch', by, at, wish: { enabled: true }, on },
      { do: 'restrict key', at, wish: { enabled: true, limit: 800_000 }, on },
      { do: 'restrict person', wish: { networks: ['127.0.0.0/8'], limit: 900_000, days: 80 }, on },
      { do: 'patch', by, at, wish: { networks: null }, on },
      { do: 'restrict person', wish: { enabled: false }, on: 0 },
      { do: 'patch', by, at, wish: { enabled: true }, on },
      { do: 'refresh personal key', on },
      { do: 'restrict person', wish: { enabled: true }, on },
      { do: 'patch', by, at, wish: { enabled: true }, on: 0 },
      { do: 'refresh personal key', on },
      { do: 'rotate', by, at, overlapSeconds: 60, on },
      { do: 'pass', seconds: 61, on },
      { do: 'revoke', by: 'administrator', at: 1, on },
      { do: 'revoke', by: 'administrator', at: 4, on },
      { do: 'leave', on },
      { do: 'join', as: { role: 'read_only' }, on: 0 },
      { do: 'switch user', enabled: false, on: 0 },
      { do: 'switch user', enabled: true, on },
    ]);
    expect(letThrough).toEqual({
      join: 3,
      leave: 1,
      create: 3,
      patch: 1,
      narrow: 1,
      rotate: 2,
      revoke: 1,
      pass: 1,
      'restrict key': 2,
      'restrict person': 3,
      'refresh personal key': 1,
      'switch owner': 2,
      'switch user': 2,
    });
  });
});
