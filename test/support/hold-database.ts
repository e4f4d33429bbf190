import { jest } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { KeyUsage } from '../../src/usage/key-usage.js';
import { Latch } from './database-tools.js';
import type { Gatehouse } from './gatehouse.js';

/** Something of the database that waits; `jest.restoreAllMocks` takes the hold away. */
export interface Held {
  /** Resolves when it has come so far. */
  readonly reached: Promise<void>;
  release(): void;
}

/** Holds up what the `turn`th read from now on has found. */
export function holdRead({ app }: Gatehouse, turn: number): Held {
  const database = app.get(Database);
  const read = database.read.bind(database);
  const [reached, release] = [new Latch(), new Latch()];
  let reads = 0;
  jest.spyOn(database, 'read').mockImplementation(async (work) => {
    const isHeld = (reads += 1) === turn;
    const found = await read(work);
    if (!isHeld) return found;
    reached.open();
    await release.opened;
    return found;
  });
  return { reached: reached.opened, release: release.open };
}

/** Holds the next change before its commit. Pending usage is written first, so that it is not that change. */
export async function holdCommit({ app }: Gatehouse): Promise<Held> {
  await app.get(KeyUsage).flush();
  const database = app.get(Database);
  const write = database.write.bind(database);
  const [reached, release] = [new Latch(), new Latch()];
  jest.spyOn(database, 'write').mockImplementationOnce((work, options) =>
    write(async (manager) => {
      const done = await work(manager);
      reached.open();
      await release.opened;
      return done;
    }, options),
  );
  return { reached: reached.opened, release: release.open };
}
