import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../../principal/clock.js';

const onceEvery = 60_000;

export type RefusalKind = 'algorithm' | 'audience' | 'issuer' | 'key' | 'signature';

/** Tells the operator why tokens are refused: each kind of each issuer once a minute at most, with a count of the rest. */
export class RefusalLog {
  private readonly lines = new Map<string, { saidAt: number; unsaid: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'warn'>,
  ) {}

  /** `issuer` must be a configured one, or empty: the number of lines that are remembered is bounded by that. */
  note(kind: RefusalKind, issuer: string, explain: () => string): void {
    const id = `${kind} ${issuer}`;
    const now = this.clock.ticks();
    const line = this.lines.get(id);
    if (line !== undefined && now - line.saidAt < onceEvery) {
      line.unsaid += 1;
      return;
    }
    const more =
      line === undefined || line.unsaid === 0 ? '' : ` (${line.unsaid} more since the last such line)`;
    this.lines.set(id, { saidAt: now, unsaid: 0 });
    this.logger.warn(explain() + more);
  }
}
