import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { ConnectionLoad } from './connection-load.js';

/** Asks for `count` starts of `costMs` each at once; resolves with how many there were in each turn, the first included. */
async function startsInTurns(count: number, costMs: number): Promise<number[]> {
  let now = 0;
  let started = 0;
  const load = new ConnectionLoad(() => now);
  for (let index = 0; index < count; index += 1) {
    load.start(() => {
      expect(started).toBe(index);
      started += 1;
      now += costMs;
    });
  }
  const turns = [started];
  const sum = () => turns.reduce((all, one) => all + one, 0);
  while (sum() < count) {
    await nextTurn();
    turns.push(started - sum());
  }
  return turns;
}

it('starts one request in a turn of the event loop when each takes long, in order', async () => {
  expect(await startsInTurns(35, 5)).toEqual([16, 8, 4, 2, 1, 1, 1, 1, 1]);
});

it('starts many requests in a turn when each is fast', async () => {
  expect(await startsInTurns(200, 0.01)).toEqual([16, 32, 64, 64, 24]);
});

it('serves later requests after those that wait', async () => {
  const load = new ConnectionLoad(() => 0);
  const order: string[] = [];
  load.startLater(() => order.push('waits'));
  load.start(() => order.push('comes'));
  expect(order).toEqual([]);
  await nextTurn();
  expect(order).toEqual(['waits', 'comes']);
});
