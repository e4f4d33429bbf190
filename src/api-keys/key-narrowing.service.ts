import { Injectable } from '@nestjs/common';
import { requireId, validationFailed, validInput } from '../http/validation.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import { effectiveScopes } from '../principal/grants.js';
import { holdsScope, type Scope } from '../principal/scopes.js';
import { Clock, dayMs } from '../support/clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import { mostScopesOfKey, type ScopesUsed } from '../usage/scope-use.store.js';
import { recordKeyEvents, requireSettable, requireUnended } from './key-changes.js';
import { actorOf, type KeyManager, principalOf } from './key-manager.js';
import { ManagedKeys } from './managed-keys.js';
import { changedKeyInput, narrowKeyRequest, type NarrowKeyRequest } from './service-key.schemas.js';
import { type KeyView, toApiKey } from './service-key.views.js';

/** Takes from keys the scopes that they do not need. */
@Injectable()
export class KeyNarrowingService {
  /** @internal Nest creates it. */
  constructor(
    private readonly keys: ManagedKeys,
    private readonly store: ApiKeyStore,
    private readonly usage: KeyUsage,
    private readonly clock: Clock,
  ) {}

  /**
   * Leaves a key those of its scopes that it has needed, or the given ones, in place of its role and scopes.
   * `NOT_NARROWABLE` where too little is known of what it needs, `KEY_ENDED` for a key that has ended, `NOT_FOUND` for one
   * outside the manager's scope.
   */
  async narrow(manager: KeyManager, id: string, request: NarrowKeyRequest = {}): Promise<KeyView> {
    const asked = validInput(narrowKeyRequest, request);
    requireId(id);
    const used = asked.scopes === undefined ? await this.scopesUsedBy(manager, id) : undefined;
    const narrowed = await this.keys.change(manager, id, async ({ keys, key }) => {
      requireUnended(key, this.clock.now());
      requireSettable(key, { scopes: [...(asked.scopes ?? effectiveScopes(key))] });
      const scopes = narrowedScopes(key, asked, used, this.clock.now());
      if (isAsNarrow(key, scopes)) return key;
      const narrower = validInput(changedKeyInput, { role: null, scopes });
      await keys.update(id, narrower);
      const before = { role: key.role, scopes: effectiveScopes(key) };
      const changed = { ...key, ...narrower };
      await recordKeyEvents(keys, actorOf(manager), changed, ['narrowed'], { before, after: { scopes } });
      return changed;
    });
    return toApiKey(narrowed, this.clock.now());
  }

  /** Only what the change finds under its lock is narrowed: this key may be another owner's, or change meanwhile. */
  private async scopesUsedBy(manager: KeyManager, id: string): Promise<ScopesUsed | undefined> {
    const requester = { owner: principalOf(manager)?.ownerId };
    const key = await this.store.find(id, requester);
    return key === null ? undefined : this.usage.scopesUsedBy(key, requester);
  }
}

/** For how long uses must have been noted before a key is narrowed to them. */
const shortestRecordMs = 7 * dayMs;

/**
 * The scopes to leave a key, all of which it holds: those of the request or, by default, those that it has needed. Throws
 * `NOT_NARROWABLE` where it has needed none, or too little is known, and `VALIDATION_FAILED` for scopes that it does not hold.
 */
function narrowedScopes(
  key: ApiKey,
  { scopes, keep = [] }: NarrowKeyRequest,
  used: ScopesUsed | undefined,
  now: number,
): Scope[] {
  const held = effectiveScopes(key);
  if (scopes !== undefined) requireHeld(held, 'scopes', scopes);
  requireHeld(held, 'keep', keep);
  const left = scopes ?? neededScopes(held, used, now);
  return [...new Set([...left, ...keep])].sort();
}

/** Whether the key has exactly these scopes already, and no role. */
function isAsNarrow({ role, scopes }: ApiKey, narrowed: readonly Scope[]): boolean {
  return role === null && scopes !== null && [...new Set(scopes)].sort().join(' ') === narrowed.join(' ');
}

function requireHeld(held: readonly Scope[], path: keyof NarrowKeyRequest, wanted: readonly Scope[]): void {
  const message = 'is not covered by the scopes of this key';
  const issues = wanted.flatMap((scope, at) =>
    holdsScope(held, scope) ? [] : [{ path: [path, at], message }],
  );
  if (issues.length > 0) throw validationFailed(issues);
}

function neededScopes(held: readonly Scope[], used: ScopesUsed | undefined, now: number): Scope[] {
  if (used?.isComplete === false)
    throw notNarrowable('TOO_MANY_SCOPES', `This key has needed more than ${mostScopesOfKey} scopes.`);
  const needed = used?.scopes.map(({ scope }) => scope).filter((scope) => holdsScope(held, scope)) ?? [];
  if (needed.length === 0)
    throw notNarrowable('NOT_USED', 'This key has needed none of its scopes in the last 90 days.');
  if (now - (used?.since?.getTime() ?? now) < shortestRecordMs)
    throw notNarrowable('USED_TOO_BRIEFLY', 'The first use of this key was noted less than 7 days ago.');
  return needed;
}

function notNarrowable(reason: string, message: string): AuthError {
  return new AuthError('NOT_NARROWABLE', {
    message: `${message} Name the scopes to leave it.`,
    details: { reason },
  });
}
