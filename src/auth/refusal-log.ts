import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../principal/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import type { Refusal } from './verifiers/refusal.js';

const sayAgainAfter = 60_000;

/** Logs why credentials were refused: each reason at most once a minute, with a count, so that a flood fills no disk. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Gatehouse');
  private readonly said = new LRUCache<string, { at: number; since: number }>({ max: 1_000 });

  constructor(private readonly clock: Clock) {}

  note(error: unknown, { ip, requestId }: RequestOrigin): void {
    const reason = reasonOf(error);
    const last = this.said.get(reason);
    const now = this.clock.ticks();
    if (last !== undefined && now - last.at < sayAgainAfter) {
      last.since += 1;
      return;
    }
    const repeated =
      last !== undefined && last.since > 0 ? `, ${last.since} more since it was last said` : '';
    this.said.set(reason, { at: now, since: 0 });
    this.logger.warn(
      `Refused: ${reason} (address ${ip ?? 'unknown'}, request ${requestId ?? 'unknown'}${repeated})`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof AuthError)) return 'INTERNAL_ERROR';
  const refusal = error.cause;
  if (refusal instanceof Error) return `${error.code}, ${refusal.message}`;
  if (!isRefusal(refusal)) return error.code;
  return refusal.keyId === undefined
    ? `${error.code}, ${refusal.outcome}`
    : `${error.code}, ${refusal.outcome}, key ${refusal.keyId}`;
}

function isRefusal(cause: unknown): cause is Refusal {
  return typeof cause === 'object' && cause !== null && 'outcome' in cause;
}
