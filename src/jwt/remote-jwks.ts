import type { LoggerService } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { BackOff } from '../support/timers.js';
import { causeOf, listed } from '../support/errors.js';
import type { Clock } from '../support/clock.js';
import { Signal } from '../support/instrumentation.js';
import { type ClockSkew, clockSkewOf } from './clock-skew.js';
import { fetchJson, type FetchLimits, readJwksUrl } from './fetch-jwks.js';
import { type IssuerKeys, type KeyRefreshes, KeySet } from './issuer-keys.js';
import { maxKeys, type PublishedKeys, readJwks } from './jwks.js';
import { type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

const defaultLimits: FetchLimits = { timeoutMs: 5_000, maxBytes: 1_048_576 };
const refreshAfterMs = 10 * 60_000;
const keepForMs = 60 * 60_000;
const refetchAfterMs = 30_000;

export interface RemoteJwksOptions {
  readonly url: string;
  /** Whose keys they are, for the log. */
  readonly issuer: string;
  /** What the operator set, for the error about a bad URL. */
  readonly setBy: string;
  /** The only algorithm that a key without `alg` may have. */
  readonly algorithm?: JwtAlgorithm;
  readonly limits?: Partial<FetchLimits>;
  /** Reads the document at the URL, by default a JWKS. Throws `KeyError` for another document. */
  readonly read?: (document: unknown, algorithm?: JwtAlgorithm) => PublishedKeys;
}

/** One attempt to fetch the keys at a JWKS URL; `issuer` is the first of those that have it. */
export interface JwksFetch {
  readonly issuer: string;
  readonly seconds: number;
  readonly isSuccess: boolean;
}

/**
 * The keys at a JWKS URL: fetched on first use, refreshed in the background every 10 minutes of use, fetched again for an
 * unknown `kid` or a bad signature at most every 30 s, and kept for 1 h while the endpoint is down or publishes no usable
 * key. Concurrent callers share one fetch. If the endpoint cannot be asked for an unknown `kid`, the answer is
 * `AUTH_UNAVAILABLE`, never that a token is bad. The constructor throws `KeyError` for a URL that is neither https nor
 * http to a loopback host.
 */
export class RemoteJwks implements IssuerKeys {
  readonly origin: string;
  private readonly url: URL;
  private readonly backOff: BackOff;
  private readonly limits: FetchLimits;
  private keySet = new KeySet([]);
  private fetchedAt = -Infinity;
  private refetchAt = -Infinity;
  private inFlight: Promise<boolean> | undefined;
  private rejected = '';
  private failure: string | null = null;
  private clockSkew: ClockSkew | null = null;
  private readonly issuers: string[];

  constructor(
    private readonly options: RemoteJwksOptions,
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
    private readonly fetches = new Signal<JwksFetch>(),
  ) {
    this.url = readJwksUrl(options.url, options.setBy);
    // Without the query, as some issuers put a secret in it.
    this.origin = this.url.origin + this.url.pathname;
    this.backOff = new BackOff(clock);
    this.limits = { ...defaultLimits, ...options.limits };
    this.issuers = [options.issuer];
  }

  /** Another issuer has its keys here too. */
  alsoOf(issuer: string): void {
    this.issuers.push(issuer);
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.keySet.algorithms;
  }

  get count(): number {
    return this.keySet.size;
  }

  get refreshes(): KeyRefreshes {
    const secondsAgo = Number.isFinite(this.fetchedAt) ? Math.round(this.age() / 1000) : null;
    return { secondsAgo, failure: this.failure, clockSkew: this.clockSkew };
  }

  candidates(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    if (!this.isUsable()) return this.fetchFor(kid, algorithm);
    if (this.keySet.has(kid, algorithm)) {
      this.refreshIfOld();
      return this.keySet.candidates(kid, algorithm);
    }
    const untilRefetch = this.refetchAt - this.clock.ticks();
    if (untilRefetch <= 0) return this.fetchFor(kid, algorithm);
    return this.keySet.candidates(kid, algorithm);
  }

  refetch(): Promise<boolean> | undefined {
    const isTooEarly = this.clock.ticks() < this.refetchAt || this.age() < refetchAfterMs;
    if (isTooEarly || !this.mayFetch()) return undefined;
    return this.fetch().finally(() => (this.refetchAt = this.clock.ticks() + refetchAfterMs));
  }

  async warm(): Promise<void> {
    if (!this.isUsable() && this.mayFetch()) await this.fetch();
  }

  reachable(): boolean {
    this.refreshIfOld();
    return this.isUsable();
  }

  private async fetchFor(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): Promise<readonly VerificationKey[]> {
    const isRefetch = this.isUsable();
    if (!this.mayFetch() || !(await this.fetch())) throw this.unavailable(this.backOff.remaining());
    if (isRefetch) this.refetchAt = this.clock.ticks() + refetchAfterMs;
    return this.keySet.candidates(kid, algorithm);
  }

  private get names(): string {
    return listed(this.issuers);
  }

  private isUsable(): boolean {
    return this.age() <= keepForMs;
  }

  private refreshIfOld(): void {
    if (this.age() >= refreshAfterMs && this.mayFetch()) void this.fetch();
  }

  private age(): number {
    return this.clock.ticks() - this.fetchedAt;
  }

  private mayFetch(): boolean {
    return this.backOff.remaining() === 0;
  }

  /** Resolves with true if the keys are new. Never rejects, so that it may run in the background. */
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
    try {
      const { read = readJwks, algorithm } = this.options;
      const sentAt = this.clock.now();
      const onHead = (headers: Headers) => {
        this.clockSkew = clockSkewOf(headers, sentAt, this.clock.now());
      };
      this.replaceKeys(read(await fetchJson(this.url, this.limits, onHead), algorithm));
      return true;
    } catch (error) {
      const pause = Math.ceil(this.backOff.failed() / 1000);
      const cause = error instanceof KeyError ? `the key ${error.message}` : causeOf(error);
      this.failure = cause;
      this.logger.warn(
        `The keys of ${this.names} cannot be fetched from ${this.origin}: ${cause}. Next try in ${pause} s.`,
      );
      return false;
    }
  }

  private replaceKeys({ keys, ignored, ignoredCount, rejected }: PublishedKeys): void {
    // Without a single key, good and bad tokens could not be distinguished.
    if (keys.length === 0)
      throw new KeyError(`set has no usable key${rejected.length > 0 ? `: ${rejected.join('; ')}` : ''}`);
    this.warnOfRejected(rejected);
    if (ignoredCount > 0) {
      const more = ignoredCount > ignored.length ? ` and ${ignoredCount - ignored.length} more` : '';
      this.logger.warn(
        `${this.origin} has more keys of ${this.names} than the ${maxKeys} that are used. Ignored: ${ignored.join(', ')}${more}.`,
      );
    }
    if (this.backOff.isFailing) this.logger.log(`The keys of ${this.names} can be fetched again.`);
    this.keySet = new KeySet(keys);
    this.fetchedAt = this.clock.ticks();
    this.failure = null;
    this.backOff.succeeded();
  }

  /** Once, while they are the same. */
  private warnOfRejected(rejected: readonly string[]): void {
    const list = rejected.join('; ');
    if (list !== '' && list !== this.rejected)
      this.logger.warn(`${this.origin} has keys of ${this.names} that are not used: the key ${list}.`);
    this.rejected = list;
  }

  private unavailable(pauseMs: number): AuthError {
    return new AuthError('AUTH_UNAVAILABLE', {
      retryAfterSeconds: Math.max(1, Math.ceil(pauseMs / 1000)),
      cause: `no keys of ${this.names}`,
    });
  }
}
