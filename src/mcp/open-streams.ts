import { Injectable } from '@nestjs/common';
import type { Attempt } from '../auth/decision/attempt.js';
import { StepServices } from '../auth/decision/run-steps.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, factsOf } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { RecurringJob } from '../support/timers.js';
import { callerOf } from './mcp-sessions.js';

/** The response of Node that a stream is written to. */
export interface StreamedResponse {
  /** The client has gone away. */
  readonly destroyed: boolean;
  on(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface OpenStream {
  readonly attempt: Pick<Attempt, 'credential' | 'origin' | 'user'>;
  readonly response: StreamedResponse;
  readonly caller: string;
  /** In ticks of the clock. */
  readonly since: number;
}

/** A response is not checked before it is this old, in milliseconds: most end earlier. */
const youngMs = 200;
const atOnce = 50;
/** The most responses that one caller has open; one more gets 429. */
export const mostOfCaller = 1_000;

/** Closes the responses of callers whose credential ends meanwhile: a stream of events may be open for hours. */
@Injectable()
export class OpenStreams extends RecurringJob {
  protected override readonly intervalMs = 400;
  private readonly open = new Set<OpenStream>();
  /** Of each caller that has any. */
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly services: StepServices,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** Number of responses that are watched. */
  get size(): number {
    return this.open.size;
  }

  /** The rejection of a caller that has too many responses open. */
  rejectionOf(user: AuthenticatedUser): AuthError | undefined {
    const isFull = (this.counts.get(callerOf(user)) ?? 0) >= mostOfCaller;
    return isFull ? new AuthError('RATE_LIMITED', { retryAfterSeconds: 1 }) : undefined;
  }

  /** Watches the response to an admitted request until it is closed. */
  watch(attempt: Attempt, user: AuthenticatedUser, response: StreamedResponse): void {
    // A client that went away while its request was decided closes nothing any more.
    if (response.destroyed) return;
    const caller = callerOf(user);
    const stream = { attempt, response, caller, since: this.clock.ticks() };
    this.open.add(stream);
    this.counts.set(caller, (this.counts.get(caller) ?? 0) + 1);
    response.on('close', () => this.forget(stream));
  }

  private forget(stream: OpenStream): void {
    if (!this.open.delete(stream)) return;
    const left = (this.counts.get(stream.caller) ?? 1) - 1;
    if (left === 0) this.counts.delete(stream.caller);
    else this.counts.set(stream.caller, left);
  }

  /** Resolves with the number of responses that were checked. */
  protected override async runOnce(): Promise<number> {
    const before = this.clock.ticks() - youngMs;
    const streams = [...this.open].filter(({ since }) => since <= before);
    for (let start = 0; start < streams.length && !this.isStopping; start += atOnce)
      await Promise.all(streams.slice(start, start + atOnce).map((stream) => this.check(stream)));
    return streams.length;
  }

  private async check({ attempt, response }: OpenStream): Promise<void> {
    if (await this.hasEnded(attempt)) response.destroy();
  }

  /** A fault of the database or an issuer ends no stream. */
  private async hasEnded({ credential, origin, user }: OpenStream['attempt']): Promise<boolean> {
    const { expiresAt = Infinity } = (user && factsOf(user)) ?? {};
    if (expiresAt <= this.clock.now()) return true;
    if (credential === undefined) return false;
    const error = await this.services.verification.recheck(credential, origin);
    return error instanceof AuthError && error.getStatus() < 500 && error.code !== 'RATE_LIMITED';
  }
}
