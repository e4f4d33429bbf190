import type { Outcome } from '../key-store/outcome.js';

/** How often each outcome was met with; one that was not has no entry. */
export type OutcomeCounts = Partial<Record<Outcome, number>>;

export function addTo(counts: OutcomeCounts, outcome: Outcome, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}
