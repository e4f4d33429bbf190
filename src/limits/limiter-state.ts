/** How the limits of keys are counted now, for metrics; to be read again each time. */
export abstract class LimiterState {
  /** `redis`: shared by all replicas as long as it is connected; `memory`: of this process alone, as configured. */
  abstract readonly kind: 'memory' | 'redis';

  /** Whether Redis is counting; never with `memory`. */
  abstract readonly isConnected: boolean;

  /** Requests that this process had to count by itself because Redis did not answer. */
  abstract readonly localHits: number;
}
