import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { Owner } from '../src/identity/owner.entity.js';
import { anOwner, Latch, open, ownerIds } from './support/database-tools.js';
import { withPatience } from './support/patient-postgres.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

let scratch: ScratchDatabase;
let database: ConnectedDatabase;

beforeEach(async () => {
  scratch = await createScratchDatabase();
  database = await open(withPatience(scratch.url));
});

afterEach(async () => {
  await database.close();
  await scratch.drop();
});

const insert = (id: string) => database.write((manager) => manager.insert(Owner, anOwner(id)));

describe('transactions', () => {
  it('do not mix: a rollback affects no other, and uncommitted changes are invisible', async () => {
    const [written, finish] = [new Latch(), new Latch()];
    const a = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('a'));
      written.open();
      await finish.opened;
      throw new Error('roll back');
    });
    await written.opened;
    const b = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('b1'));
      await manager.insert(Owner, anOwner('b2'));
    });
    const c = insert('c');
    await sleep(50);
    expect(await ownerIds(database)).not.toContain('a');
    finish.open();
    await expect(a).rejects.toThrow('roll back');
    await Promise.all([b, c]);
    expect(await ownerIds(database)).toEqual(['b1', 'b2', 'c']);
  });

  it.each(['read', 'write'] as const)(
    'are rejected when too many wait already to %s, and accepted again afterwards',
    async (access) => {
      const finish = new Latch();
      const held = Promise.allSettled(
        Array.from({ length: 7_000 }, () => database[access](async () => finish.opened)),
      );
      await expect(database[access](async () => 1)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
      await database.ping();
      finish.open();
      for (const one of await held)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'DB_UNAVAILABLE' });
      await insert('afterwards');
      expect(await ownerIds(database)).toEqual(['afterwards']);
    },
  );

  it('all succeed when 20 start together', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `owner-${n}`);
    await Promise.all(ids.map(insert));
    expect(await ownerIds(database)).toEqual(ids.sort());
  });

  it('store exactly what was acknowledged when a third of 200 roll back', async () => {
    const attempt = async (n: number) => {
      await database.write(async (manager) => {
        await manager.insert(Owner, anOwner(`a-${n}`));
        await sleep(n % 5);
        if (n % 3 === 0) throw new Error('roll back');
        await manager.save(Owner, anOwner(`b-${n}`));
      });
      return [`a-${n}`, `b-${n}`];
    };
    const outcomes: PromiseSettledResult<string[]>[] = [];
    // All at once would have the last of them wait for longer than it may, on a busy disk.
    for (const crowd of [0, 50, 100, 150])
      outcomes.push(...(await Promise.allSettled(Array.from({ length: 50 }, (_, n) => attempt(crowd + n)))));
    const acknowledged = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect(acknowledged).toHaveLength(133 * 2);
    expect(await ownerIds(database)).toEqual(acknowledged.sort());
  });

  it('that lock a row read what the previous one has written', async () => {
    await insert('counter');
    const increment = () =>
      database.write(async (manager) => {
        await database.lock(manager, Owner, 'counter');
        const { name } = await manager.findOneByOrFail(Owner, { id: 'counter' });
        await sleep(2);
        await manager.update(Owner, { id: 'counter' }, { name: `${name}+` });
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    const counter = await database.read((manager) => manager.findOneByOrFail(Owner, { id: 'counter' }));
    expect(counter.name).toBe(`test${'+'.repeat(20)}`);
  });

  it('may contain savepoints', async () => {
    await insert('taken');
    await database.write(async (manager) => {
      const inner = manager.transaction((nested) => nested.insert(Owner, anOwner('taken')));
      await expect(inner).rejects.toMatchObject({ name: 'QueryFailedError' });
      await manager.insert(Owner, anOwner('other'));
    });
    expect(await ownerIds(database)).toEqual(['other', 'taken']);
  });

  it('run parallel queries one after the other', async () => {
    await database.write(async (manager) => {
      await Promise.all(['x', 'y', 'z'].map((id) => manager.insert(Owner, anOwner(id))));
    });
    expect(await ownerIds(database)).toEqual(['x', 'y', 'z']);
  });

  it('store nothing when a query is not awaited', async () => {
    const write = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('awaited'));
      manager.insert(Owner, anOwner('forgotten')).catch(() => undefined);
    });
    await expect(write).rejects.toThrow('not awaited');
    expect(await ownerIds(database)).toEqual([]);
  });

  it('store nothing of parallel queries when one of them fails', async () => {
    await insert('taken');
    const write = database.write((manager) =>
      Promise.all(
        ['x', 'taken', 'y', 'z'].map((id) =>
          manager.save(Owner, anOwner(id)).then(() => manager.insert(Owner, anOwner(id))),
        ),
      ),
    );
    await expect(write).rejects.toThrow();
    await sleep(50);
    expect(await ownerIds(database)).toEqual(['taken']);
  });

  it('reject queries of their manager once they have ended', async () => {
    const late = await database.write(async (manager) => () => manager.insert(Owner, anOwner('late')));
    await expect(late()).rejects.toThrow();
    const next = insert('next');
    await expect(late()).rejects.toThrow();
    await next;
    await insert('last');
    expect(await ownerIds(database)).toEqual(['last', 'next']);
  });

  it.each(['read', 'write'] as const)('reject a %s inside at once, and continue', async (method) => {
    const nested = () => database[method](async () => undefined);
    await expect(database.write(nested)).rejects.toThrow('pass the manager down');
    const late = database.write(async (manager) => {
      await manager.count(Owner);
      await sleep(5);
      await Promise.all([manager.count(Owner), nested()]);
    });
    await expect(late).rejects.toThrow('pass the manager down');
    await insert('after');
    expect(await ownerIds(database)).toEqual(['after']);
  });

  it('allow a timer that was set inside to write later', async () => {
    let later: Promise<unknown> = Promise.resolve();
    const done = new Latch();
    await database.write(async () => void setTimeout(() => ((later = insert('later')), done.open()), 20));
    await done.opened;
    await later;
    expect(await ownerIds(database)).toEqual(['later']);
  });

  it('pass on the error of the caller unchanged', async () => {
    const error = new Error('mine');
    const fail = () => Promise.reject(error);
    await expect(database.write(fail)).rejects.toBe(error);
    await expect(database.read(fail)).rejects.toBe(error);
  });
});

describe('close', () => {
  it('waits for a running write and rejects the next', async () => {
    const write = database.write(async (manager) => {
      await sleep(100);
      await manager.insert(Owner, anOwner('under-way'));
    });
    await database.close();
    await write;
    await expect(insert('too-late')).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await expect(ownerIds(database)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await expect(database.ping()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    database = await open(scratch.url);
    expect(await ownerIds(database)).toEqual(['under-way']);
  });
});
