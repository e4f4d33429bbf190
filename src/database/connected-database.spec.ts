import { executionAsyncResource } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import { WriteScope } from './connected-database.js';

/** What Node keeps of AsyncLocalStorages with each promise and timer. */
const followed = () => Object.getOwnPropertySymbols(executionAsyncResource()).length;

it('tracks no promise after its end', async () => {
  const before = await new Promise<number>((resolve) => setImmediate(() => resolve(followed())));
  const scope = new WriteScope();
  let end: () => void = () => undefined;
  let during: number | undefined;
  const writing = scope.run(async () => {
    await new Promise<void>((resolve) => (end = resolve));
    expect(() => scope.rejectInside()).toThrow('inside write');
    during = await new Promise<number>((resolve) => setImmediate(() => resolve(followed())));
    scope.end();
    expect(() => scope.rejectInside()).not.toThrow();
    return new Promise<number>((resolve) => setImmediate(() => resolve(followed())));
  });
  end();
  expect(await writing).toBe(before);
  expect(during).toBe(before + 1);
});
