import { Logger, type LoggerService } from '@nestjs/common';
import { z } from 'zod';
import { readSecureUrl } from '../jwt/fetch-jwks.js';
import type { Clock } from '../support/clock.js';
import { causeOf } from '../support/errors.js';
import { BackOff } from '../support/timers.js';
import { fetchLoginMetadata, type LoginMetadata } from './login-metadata.js';

const refreshAfterMs = 10 * 60_000;
const keepForMs = 60 * 60_000;

/** The public client with which people sign in to the console. */
export interface ConsoleLoginOptions {
  /** An issuer whose tokens are accepted here: an https URL, or http to a loopback host. */
  readonly issuer: string;
  readonly clientId: string;
  /** Those that it requests, separated by spaces; by default `'openid'`. */
  readonly scope?: string;
  /** The audience that is requested, as `resource` (RFC 8707) and as `audience`. */
  readonly resource?: string | undefined;
}

/** Why there is no metadata at a URL that is made of the issuer (RFC 8414 §2); `undefined` if there can be. */
export function problemOfIssuer(issuer: string, name: string): string | undefined {
  try {
    const { search, hash } = readSecureUrl(issuer, name);
    return search + hash === '' ? undefined : `${name} must have no query or fragment.`;
  } catch (error) {
    return causeOf(error);
  }
}

const visible = (what: string) =>
  z.string().regex(/^[\x21-\x7e]{1,500}$/, `must be ${what} of 1 to 500 visible ASCII characters`);

/** What the client may be. */
export const loginRules = {
  clientId: visible('a client id'),
  /** Scope tokens (RFC 6749 §3.3). */
  scope: z
    .string()
    .regex(
      /^(?=.{1,1000}$)[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'must be scopes separated by single spaces',
    )
    .refine((list) => !list.split(' ').includes('offline_access'), {
      error: 'must not name offline_access: the console keeps no refresh token',
    }),
  resource: visible('an audience'),
};

/**
 * Sign-in to the console at an issuer, by authorization code with PKCE (RFC 7636). Its metadata is fetched on first use,
 * refreshed in the background every 10 minutes of use, and kept for 1 h while the issuer is down. Requests share a fetch.
 */
export class ConsoleLogin {
  private metadata: LoginMetadata | undefined;
  private fetchedAt = -Infinity;
  private inFlight: Promise<void> | undefined;
  private readonly backOff: BackOff;

  constructor(
    private readonly options: ConsoleLoginOptions,
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'> = new Logger(ConsoleLogin.name),
  ) {
    this.backOff = new BackOff(clock);
  }

  /** `undefined` while sign-in is not available. Takes 5 s at most, and never rejects. */
  async current(): Promise<LoginMetadata | undefined> {
    if (this.age() > keepForMs) await this.refresh();
    if (this.age() >= refreshAfterMs) void this.refresh();
    return this.age() > keepForMs ? undefined : this.metadata;
  }

  /** What the page needs to know; without endpoints while sign-in is not available. */
  async describe() {
    const { authorizationEndpoint, tokenEndpoint, hasIssuerInAnswers } = (await this.current()) ?? {};
    return { scope: 'openid', ...this.options, authorizationEndpoint, tokenEndpoint, hasIssuerInAnswers };
  }

  private age(): number {
    return this.clock.ticks() - this.fetchedAt;
  }

  private async refresh(): Promise<void> {
    if (this.inFlight === undefined && this.backOff.remaining() > 0) return;
    this.inFlight ??= this.fetch().finally(() => (this.inFlight = undefined));
    await this.inFlight;
  }

  private async fetch(): Promise<void> {
    const { issuer } = this.options;
    try {
      this.metadata = await fetchLoginMetadata(issuer);
      this.fetchedAt = this.clock.ticks();
      if (this.backOff.isFailing)
        this.logger.log(`Sign-in to the console with ${issuer} is available again.`);
      this.backOff.succeeded();
    } catch (error) {
      const pause = Math.ceil(this.backOff.failed() / 1000);
      this.logger.warn(
        `The metadata of ${issuer}, to sign in to the console, cannot be used: ${causeOf(error)}. Next try in ${pause} s.`,
      );
    }
  }
}
