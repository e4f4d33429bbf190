/** At most `limit` requests in a window of `windowSeconds`, which begins with its first request. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}
