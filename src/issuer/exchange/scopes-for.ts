import { isScope, type Scope } from '../../principal/scopes.js';
import { ExchangeError } from './exchange-error.js';

/** The scopes that are asked for, each once, or else all that are held. Throws `invalid_scope` (RFC 6749 §3.3). */
export function scopesFor(held: readonly Scope[], asked: string | undefined): readonly Scope[] {
  if (asked === undefined) return held;
  const required = [...new Set(asked.split(' '))];
  if (required.length > 100 || !required.every(isScope))
    throw new ExchangeError(
      'invalid_scope',
      'scope',
      'must be at most 100 scopes resource:action, a space between',
    );
  return required;
}
