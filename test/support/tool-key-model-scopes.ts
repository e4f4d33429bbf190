const resources = ['files', 'notes', 'other'];
const actions = ['read', 'write', 'other'];

/** Scopes that stand for all there are. No key is ever given one with `other` by name: only a `*` reaches that far. */
const allScopes = [
  ...resources.flatMap((resource) => actions.map((action) => `${resource}:${action}`)),
  'tool-keys:issue',
  'api-keys:write',
  'admin:read',
  'members:read',
];

/** What a list of scopes allows, spelled out. */
export type ScopeSet = ReadonlySet<string>;

/** `*` as a resource reaches neither the making of keys nor members nor the platform (design, section 4). */
export function spellOut(scopes: readonly string[]): ScopeSet {
  return new Set(allScopes.filter((scope) => scopes.some((pattern) => matches(pattern, scope))));
}

/** Scopes that are never delegated to an agent. */
export function withoutPowers(scopes: ScopeSet): ScopeSet {
  return new Set([...scopes].filter((scope) => !isPower(scope)));
}

export function isPower(scope: string): boolean {
  return ['api-keys:', 'admin:', 'members:'].some((first) => scope.startsWith(first));
}

export function both(some: ScopeSet, others: ScopeSet): ScopeSet {
  return new Set([...some].filter((scope) => others.has(scope)));
}

export function lacking(held: ScopeSet, wanted: ScopeSet): string[] {
  return [...wanted].filter((scope) => !held.has(scope));
}

function matches(pattern: string, scope: string): boolean {
  const [resource, action] = pattern.split(':');
  const [wantedResource = '', wantedAction] = scope.split(':');
  if (resource === '*' && isPower(scope)) return false;
  return (resource === '*' || resource === wantedResource) && (action === '*' || action === wantedAction);
}
