import ipaddr from 'ipaddr.js';
import { normalizeAddress } from '../principal/networks.js';

const windowMs = 60_000;
const probeEveryMs = 1_000;

/** Failures of one address. Times are ticks of the clock. */
export class FailingAddress {
  /** End of the current or last window. */
  windowEnd = -Infinity;
  private failures = 0;
  private lastLookup = -Infinity;
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly ticks: () => number,
  ) {}

  /** Number of failures that are left in the current window. */
  get left(): number {
    return this.ticks() < this.windowEnd ? Math.max(0, this.limit - this.failures) : this.limit;
  }

  /** Seconds until a new window begins, at least 1. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil(Math.round(this.windowEnd - this.ticks()) / 1000));
  }

  fail(): void {
    const now = this.ticks();
    if (now >= this.windowEnd) {
      this.failures = 0;
      this.windowEnd = now + windowMs;
    }
    this.failures += 1;
  }

  /**
   * Resolves with true when a lookup may begin; call `leave` at its end. No more lookups run at once than failures are
   * left, so that parallel requests gain nothing over sequential ones. The others wait for the results.
   */
  async enter(): Promise<boolean> {
    for (let left = this.left; left === 0 || this.inFlight >= left; left = this.left) {
      if (left === 0 && !this.mayProbe()) return this.rejectAll();
      if (left === 0) break;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.inFlight += 1;
    this.lastLookup = this.ticks();
    return true;
  }

  leave(): void {
    this.inFlight -= 1;
    this.waiting.shift()?.();
  }

  private mayProbe(): boolean {
    return this.ticks() - this.lastLookup >= probeEveryMs;
  }

  /** Also wakes the waiting lookups: there may be no running one that would. */
  private rejectAll(): false {
    for (const wake of this.waiting.splice(0)) wake();
    return false;
  }
}

/**
 * The addresses that count as one. IPv6 addresses are grouped by /64, because a subscriber gets at least a /64
 * (RFC 6177). An IPv4 address, also one mapped into IPv6, is a group of its own.
 */
export function addressGroupOf(ip: string | null): string {
  const normal = normalizeAddress(ip);
  if (normal === null) return 'unknown';
  if (!normal.includes(':')) return normal;
  return `${ipaddr.IPv6.parse(normal)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
