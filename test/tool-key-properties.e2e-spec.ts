import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { anyStep, batches, callStep, scramble } from './support/tool-key-model-mixes.js';
import { playInTurn } from './support/tool-key-model-play.js';
import { playAtOnce } from './support/tool-key-model-race.js';
import { ProbeController, StillClock, ToolKeyWorld } from './support/tool-key-model-world.js';

/** `PROPERTY_RUNS=20` looks a hundred times as long as usual. */
const times = Number(process.env.PROPERTY_RUNS ?? 1 / 5);
/** A failure is reported within the time limit, shrunk as far as possible by then. */
const patience = { interruptAfterTimeLimit: 90_000 * Math.max(1, times) };
const enough = 120_000 * Math.max(1, times);

let gatehouse: Gatehouse;
let clock: StillClock;
let worlds = 0;

const openWorld = () => ToolKeyWorld.open(gatehouse, clock, (worlds += 1));

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxHeartbeatsPerInterval: 1_000 }, { controllers: [ProbeController] });
  clock = new StillClock(gatehouse);
});
afterAll(() => gatehouse.close());

describe('tool keys, compared with a naive walk of their tree', () => {
  it.each([
    ['whatever happens to them', anyStep],
    ['whatever calls they are given', callStep],
  ])(
    'are valid exactly when it says, %s',
    async (_what, step) => {
      const steps = fc.noBias(fc.array(step, { maxLength: 60, size: 'max' }));
      await fc.assert(
        fc.asyncProperty(fc.record({ steps, isWatched: fc.boolean() }), async (play) =>
          playInTurn(await openWorld(), play),
        ),
        { numRuns: Math.ceil(30 * times), ...patience },
      );
    },
    enough,
  );

  it.each([
    ['whatever is asked for at the same time', batches, 20],
    ['concurrent calls of one tree', scramble, 15],
  ])(
    'are never valid when they must not be, %s',
    async (_what, plays, numRuns) => {
      await fc.assert(
        fc.asyncProperty(fc.noBias(plays), async (played) => playAtOnce(await openWorld(), played)),
        { numRuns: Math.ceil(numRuns * times), ...patience },
      );
    },
    enough,
  );
});
