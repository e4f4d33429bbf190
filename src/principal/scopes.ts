/** A permission `resource:action`; either part may be `*`. */
export type Scope = `${string}:${string}`;

const part = String.raw`(?:\*|[a-z0-9][a-z0-9._-]{0,63})`;
const scopeShape = new RegExp(`^${part}:${part}$`);

export function isScope(text: string): text is Scope {
  return scopeShape.test(text);
}

/** True if one of `granted` covers `required`. The only place that decides what a scope implies. */
export function holdsScope(granted: readonly Scope[], required: Scope): boolean {
  return granted.some((scope) => covers(scope, required));
}

/** The scopes of `required` that `granted` does not cover; empty if all are covered. */
export function missingScopes(granted: readonly Scope[], required: readonly Scope[]): Scope[] {
  return required.filter((scope) => !holdsScope(granted, scope));
}

/** An object with scopes, such as a principal. */
export interface ScopeHolder {
  readonly scopes: readonly Scope[];
  readonly source?: { readonly type: string };
}

/**
 * The scopes of `required` that the holder lacks. The only decision for a credential: a tool key never holds a scope
 * that manages keys or the platform, whatever its wildcards match.
 */
export function scopesLackedBy({ scopes, source }: ScopeHolder, required: readonly Scope[]): Scope[] {
  const isAgent = source?.type === 'tool_key';
  return required.filter((scope) => (isAgent && namesPower(scope)) || !holdsScope(scopes, scope));
}

/** The scopes that both sides hold. */
export function sharedScopes(some: readonly Scope[], others: readonly Scope[]): readonly Scope[] {
  if (missingScopes(others, some).length === 0) return some;
  const shared = some.flatMap((one) => others.map((other) => meet(one, other)));
  return [...new Set(shared.filter((scope) => scope !== undefined))];
}

/** The scopes of `granted` that a tool key can get: none that manage keys or the platform. */
export function delegableScopes(granted: readonly Scope[]): Scope[] {
  return granted.filter((scope) => !namesPower(scope));
}

function covers(granted: Scope, required: Scope): boolean {
  if (granted === required) return true;
  const [grantedResource, grantedAction] = split(granted);
  const [resource, action] = split(required);
  if (grantedResource === '*' && needsName(resource, action)) return false;
  return (
    (grantedResource === '*' || grantedResource === resource) &&
    (grantedAction === '*' || grantedAction === action)
  );
}

/** The widest scope that both cover, if any. */
function meet(one: Scope, other: Scope): Scope | undefined {
  const parts = split(one).map((part, index) => (part === '*' ? split(other)[index] : part));
  const scope: Scope = `${parts[0]}:${parts[1]}`;
  return covers(one, scope) && covers(other, scope) ? scope : undefined;
}

/** `*` as a resource never covers the creation of keys or the platform: those scopes must be named. */
function needsName(resource: string, action: string): boolean {
  return resource === 'admin' || (resource === 'api-keys' && (action === 'write' || action === '*'));
}

function namesPower(scope: Scope): boolean {
  const [resource] = split(scope);
  return resource === 'admin' || resource === 'api-keys';
}

function split(scope: Scope): [string, string] {
  const colon = scope.indexOf(':');
  return [scope.slice(0, colon), scope.slice(colon + 1)];
}

/** Roles are presets of scopes. `admin` covers all owners. */
export const scopesOfRole = {
  read_only: ['*:read'],
  write_agent: ['*:read', '*:write'],
  admin: ['*:*', 'api-keys:write', 'admin:*'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof scopesOfRole;

/** The scopes of a user within their own owner. */
export const scopesOfUser: readonly Scope[] = ['*:*', 'api-keys:write'];

/** A personal key has the scopes of its user, except the management of keys. */
export const scopesOfPersonalKey: readonly Scope[] = ['*:*'];

/** True for a holder with all scopes of `admin`, which cover all owners. */
export function isAdmin(holder: ScopeHolder): boolean {
  return scopesLackedBy(holder, scopesOfRole.admin).length === 0;
}
