import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ApiKeyStore } from '../key-store/api-key.store.js';
import { Clock } from '../support/clock.js';
import { KeyExpiry } from './key-expiry.js';

let findExpired: jest.Mock<ApiKeyStore['findExpired']>;
let expiry: KeyExpiry;

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers();
  findExpired = jest.fn<ApiKeyStore['findExpired']>().mockResolvedValue([]);
  expiry = new KeyExpiry({ findExpired } as unknown as ApiKeyStore, new Clock());
  expiry.onApplicationBootstrap();
});

afterEach(() => {
  jest.useRealTimers();
});

it('checks one second after the start and then every minute, even after a failure', async () => {
  findExpired.mockRejectedValueOnce(new Error('out of order'));
  await jest.advanceTimersByTimeAsync(999);
  expect(findExpired).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  expect(findExpired).toHaveBeenCalledTimes(1);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(findExpired).toHaveBeenCalledTimes(2);
});

it('starts no second check while the first one runs', async () => {
  let answer!: (none: []) => void;
  findExpired.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  await jest.advanceTimersByTimeAsync(600_000);
  const asked = expiry.run();
  expect(findExpired).toHaveBeenCalledTimes(1);
  answer([]);
  expect(await asked).toBe(0);
});

it('waits for the running check when it stops, and starts no other', async () => {
  let answer!: (none: []) => void;
  findExpired.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  await jest.advanceTimersByTimeAsync(1_000);
  let isStopped = false;
  const stop = expiry.onModuleDestroy().then(() => (isStopped = true));
  await jest.advanceTimersByTimeAsync(0);
  expect(isStopped).toBe(false);
  answer([]);
  await stop;
  await jest.advanceTimersByTimeAsync(600_000);
  expect(findExpired).toHaveBeenCalledTimes(1);
});
