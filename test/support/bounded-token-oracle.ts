import type { DelegationOptions } from '../../src/jwt/delegation.js';

/** A token, as its issuer signed it, and what the service was told about that issuer. */
export interface SignedCase {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly typ: string | undefined;
  readonly options: DelegationOptions;
}

/** Lists of scopes: a scope is consented to if each of them has one that covers it. */
export type Consent = readonly (readonly string[])[];

/**
 * What the contract says about a token, in other words than the code: `fault` if the application cannot say its scopes,
 * `whole` for all rights of the user.
 */
export function verdictOn({ claims, typ, options }: SignedCase): 'rejected' | 'fault' | 'whole' | Consent {
  const { firstParty, firstPartyClients = [], clientClaim, mapScopes } = options;
  const ids = [claims.client_id, clientClaim && claims[clientClaim]].filter((id) => id !== undefined);
  if (!ids.every(isName) || new Set(ids).size > 1 || !isGoodAct(claims.act)) return 'rejected';
  const isAccessToken = typ !== undefined && /at\+jwt$/i.test(typ);
  if (isAccessToken && claims.client_id === undefined) return 'rejected';
  if (firstParty === true || firstPartyClients.some((client) => client === ids[0])) return 'whole';
  let mapped: unknown;
  try {
    mapped = mapScopes?.(claims);
  } catch {
    return 'fault';
  }
  if (mapped !== undefined && !Array.isArray(mapped)) return 'fault';
  const told = mapped === undefined ? [claims.scope, claims.scp, claims.permissions] : [mapped];
  const lists = told.filter((list) => list !== undefined).map(scopesIn);
  if (lists.some(({ length }) => length > 500)) return 'rejected';
  if (lists.length > 0) return lists;
  return ids.length > 0 ? [[]] : 'whole';
}

/** A user holds everything except the powers, and the creation of keys. */
export function isConsented(consent: Consent, scope: string): boolean {
  return [...consent, ['*:*', 'api-keys:write', 'members:manage']].every((list) => isCovered(list, scope));
}

export function isCovered(list: readonly string[], scope: string): boolean {
  return list.some((one) => covers(one, scope));
}

/** Powers over keys, members, trust and the platform, which no tool key has. */
export function isPower(scope: string): boolean {
  return ['admin', 'api-keys', 'members', 'trust-rules'].includes(scope.split(':')[0] ?? '');
}

/** Compares part by part: a `*` is one part, and at the end one or more; it stands for nothing reserved. */
function covers(held: string, wanted: string): boolean {
  if (held === wanted) return true;
  const have = held.split(':');
  const want = wanted.split(':');
  if (isReserved(want) && !isReserved(have)) return false;
  const fits = have.at(-1) === '*' ? want.length >= have.length : want.length === have.length;
  return fits && have.every((part, at) => part === '*' || part === want[at]);
}

function isReserved([first = '', second = '']: readonly string[]): boolean {
  return first === 'api-keys' ? second === 'write' : isPower(first);
}

function scopesIn(claim: unknown): string[] {
  const words: unknown[] = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return words.filter((word): word is string => typeof word === 'string' && isWellFormed(word));
}

function isWellFormed(word: string): boolean {
  const parts = word.split(':');
  const isPart = (part: string) => part === '*' || /^[a-z\d][a-z\d._-]*$/i.test(part);
  return parts.length >= 2 && parts.length <= 8 && word.length <= 200 && parts.every(isPart);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= 255 && !value.includes('\u0007');
}

function isGoodAct(act: unknown, left = 8): boolean {
  if (act === undefined) return true;
  if (typeof act !== 'object' || act === null || Array.isArray(act) || left === 0) return false;
  const { sub, client_id, act: before } = act as Record<string, unknown>;
  return isName(sub ?? client_id) && isGoodAct(before, left - 1);
}
