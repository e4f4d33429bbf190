import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../support/clock.js';
import { Signal } from '../support/instrumentation.js';
import type { IssuerOptions } from './issuer-options.js';
import { ChangingKeys } from './keys/changing-keys.js';
import type { IssuerKeys } from './keys/issuer-keys.js';
import type { JwksFetch } from './keys/jwks-fetch.js';
import { loadKeys } from './keys/load-keys.js';
import { LocalKeys } from './keys/local-keys.js';
import { RemoteJwks } from './keys/remote-jwks.js';
import type { TrustedIssuer } from './trusted-issuer.js';

/**
 * Checks the options and loads the pasted keys; the map is by issuer. Throws an `Error` that names what the operator
 * set (`setBy`) for a bad key or an option that could not work, so that a mistake stops the start.
 */
export function trustIssuers(
  list: readonly IssuerOptions[],
  clock: Clock,
  logger: Pick<LoggerService, 'log' | 'warn'>,
  fetches = new Signal<JwksFetch>(),
): ReadonlyMap<string, TrustedIssuer> {
  const trusted = new Map<string, TrustedIssuer>();
  list.forEach((options, index) => {
    const setBy = options.setBy ?? `issuers[${index}]`;
    const { issuer } = options;
    if (typeof issuer !== 'string' || issuer === '') throw new Error(`${setBy}: the issuer is empty.`);
    // It is part of a unique index, and PostgreSQL has no room there for much more.
    if (issuer.length > 1_000) throw new Error(`${setBy}: the issuer is longer than 1,000 characters.`);
    // Two entries would share an identity but not their keys or audience.
    if (trusted.has(issuer)) throw new Error(`${setBy} names the same issuer as another entry.`);
    trusted.set(issuer, {
      issuer,
      audiences: audiencesOf(options, setBy),
      primary: index === 0 && options.primary !== false,
      setBy,
      keys: keysOf(options, setBy, clock, logger, fetches),
    });
  });
  return trusted;
}

function audiencesOf({ audience, issuer }: IssuerOptions, setBy: string): readonly string[] {
  const audiences = typeof audience === 'string' ? [audience] : audience;
  if (
    !Array.isArray(audiences) ||
    audiences.length === 0 ||
    audiences.some((one) => typeof one !== 'string' || one === '')
  ) {
    throw new Error(`${setBy}: the issuer ${issuer} has no audience, or an empty one.`);
  }
  return [...audiences];
}

function keysOf(
  { issuer, publicKey, jwksUrl, publicKeys, algorithm }: IssuerOptions,
  setBy: string,
  clock: Clock,
  logger: Pick<LoggerService, 'log' | 'warn'>,
  fetches: Signal<JwksFetch>,
): IssuerKeys {
  if ([publicKey, jwksUrl, publicKeys].filter((source) => source !== undefined).length !== 1) {
    throw new Error(`${setBy}: the issuer ${issuer} needs either a public key or a JWKS URL.`);
  }
  if (jwksUrl !== undefined) {
    return new RemoteJwks({ url: jwksUrl, issuer, algorithm, setBy }, clock, logger, fetches);
  }
  if (publicKeys !== undefined) return new ChangingKeys(publicKeys, setBy, clock, algorithm);
  const { keys, warnings } = loadKeys(publicKey, setBy, algorithm);
  for (const warning of warnings) logger.warn(warning);
  return new LocalKeys(keys, setBy);
}
