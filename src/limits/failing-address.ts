import ipaddr from 'ipaddr.js';
import { normalizeAddress } from '../principal/networks.js';

const window = 60_000;
const probeEvery = 1_000;

/** What is known of one sender of bad credentials. Times are ticks of the clock. */
export class FailingAddress {
  /** When the window ends that is running, or ran last. */
  windowEnd = -Infinity;
  private failures = 0;
  private lastLookup = -Infinity;
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly ticks: () => number,
  ) {}

  /** How many more may fail in the window that is running. */
  get left(): number {
    return this.ticks() < this.windowEnd ? Math.max(0, this.limit - this.failures) : this.limit;
  }

  /** Until a new window begins; 1 at least. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil(Math.round(this.windowEnd - this.ticks()) / 1000));
  }

  fail(): void {
    const now = this.ticks();
    if (now >= this.windowEnd) {
      this.failures = 0;
      this.windowEnd = now + window;
    }
    this.failures += 1;
  }

  /**
   * Resolves with true when a lookup may begin, and with false when none may. No more are under way at once than may
   * still fail, so that a flood in parallel gets no further than one in a row; the others wait for what comes of those.
   */
  async enter(): Promise<boolean> {
    for (let left = this.left; left === 0 || this.inFlight >= left; left = this.left) {
      if (left === 0 && !this.mayProbe()) return this.turnAllAway();
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
    return this.ticks() - this.lastLookup >= probeEvery;
  }

  /** Whoever waits is woken too: nobody may be left who would do it. */
  private turnAllAway(): false {
    for (const wake of this.waiting.splice(0)) wake();
    return false;
  }
}

/**
 * The addresses that count as one sender. A subscriber of IPv6 is given a /64 at least (RFC 6177) and may send from any
 * of its 2^64 addresses, so those are one; an IPv4 address, also one mapped into IPv6, stands for itself.
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
