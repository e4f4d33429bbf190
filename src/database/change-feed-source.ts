export interface ChangeFeedSource {
  /** The same database without a pooler in between; `url` unless given. */
  readonly directUrl?: string;
  /** What this process is called in receipts; its host's name unless given. */
  readonly replicaName?: string;
}
