import { isScope, type Scope } from '../../principal/scopes.js';
import { addMetadata } from './add-metadata.js';
import { scopesMetadata } from '../guards/route-rules.js';

/** Asks for every one of `scopes`, on top of those asked for elsewhere on the route or its controller; 403 `INSUFFICIENT_SCOPE` names the missing ones. */
export function RequireScopes(...scopes: Scope[]): MethodDecorator & ClassDecorator {
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined) throw new Error(`@RequireScopes('${wrong}'): a scope is written resource:action.`);
  return addMetadata(scopesMetadata, scopes);
}
