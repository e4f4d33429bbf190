import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { recentEntries } from '../support/recent-entries.js';

/** One use of a key that is worth a note. */
export interface Touch {
  readonly user: AuthenticatedUser;
  readonly kind: 'api_key' | 'tool_key';
  readonly keyId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly origin: RequestOrigin;
}

const touchEvery = 60_000;
const mostRemembered = 100_000;

/** The touches that are not written yet: at most one in a minute for each key (and owner that it is used for), and at most `max` in all. */
export class KeyTouches {
  private readonly touched = recentEntries<string, number>(mostRemembered);
  private pending: Touch[] = [];

  constructor(private readonly max: number) {}

  /** `ticks` are those of the clock. */
  isDue(what: string, ticks: number): boolean {
    const last = this.touched.get(what);
    return (last === undefined || ticks - last >= touchEvery) && this.pending.length < this.max;
  }

  note(what: string, touch: Touch, ticks: number): void {
    this.touched.set(what, ticks);
    this.pending.push(touch);
  }

  /** Takes back what could not be written. */
  restore(touches: readonly Touch[]): void {
    this.pending = [...touches, ...this.pending].slice(0, this.max);
  }

  /** Hands over everything, in the one order that all writers keep, so that no two lock the same rows crosswise. */
  take(): Record<Touch['kind'], Touch[]> {
    const touches = this.pending.sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
    this.pending = [];
    return {
      api_key: touches.filter(({ kind }) => kind === 'api_key'),
      tool_key: touches.filter(({ kind }) => kind === 'tool_key'),
    };
  }
}
