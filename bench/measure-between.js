import { measureSlice } from './measure-slice.js';
import { mean } from './numbers.js';

/**
 * Measures `others` in turns for so many rounds, `base` before and after each of them, so that whatever else the machine
 * does slows down both. Leaves in `slices` of each row its figures and, as `bare`, the mean of its two neighbours.
 */
export async function measureBetween(server, base, others, { rounds, seconds, beforeRound, afterRound }) {
  let before = await measureSlice(server, base, seconds);
  for (let round = 1; round <= rounds; round += 1) {
    beforeRound?.(round);
    for (const row of others) {
      const slice = await measureSlice(server, row, seconds);
      const after = await measureSlice(server, base, seconds);
      row.slices.push({
        ...slice,
        bare: { rate: mean([before.rate, after.rate]), cpu: mean([before.cpu, after.cpu]) },
      });
      base.slices.push({ ...after, bare: after });
      before = after;
    }
    await afterRound?.();
  }
}
