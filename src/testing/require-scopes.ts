import { isScope, type Scope } from '../principal/scopes.js';

/** Throws for text that is no scope: no key could have it. */
export function requireScopes(of: string, scopes: readonly Scope[]): Scope[] {
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined)
    throw new Error(`${of}: "${wrong}" is no scope, which is written resource:action.`);
  return [...scopes];
}
