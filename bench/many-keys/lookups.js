import { median } from '../numbers.js';

const rounds = 12;
const perRound = 250;

/**
 * Microseconds to verify an uncached key: the median over the rounds, with few keys in the database and with
 * many. The rounds take turns, so that whatever else the machine does slows down both.
 */
export async function measureLookups(server, counts) {
  const unused = { small: shuffled(counts.small), large: shuffled(counts.large, rounds * 3 * perRound) };
  const costs = { small: [], large: [] };
  for (let round = -rounds; round < rounds; round += 1) {
    for (const size of ['small', 'large']) {
      const cost = await server.ask('lookups', { size, numbers: next(unused[size]) });
      // The first half only warms up.
      if (round >= 0) costs[size].push(cost);
    }
  }
  return { small: median(costs.small), large: median(costs.large) };
}

/** Numbers below `count` in random order, each once; at most `most` of them. */
function shuffled(count, most = count) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const kept = Math.min(most, count);
  for (let at = 0; at < kept; at += 1) {
    const other = at + Math.floor(Math.random() * (count - at));
    [numbers[at], numbers[other]] = [numbers[other], numbers[at]];
  }
  return numbers.slice(0, kept);
}

/** Of the few keys all are asked for in turn; of the many none twice. */
function next(numbers) {
  const some = numbers.splice(0, perRound);
  numbers.push(...some);
  return some;
}
