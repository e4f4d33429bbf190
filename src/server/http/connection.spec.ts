import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { ConnectionLoad } from './connection.js';

it('starts few of the requests that waited in one turn of the event loop, in order', async () => {
  const load = new ConnectionLoad();
  const started: number[] = [];
  for (let index = 0; index < 6; index += 1) load.later(() => started.push(index));
  expect(started).toEqual([]);
  await nextTurn();
  expect(started).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(started).toEqual([0, 1, 2, 3, 4, 5]);
  load.later(() => started.push(6));
  await nextTurn();
  expect(started).toHaveLength(7);
});
