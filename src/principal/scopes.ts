/** A permission: two to eight parts separated by colons, such as `files:read` or `mcp:tools:call`. See `isScope`. */
export type Scope = `${string}:${string}`;

const part = String.raw`(?:\*|[A-Za-z0-9][A-Za-z0-9._-]*)`;

/** The grammar of scopes, with `maxScopeLength`. Upper case is significant. */
export const scopeShape = new RegExp(`^${part}(?::${part}){1,7}$`);
export const maxScopeLength = 200;

/** The grammar in words, for error messages. */
export const scopeRule =
  'a scope has two to eight parts separated by colons (files:read) and at most 200 characters; a part is *, or of A-Z a-z 0-9 . _ - with a letter or digit first';

export function isScope(text: string): text is Scope {
  return typeof text === 'string' && text.length <= maxScopeLength && scopeShape.test(text);
}

/**
 * Scopes that no wildcard in place of these words stands for: only a scope that names them covers them. They create keys,
 * choose the members of an owner, decide whom an owner trusts, or manage the platform.
 */
const reserved = /^(?:admin:|members:|trust-rules:|api-keys:write(?:$|:))/;

/** First parts of the scopes that no tool key has. */
const withheldFromAgents = /^(?:admin|api-keys|members|trust-rules):/;

/** True if one of `granted` covers `required`. The only place that decides what a scope implies. */
export function holdsScope(granted: readonly Scope[], required: Scope): boolean {
  for (const scope of granted) if (covers(scope, required)) return true;
  return false;
}

/** The scopes of `required` that `granted` does not cover; empty if all are covered. */
export function missingScopes(granted: readonly Scope[], required: readonly Scope[]): readonly Scope[] {
  return scopesLackedBy({ scopes: granted }, required);
}

/** An object with scopes, such as a principal. */
export interface ScopeHolder {
  readonly scopes: readonly Scope[];
  readonly source?: { readonly type: string };
}

const none: readonly Scope[] = Object.freeze([]);

/**
 * The scopes of `required` that the holder lacks. The only decision for a credential: a tool key never holds a scope
 * that manages keys, members, trust or the platform, whatever its wildcards match.
 */
export function scopesLackedBy(
  { scopes, source }: ScopeHolder,
  required: readonly Scope[],
): readonly Scope[] {
  const isAgent = source?.type === 'tool_key';
  let lacking: Scope[] | undefined;
  for (const scope of required)
    if ((isAgent && withheldFromAgents.test(scope)) || !holdsScope(scopes, scope))
      (lacking ??= []).push(scope);
  return lacking ?? none;
}

/**
 * The scopes that both sides hold. The time grows with the product of their numbers only for scopes with wildcards, as
 * does the number of scopes returned.
 */
export function sharedScopes(some: readonly Scope[], others: readonly Scope[]): readonly Scope[] {
  const exact = new Set(others);
  const wild = others.filter(hasWildcard);
  const isHeld = (one: Scope) => exact.has(one) || holdsScope(wild, one);
  if (some.every(isHeld)) return some;
  const sharedWith = (one: Scope) =>
    hasWildcard(one) ? others.map((other) => meet(one, other)) : [isHeld(one) ? one : undefined];
  return [...new Set(some.flatMap(sharedWith).filter((scope) => scope !== undefined))];
}

export function hasWildcard(scope: Scope): boolean {
  return scope.includes('*');
}

/** True for a scope that no wildcard stands for. */
export function isReserved(scope: Scope): boolean {
  return reserved.test(scope);
}

/** The scopes of `granted` that a tool key can get: none that manage keys, members, trust or the platform. */
export function delegableScopes(granted: readonly Scope[]): Scope[] {
  return granted.filter((scope) => !withheldFromAgents.test(scope));
}

/** True if `granted` covers all that `required` stands for, which can have wildcards too. */
function covers(granted: Scope, required: Scope): boolean {
  if (granted === required) return true;
  return matches(granted, required) && (!reserved.test(required) || reserved.test(granted));
}

const asterisk = '*'.charCodeAt(0);

/**
 * Compares part by part: `*` is exactly one part, and as the last part one or more. Reads the characters in place, because
 * it runs on every request. A part that contains `*` is nothing else.
 */
function matches(granted: Scope, required: Scope): boolean {
  let at = 0;
  for (let index = 0; index < granted.length; index += 1, at += 1) {
    const character = granted.charCodeAt(index);
    if (character === asterisk) {
      if (index === granted.length - 1) return at < required.length && required[at] !== ':';
      const end = required.indexOf(':', at);
      if (end <= at) return false;
      at = end - 1;
    } else if (character !== required.charCodeAt(at)) return false;
  }
  return at === required.length;
}

/** The widest scope that both cover, if any. The same in either order. */
function meet(one: Scope, other: Scope): Scope | undefined {
  if (covers(one, other)) return other;
  if (covers(other, one)) return one;
  if (!hasWildcard(one) || !hasWildcard(other)) return undefined;
  const scope = narrowed(one, other);
  const isCovered = scope !== undefined && covers(one, scope) && covers(other, scope);
  return isCovered && scope.length <= maxScopeLength ? scope : undefined;
}

/** Both at once, part by part, with the rest of the longer one. One that is too short does not cover it. */
function narrowed(one: Scope, other: Scope): Scope | undefined {
  let scope = '';
  for (let at = 0, otherAt = 0; ; scope += ':') {
    const end = endOfPart(one, at);
    const otherEnd = endOfPart(other, otherAt);
    const part = one.slice(at, end);
    const otherPart = other.slice(otherAt, otherEnd);
    if (part !== otherPart && part !== '*' && otherPart !== '*') return undefined;
    scope += part === '*' ? otherPart : part;
    if (end === one.length || otherEnd === other.length)
      return (scope + one.slice(end) + other.slice(otherEnd)) as Scope;
    at = end + 1;
    otherAt = otherEnd + 1;
  }
}

function endOfPart(scope: Scope, at: number): number {
  const end = scope.indexOf(':', at);
  return end < 0 ? scope.length : end;
}

/** Roles are presets of scopes. `admin` covers all owners. */
export const scopesOfRole = {
  read_only: ['*:read'],
  write_agent: ['*:read', '*:write'],
  admin: ['*:*', 'api-keys:write', 'admin:*'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof scopesOfRole;

/** The scopes of a user within their own owner. */
export const scopesOfUser: readonly Scope[] = ['*:*', 'api-keys:write', 'members:manage'];

/** A personal key has the scopes of its user, except the management of keys and members. */
export const scopesOfPersonalKey: readonly Scope[] = ['*:*'];

/** True for a holder with all scopes of `admin`, which cover all owners. */
export function isAdmin(holder: ScopeHolder): boolean {
  return scopesLackedBy(holder, scopesOfRole.admin).length === 0;
}
