import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { runTransaction } from './transaction.js';

let log: string[];
let runner: QueryRunner;

beforeEach(() => {
  log = [];
  const query = async (sql: string) => void log.push(sql);
  runner = { query, manager: { query: (sql: string) => runner.query(sql) } } as unknown as QueryRunner;
});

const note = (word: string) => jest.fn(async () => void log.push(word));
const edges = () => ({
  begin: note('begin'),
  commit: note('commit'),
  rollback: note('rollback'),
  isOpen: () => true,
});

describe('runTransaction', () => {
  it('commits what the work did, and nothing after it', async () => {
    const late = await runTransaction(runner, edges(), 60_000, async (manager) => {
      await manager.query('insert');
      return () => manager.query('late');
    });
    await expect(late()).rejects.toThrow('has ended');
    expect(log).toEqual(['begin', 'insert', 'commit']);
  });

  it('rolls back work that takes too long, and sends none of its later queries', async () => {
    let wake!: () => void;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    let late: Promise<unknown> = Promise.resolve();
    const outcome = runTransaction(runner, edges(), 20, async (manager) => {
      await manager.query('insert');
      await asleep;
      await (late = manager.query('late'));
    });
    await expect(outcome).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    wake();
    await asleep;
    await expect(late).rejects.toThrow('has ended');
    expect(log).toEqual(['begin', 'insert', 'rollback']);
  });

  it('waits for a running query before it rolls back', async () => {
    let answer!: () => void;
    const slow = new Promise<void>((resolve) => (answer = () => (log.push('answered'), resolve())));
    Object.assign(runner, { query: () => slow });
    const outcome = runTransaction(runner, edges(), 60_000, async (manager) => {
      void manager.query('insert');
      throw new Error('mine');
    });
    setTimeout(answer, 10);
    await expect(outcome).rejects.toThrow('mine');
    expect(log).toEqual(['begin', 'answered', 'rollback']);
  });

  it('sends parallel queries one after the other', async () => {
    const query = async (sql: string) => {
      log.push(`${sql} sent`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push(`${sql} answered`);
    };
    Object.assign(runner, { query });
    await runTransaction(runner, edges(), 60_000, (manager) =>
      Promise.all(['a', 'b'].map((sql) => manager.query(sql))),
    );
    expect(log).toEqual(['begin', 'a sent', 'a answered', 'b sent', 'b answered', 'commit']);
  });

  it('rejects and rolls back when the commit fails', async () => {
    const failing = { ...edges(), commit: () => Promise.reject(new Error('disk full')) };
    await expect(runTransaction(runner, failing, 60_000, async () => 'done')).rejects.toThrow('disk full');
    expect(log).toEqual(['begin', 'rollback']);
  });
});
