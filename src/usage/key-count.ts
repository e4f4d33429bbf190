import type { KeyUsageCount } from './key-usage-count.entity.js';

/** How often a key met with an outcome in one hour: a row, or what is to be added to one. */
export type KeyCount = Readonly<KeyUsageCount>;

const hourMs = 3_600_000;

/** The hour of a moment, which is given in epoch milliseconds; hours are counted from 1970-01-01 UTC. */
export function hourOf(moment: number): number {
  return Math.floor(moment / hourMs);
}

/** The epoch milliseconds at which an hour begins. */
export function startOfHour(hour: number): number {
  return hour * hourMs;
}
