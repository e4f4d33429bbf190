import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Attempt } from '../auth/decision/attempt.js';
import { StepServices } from '../auth/decision/run-steps.js';
import { AuthError } from '../principal/auth-error.js';
import { factsOf } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';

/** The response of Node that a stream is written to. */
export interface StreamedResponse {
  /** The client has gone away. */
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface OpenStream {
  readonly attempt: Pick<Attempt, 'credential' | 'origin' | 'user'>;
  readonly response: StreamedResponse;
  /** In ticks of the clock. */
  readonly since: number;
}

/** Milliseconds from one look at the open streams to the next. */
const everyMs = 400;
const atOnce = 50;

/** Closes the responses of callers whose credential ends meanwhile: a stream of events may be open for hours. */
@Injectable()
export class OpenStreams implements OnApplicationShutdown {
  private readonly open = new Set<OpenStream>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: StepServices,
    private readonly clock: Clock,
  ) {}

  /** Number of responses that are watched. */
  get size(): number {
    return this.open.size;
  }

  /** Watches the response to an admitted request until it is closed. */
  watch({ credential, origin, user }: Attempt, response: StreamedResponse): void {
    // A client that went away while its request was decided closes nothing any more.
    if (response.destroyed) return;
    const stream = { attempt: { credential, origin, user }, response, since: this.clock.ticks() };
    this.open.add(stream);
    response.once('close', () => this.open.delete(stream));
    this.timer ??= setTimeout(() => void this.look(), everyMs).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.open.clear();
  }

  /** Most responses end before they are looked at. */
  private async look(): Promise<void> {
    const before = this.clock.ticks() - everyMs / 2;
    const streams = [...this.open].filter(({ since }) => since <= before);
    for (let start = 0; start < streams.length; start += atOnce)
      await Promise.all(streams.slice(start, start + atOnce).map((stream) => this.check(stream)));
    this.timer = this.open.size === 0 ? undefined : setTimeout(() => void this.look(), everyMs).unref();
  }

  private async check({ attempt, response }: OpenStream): Promise<void> {
    if (await this.hasEnded(attempt)) response.destroy();
  }

  /** A fault of ours ends no stream. */
  private async hasEnded({ credential, origin, user }: OpenStream['attempt']): Promise<boolean> {
    const { expiresAt = Infinity } = (user && factsOf(user)) ?? {};
    if (expiresAt <= this.clock.now()) return true;
    if (credential === undefined) return false;
    const error = await this.services.verification.recheck(credential, origin);
    return error instanceof AuthError && error.getStatus() < 500 && error.code !== 'RATE_LIMITED';
  }
}
