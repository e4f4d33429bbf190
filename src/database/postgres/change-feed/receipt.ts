/** How far a change has got that was just committed. */
export interface Receipt {
  /** Processes that serve requests from this database; `null` when that cannot be found out. */
  readonly live: number | null;
  /** Those that have dropped whatever they remembered from before. */
  readonly confirmed: number;
  /** The names of the others. They believe what they remember for 5 seconds more at most, unless they hear of it. */
  readonly missing: readonly string[];
}
