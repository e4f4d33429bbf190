import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import type { DatabaseAnswer } from '../src/database/database-answer.js';
import { open } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

let scratch: ScratchDatabase;
let database: ConnectedDatabase;
const answers: DatabaseAnswer[] = [];

beforeAll(async () => {
  scratch = await createScratchDatabase();
  database = await open(scratch.url);
  database.answers.listen((answer) => answers.push(answer));
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

/** What is told of `work`, however it ends. */
async function toldOf(work: () => Promise<unknown>): Promise<Omit<DatabaseAnswer, 'seconds'>[]> {
  answers.length = 0;
  await work().catch(() => undefined);
  return answers.map(({ kind, isFault }) => ({ kind, isFault }));
}

it('tells of each read, write and ping once', async () => {
  const select = () => database.read((manager) => manager.query('SELECT 1'));
  expect(await toldOf(select)).toEqual([{ kind: 'read', isFault: false }]);
  expect(await toldOf(() => database.write(() => Promise.resolve()))).toEqual([
    { kind: 'write', isFault: false },
  ]);
  expect(await toldOf(() => database.ping())).toEqual([{ kind: 'ping', isFault: false }]);
});

it('tells how long it took', async () => {
  await toldOf(() => database.write(() => new Promise((resolve) => setTimeout(resolve, 60))));
  const [{ seconds } = { seconds: 0 }] = answers;
  expect(seconds).toBeGreaterThan(0.055);
  expect(seconds).toBeLessThan(60);
});

it('takes a mistake of the caller for no fault of the database', async () => {
  const refuse = () => database.write(() => Promise.reject(new Error('ours')));
  expect(await toldOf(refuse)).toEqual([{ kind: 'write', isFault: false }]);
  const nonsense = () => database.read((manager) => manager.query('SELECT nothing FROM nowhere'));
  expect(await toldOf(nonsense)).toEqual([{ kind: 'read', isFault: false }]);
});

it('tells of a transaction that was open for too long as a fault', async () => {
  const never = () => database.write(() => new Promise(() => undefined), { limitMs: 20 });
  expect(await toldOf(never)).toEqual([{ kind: 'write', isFault: true }]);
});
