import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WriterQueue } from './writer-queue.js';

const unavailable = { code: 'DB_UNAVAILABLE' };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('WriterQueue', () => {
  it('answers DB_UNAVAILABLE to who has waited 5 s, and serves the next', async () => {
    const queue = new WriterQueue();
    let finish!: () => void;
    const holder = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const work = jest.fn(async () => 'done');
    const waiting = expect(queue.run(work)).rejects.toMatchObject(unavailable);
    await jest.advanceTimersByTimeAsync(5_000);
    await waiting;
    finish();
    await holder;
    expect(work).not.toHaveBeenCalled();
    await expect(queue.run(work)).resolves.toBe('done');
  });

  it('answers DB_UNAVAILABLE at once when 1,000 are waiting', async () => {
    const queue = new WriterQueue();
    let finish!: () => void;
    const holder = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
    await jest.advanceTimersByTimeAsync(0);
    const waiting = Array.from({ length: 1_000 }, (_, n) => queue.run(async () => n));
    await expect(queue.run(async () => 'one too many')).rejects.toMatchObject(unavailable);
    finish();
    await holder;
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });
});
