import type { LoggerService } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import type { Clock } from '../../support/clock.js';
import { Signal } from '../../support/instrumentation.js';
import { BackOff } from '../../support/timers.js';
import { fetchJson, type FetchLimits } from './fetch-json.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { JwksFetch } from './jwks-fetch.js';
import { readJwksUrl } from './jwks-url.js';
import { KeyRing } from './key-ring.js';
import { mostKeys, type PublishedKeys, readJwks } from './read-jwks.js';
import { reasonOf } from './reason-of.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

const limitsByDefault: FetchLimits = { timeoutMs: 5_000, maxBytes: 1_048_576 };
const refreshAfter = 10 * 60_000;
const keepFor = 60 * 60_000;
const lookAgainAfter = 30_000;
const emptyRing = new KeyRing([]);

export interface RemoteJwksOptions {
  readonly url: string;
  /** For the log. */
  readonly issuer: string;
  /** What the operator set, for the error about a bad URL. */
  readonly setBy: string;
  /** The only algorithm of a key that names none. */
  readonly algorithm?: JwtAlgorithm;
  readonly limits?: Partial<FetchLimits>;
}

/**
 * The keys at a JWKS URL: fetched on first use, refreshed in the background every 10 minutes of use, looked up again
 * for an unknown `kid` every 30 s at most, kept for 1 h when the endpoint is down. One fetch at a time serves all
 * callers. When the endpoint cannot be asked the answer is `AUTH_UNAVAILABLE`, never that a token is bad.
 * The constructor throws `KeyError` for a URL that is neither https nor http to a loopback host.
 */
export class RemoteJwks implements IssuerKeys {
  readonly origin: string;
  private readonly url: URL;
  private readonly backOff: BackOff;
  private readonly limits: FetchLimits;
  private ring: KeyRing | undefined;
  private fetchedAt = -Infinity;
  private lookAgainAt = -Infinity;
  private inFlight: Promise<boolean> | undefined;

  constructor(
    private readonly options: RemoteJwksOptions,
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
    private readonly fetches = new Signal<JwksFetch>(),
  ) {
    this.url = readJwksUrl(options.url, options.setBy);
    // Without the query: some issuers want a secret in it.
    this.origin = this.url.origin + this.url.pathname;
    this.backOff = new BackOff(clock);
    this.limits = { ...limitsByDefault, ...options.limits };
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.ring?.algorithms ?? [];
  }

  candidates(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const ring = this.usableRing();
    if (ring === undefined) return this.fetchFor(kid, algorithm);
    if (ring.knows(kid, algorithm)) {
      this.refreshWhenOld();
      return ring.candidates(kid, algorithm);
    }
    if (this.untilNextLook() === 0) return this.fetchFor(kid, algorithm);
    if (ring.size === 0) throw this.unavailable(this.untilNextLook());
    return ring.candidates(kid, algorithm);
  }

  async warm(): Promise<void> {
    if (this.usableRing() === undefined && this.mayFetch()) await this.fetch();
  }

  reachable(): boolean {
    this.refreshWhenOld();
    return (this.usableRing()?.size ?? 0) > 0;
  }

  private async fetchFor(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): Promise<readonly VerificationKey[]> {
    const again = this.usableRing() !== undefined;
    if (!this.mayFetch() || !(await this.fetch())) throw this.unavailable(this.backOff.remaining());
    const ring = this.ring ?? emptyRing;
    if (again || ring.size === 0) this.lookAgainAt = this.clock.ticks() + lookAgainAfter;
    // An issuer without a single key cannot tell good tokens from bad ones, so neither is refused as bad.
    if (ring.size === 0) throw this.unavailable(lookAgainAfter);
    return ring.candidates(kid, algorithm);
  }

  private usableRing(): KeyRing | undefined {
    return this.age() <= keepFor ? this.ring : undefined;
  }

  private refreshWhenOld(): void {
    const due = this.ring?.size === 0 ? lookAgainAfter : refreshAfter;
    if (this.age() >= due && this.mayFetch()) void this.fetch();
  }

  private age(): number {
    return this.clock.ticks() - this.fetchedAt;
  }

  private untilNextLook(): number {
    return Math.max(0, this.lookAgainAt - this.clock.ticks());
  }

  private mayFetch(): boolean {
    return this.backOff.remaining() === 0;
  }

  /** True when the keys are new. Never rejects, so that it may go on in the background. */
  private fetch(): Promise<boolean> {
    this.inFlight ??= this.fetchTimed().finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  private async fetchTimed(): Promise<boolean> {
    const started = this.clock.ticks();
    const isSuccess = await this.fetchOnce();
    const seconds = (this.clock.ticks() - started) / 1000;
    this.fetches.emit({ issuer: this.options.issuer, seconds, isSuccess });
    return isSuccess;
  }

  private async fetchOnce(): Promise<boolean> {
    const { issuer, algorithm } = this.options;
    try {
      this.replaceKeys(readJwks(await fetchJson(this.url, this.limits), algorithm));
      return true;
    } catch (error) {
      this.backOff.failed();
      const pause = Math.ceil(this.backOff.remaining() / 1000);
      this.logger.warn(
        `The keys of ${issuer} cannot be fetched from ${this.origin}: ${reasonOf(error)}. Next try in ${pause} s.`,
      );
      return false;
    }
  }

  private replaceKeys({ keys, leftOut, leftOutCount }: PublishedKeys): void {
    const { issuer } = this.options;
    if (leftOutCount > 0)
      this.logger.warn(
        `${this.origin} has more keys of ${issuer} than the ${mostKeys} that are used; left out are ${leftOut.join(', ')}${leftOutCount > leftOut.length ? ` and ${leftOutCount - leftOut.length} more` : ''}.`,
      );
    if (this.backOff.failing) this.logger.log(`The keys of ${issuer} can be fetched again.`);
    if (keys.length === 0) this.logger.warn(`${this.origin} has no key of ${issuer} that could be used.`);
    this.ring = new KeyRing(keys);
    this.fetchedAt = this.clock.ticks();
    this.backOff.succeeded();
  }

  private unavailable(pauseMs: number): AuthError {
    return new AuthError('AUTH_UNAVAILABLE', {
      retryAfterSeconds: Math.max(1, Math.ceil(pauseMs / 1000)),
      cause: `no keys of ${this.options.issuer} at hand`,
    });
  }
}
