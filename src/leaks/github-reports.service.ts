import { verify } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { RemoteJwks } from '../jwt/remote-jwks.js';
import { AuthError } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { ThrottledLog } from '../support/throttle.js';
import { readGithubKeys } from './github-keys.js';
import { type RawRequest, readGithubReports, readSignedBody, type SignedBody } from './github-payload.js';
import { isGithubKeysUrl, leaksOptions, type LeaksOptions } from './leak-options.js';
import { LeakedKeysService } from './leaked-keys.service.js';

const verifyLater = promisify(verify);

const mebibyte = 1024 * 1024;
const mostTokensPerMinute = 200_000;
const minuteMs = 60_000;

/** Bounds the bodies that are held in memory at one stage. */
class HeldBodies {
  private count = 0;
  private bytes = 0;

  constructor(
    private readonly mostBodies: number,
    private readonly mostBytes: number,
  ) {}

  /** Runs `work` while it holds the body. Throws `RATE_LIMITED` if there are too many. */
  async run<T>({ length }: Buffer, work: () => Promise<T>): Promise<T> {
    if (this.count >= this.mostBodies || this.bytes + length > this.mostBytes)
      throw new AuthError('RATE_LIMITED', { retryAfterSeconds: 1 });
    this.count += 1;
    this.bytes += length;
    try {
      return await work();
    } finally {
      this.count -= 1;
      this.bytes -= length;
    }
  }
}

/**
 * Takes reports of leaked keys from GitHub's secret scanning partner program: bodies that a key at `githubKeysUrl` has
 * signed. An unsigned one uses up nothing of the budget of signed ones: it is held only until its signature was checked.
 */
@Injectable()
export class GithubReportsService implements OnApplicationBootstrap {
  private readonly keys: RemoteJwks | undefined;
  /** Those whose key is not known and may have to be fetched, those to be checked, and signed ones. */
  private readonly waiting = new HeldBodies(20, 16 * mebibyte);
  private readonly checking = new HeldBodies(200, 32 * mebibyte);
  private readonly handling = new HeldBodies(1_000, 64 * mebibyte);
  private readonly logger = new Logger('Leaks');
  private readonly log: ThrottledLog;
  private tokens = 0;
  private minuteEndsAt = -Infinity;

  constructor(
    private readonly leakedKeys: LeakedKeysService,
    private readonly clock: Clock,
    @Inject(leaksOptions) { githubKeysUrl: url }: LeaksOptions,
  ) {
    this.log = new ThrottledLog(clock);
    // The module stops the start for another URL.
    if (url === undefined || !isGithubKeysUrl(url)) return;
    const options = { url, issuer: 'GitHub', setBy: 'githubKeysUrl', read: readGithubKeys };
    this.keys = new RemoteJwks(options, clock, this.logger);
  }

  onApplicationBootstrap(): void {
    void this.keys?.warm();
  }

  /** Throws `FORBIDDEN` without a good signature, `AUTH_UNAVAILABLE` without GitHub's keys. */
  async receive(request: RawRequest, origin: RequestOrigin): Promise<void> {
    const signed = readSignedBody(request);
    if (signed === undefined) throw this.withoutRawBody();
    if (!(await this.isSigned(signed)))
      throw new AuthError('FORBIDDEN', { message: 'The body is not signed by a key of GitHub.' });
    const { body } = signed;
    await this.handling.run(body, () => {
      const reports = readGithubReports(body);
      this.charge(reports.length);
      return this.leakedKeys.handle(reports, { source: 'github', origin });
    });
  }

  private async isSigned({ keyId, signature, body }: SignedBody): Promise<boolean> {
    if (this.keys === undefined || keyId === undefined || signature === undefined) return false;
    const found = this.keys.candidates(keyId, 'ES256');
    const candidates = found instanceof Promise ? await this.wait(body, found) : found;
    if (candidates.length === 0) return false;
    return this.checking.run(body, async () => {
      // In a thread: the hash of a large body takes milliseconds.
      for (const { key } of candidates) if (await verifyLater('sha256', body, key, signature)) return true;
      return false;
    });
  }

  private wait<T>(body: Buffer, found: Promise<T>): Promise<T> {
    found.catch(() => undefined);
    return this.waiting.run(body, () => found);
  }

  private withoutRawBody(): AuthError {
    const message =
      'Reports of GitHub cannot be checked, because the application keeps no raw bodies: create it with NestFactory.create(AppModule, { rawBody: true }).';
    this.log.note(message, (more) => this.logger.error(message + more));
    return new AuthError('INTERNAL_ERROR', { cause: new Error(message) });
  }

  private charge(tokens: number): void {
    const now = this.clock.ticks();
    if (now >= this.minuteEndsAt) {
      this.tokens = 0;
      this.minuteEndsAt = now + minuteMs;
    }
    if (this.tokens >= mostTokensPerMinute)
      throw new AuthError('RATE_LIMITED', {
        retryAfterSeconds: Math.max(1, (this.minuteEndsAt - now) / 1000),
      });
    this.tokens += Math.max(1, tokens);
  }
}
