import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../support/clock.js';
import type { Signal } from '../support/instrumentation.js';
import { readJwksUrl } from './fetch-jwks.js';
import { type JwksFetch, RemoteJwks, type RemoteJwksOptions } from './remote-jwks.js';

/** The keys at all JWKS URLs: those of issuers with the same URL are fetched once, and share its bounds. */
export class RemoteKeySets {
  private readonly byUrl = new Map<string, RemoteJwks>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
    private readonly fetches: Signal<JwksFetch>,
  ) {}

  /** Throws `KeyError` for a URL that is neither https nor http to a loopback host. */
  keysOf(options: RemoteJwksOptions): RemoteJwks {
    const { origin, pathname, search } = readJwksUrl(options.url, options.setBy);
    // Keys without `alg` are read by the algorithm.
    const id = `${options.algorithm ?? ''} ${origin}${pathname}${search}`;
    const known = this.byUrl.get(id);
    known?.alsoOf(options.issuer);
    const keys = known ?? new RemoteJwks(options, this.clock, this.logger, this.fetches);
    this.byUrl.set(id, keys);
    return keys;
  }
}
