import { BuiltinIssuer } from '../builtin/builtin-issuer.js';
import { ExchangeError } from './exchange-error.js';

/** For whom keys may be exchanged. */
export class Audiences {
  /** `null`: for anybody but ourselves. */
  constructor(private readonly listed: readonly string[] | null) {}

  /** Throws `invalid_target` (RFC 8693 §2.2.2) for any other. Whoever has a token for us is a person here: never that. */
  require(audience: string): void {
    if (audience !== BuiltinIssuer.audience && (this.listed === null || this.listed.includes(audience)))
      return;
    throw new ExchangeError('invalid_target', 'audience', 'Keys are not exchanged for this audience.');
  }
}
