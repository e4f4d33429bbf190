/** How well this process hears of what others change in the database. */
export interface ChangeFeedState {
  readonly connected: boolean;
  /** How often the feed had to be connected anew since the start of the process. */
  readonly reconnects: number;
  /** How long the last test took to come back, each second one; `null` before the first. */
  readonly lagSeconds: number | null;
}
