import { both, type ScopeSet, spellOut } from './tool-key-model-scopes.js';

/** An owner with one person in it. */
export interface ModelOwner {
  readonly id: string;
  readonly email: string;
  readonly tasks: Map<string, ModelTask>;
  isDisabled: boolean;
}

export interface ModelTask {
  readonly owner: ModelOwner;
  readonly name: string;
  /** 0 before the first key. */
  attempt: number;
}

export interface ModelApiKey {
  readonly owner: ModelOwner;
  readonly kind: 'personal' | 'service';
  readonly id: string;
  readonly secret: string;
  scopes: ScopeSet;
  isEnabled: boolean;
  isRevoked: boolean;
  isReplaced: boolean;
  /** `Infinity` for no end. All times are epoch milliseconds. */
  expiresAt: number;
}

export interface ModelToolKey {
  readonly id: string;
  readonly secret: string;
  readonly task: ModelTask;
  readonly attempt: number;
  readonly parent: ModelToolKey | null;
  /** Who issued the uppermost key; `null` for the person. */
  readonly apiKey: ModelApiKey | null;
  readonly scopes: ScopeSet;
  readonly expiresAt: number;
  readonly heartbeatSeconds: number | null;
  readonly maxCalls: number | null;
  readonly children: ModelToolKey[];
  leaseUntil: number;
  /** It was revoked, or fenced, or its task was ended. */
  isCut: boolean;
  /** Requests that it made itself. */
  calls: number;
}

/** Who can issue: a person, a personal or service key, a tool key. */
export type ModelIssuer =
  | { readonly by: 'person'; readonly owner: ModelOwner }
  | { readonly by: 'api_key'; readonly owner: ModelOwner; readonly key: ModelApiKey }
  | { readonly by: 'tool_key'; readonly owner: ModelOwner; readonly key: ModelToolKey };

export const scopesOfPerson = spellOut(['*:*', 'api-keys:write', 'members:manage']);
export const scopesOfPersonalKey = spellOut(['*:*']);

export function apiKeyHasEnded({ isRevoked, expiresAt }: ModelApiKey, now: number): boolean {
  return isRevoked || now >= expiresAt;
}

export function hasEnded(key: ModelToolKey, now: number): boolean {
  if (key.isCut || now >= key.expiresAt || now >= key.leaseUntil) return true;
  if (key.parent !== null) return hasEnded(key.parent, now);
  return key.apiKey !== null && apiKeyHasEnded(key.apiKey, now);
}

export function apiKeyIsGood(key: ModelApiKey, now: number): boolean {
  return !apiKeyHasEnded(key, now) && key.isEnabled && !key.owner.isDisabled;
}

export function isGood(key: ModelToolKey, now: number): boolean {
  return !hasEnded(key, now) && (key.apiKey?.isEnabled ?? true) && !key.task.owner.isDisabled;
}

/** What the key and everybody above it may do. */
export function heldBy({ scopes, parent, apiKey }: ModelToolKey): ScopeSet {
  if (parent !== null) return both(scopes, heldBy(parent));
  return apiKey === null ? scopes : both(scopes, apiKey.scopes);
}

/** When the key ends if neither it nor anything above it beats or is changed. */
export function endOf({ expiresAt, leaseUntil, parent, apiKey }: ModelToolKey): number {
  return Math.min(
    expiresAt,
    leaseUntil,
    parent === null ? Infinity : endOf(parent),
    apiKey?.expiresAt ?? Infinity,
  );
}

export function depthOf({ parent }: ModelToolKey): number {
  return parent === null ? 1 : depthOf(parent) + 1;
}

/** The nearest key upwards that was given a number of calls. */
export function payerOf(key: ModelToolKey): ModelToolKey | null {
  if (key.maxCalls !== null) return key;
  return key.parent === null ? null : payerOf(key.parent);
}

/** What is left of the calls that the key was given; `Infinity` when it was given no number. */
export function leftOf(key: ModelToolKey, now: number): number {
  return (key.maxCalls ?? Infinity) - spentOf(key, now);
}

/** Requests made by the key and all below it. */
export function callsBelow({ calls, children }: ModelToolKey): number {
  return calls + children.reduce((sum, child) => sum + callsBelow(child), 0);
}

/** Cuts the keys of the task that `isMeant` names. */
export function cutKeys(
  keys: readonly ModelToolKey[],
  task: ModelTask,
  isMeant: (key: ModelToolKey) => boolean,
): void {
  for (const key of keys) if (key.task === task && isMeant(key)) key.isCut = true;
}

function spentOf({ calls, children }: ModelToolKey, now: number): number {
  return calls + children.reduce((sum, child) => sum + costOf(child, now), 0);
}

/** A child keeps all it was given while it lives, and what it used when it has ended. */
function costOf(child: ModelToolKey, now: number): number {
  if (child.maxCalls === null || hasEnded(child, now)) return spentOf(child, now);
  return child.maxCalls;
}
