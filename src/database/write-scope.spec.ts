import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { WriteScope } from './write-scope.js';

const scope = new WriteScope();
const nested = () => scope.run(async () => 'nested');
const deep = async (calls: number): Promise<unknown> => {
  await sleep(1);
  return calls === 0 ? await nested() : await deep(calls - 1);
};

describe('a write inside a write is rejected', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['at once', nested],
    ['after a wait', async () => (await sleep(1), await nested())],
    ['30 calls further down', () => deep(30)],
    ['among others', () => Promise.all([sleep(1), deep(1)])],
    ['whatever the others do', () => Promise.allSettled([deep(1)]).then(([one]) => unwrap(one))],
    ['in a race', () => Promise.race([deep(1), sleep(1_000)])],
    ['by then', () => sleep(1).then(nested)],
    ['in a new promise', () => new Promise((resolve, reject) => void deep(1).then(resolve, reject))],
  ])('%s', async (_how, work) => {
    await expect(scope.run(work)).rejects.toThrow('pass the manager down');
  });

  it('where an application formats stacks itself, whose settings stay', async () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const own = () => 'own';
    Object.assign(Error, { prepareStackTrace: own, stackTraceLimit: 1 });
    try {
      await expect(scope.run(() => deep(3))).rejects.toThrow('pass the manager down');
      expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([own, 1]);
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    }
  });
});

describe('a write is admitted', () => {
  it('beside another', async () => {
    const first = scope.run(() => sleep(20));
    await sleep(1);
    await expect(nested()).resolves.toBe('nested');
    await first;
  });

  it('after the one that started it', async () => {
    let later: Promise<unknown> = Promise.resolve();
    await scope.run(async () => {
      later = (async () => (await sleep(5), await nested()))();
    });
    await expect(later).resolves.toBe('nested');
  });

  it('inside that of another database', async () => {
    await expect(new WriteScope().run(() => deep(1))).resolves.toBe('nested');
  });
});

function unwrap(outcome: PromiseSettledResult<unknown> | undefined): unknown {
  if (outcome?.status === 'rejected') throw outcome.reason;
  return outcome?.value;
}
