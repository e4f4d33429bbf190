import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import type { Touch } from './key-touches.js';
import { TouchJournal } from './touch-journal.js';
import type { TouchWriter } from './touch-writer.js';

const keyOf = (id: string) => ({ type: 'api_key', id, ownerId: 'o', userId: null }) as const;
const origin = { ip: '192.0.2.1', userAgent: 'test', requestId: 'r' };
const keysOf = (call: readonly unknown[]) => (call[0] as Touch[]).map(({ keyId }) => keyId);

let writer: { writeOfApiKeys: jest.Mock<TouchWriter['writeOfApiKeys']> };
let journal: TouchJournal;

const touch = (keyId: string, from = () => origin, ownerId = 'o') =>
  journal.touch({ ownerId } as AuthenticatedUser, keyOf(keyId), from);

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  writer = { writeOfApiKeys: jest.fn<TouchWriter['writeOfApiKeys']>().mockResolvedValue() };
  journal = new TouchJournal(writer as unknown as TouchWriter, new Clock());
});

afterEach(() => {
  jest.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

it('writes the first use of a key a second later, and the next one a minute after', async () => {
  const from = jest.fn(() => origin);
  touch('b', from);
  touch('a', from);
  touch('b', from);
  await pass(999);
  expect(writer.writeOfApiKeys).not.toHaveBeenCalled();
  await pass(1);
  expect(writer.writeOfApiKeys.mock.calls.map(keysOf)).toEqual([['a', 'b']]);
  expect(from).toHaveBeenCalledTimes(2);
  await pass(58_999);
  touch('a');
  await pass(1_000);
  expect(writer.writeOfApiKeys).toHaveBeenCalledTimes(1);
  touch('a');
  await pass(1_000);
  expect(writer.writeOfApiKeys.mock.calls.map(keysOf)).toEqual([['a', 'b'], ['a']]);
});

it('writes the first use for each owner that a key acts for', async () => {
  touch('a');
  touch('a', undefined, 'another');
  touch('a', undefined, 'another');
  await pass(1_000);
  const [[touches] = []] = writer.writeOfApiKeys.mock.calls;
  expect(touches?.map(({ user }) => user.ownerId)).toEqual(['o', 'another']);
});

it('keeps what cannot be written, and tries it again once a minute and no more often', async () => {
  writer.writeOfApiKeys.mockRejectedValueOnce(new Error('out of order'));
  touch('a');
  await pass(1_000);
  touch('b');
  await pass(59_999);
  expect(writer.writeOfApiKeys).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(writer.writeOfApiKeys.mock.calls.map(keysOf)).toEqual([['a'], ['a', 'b']]);
});

it('lets nothing be lost that comes while it writes', async () => {
  writer.writeOfApiKeys.mockImplementationOnce(async () => touch('b'));
  touch('a');
  await pass(1_000);
  await pass(1_000);
  expect(writer.writeOfApiKeys.mock.calls.map(keysOf)).toEqual([['a'], ['b']]);
});
