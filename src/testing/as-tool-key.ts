import { newId } from '../database/new-id.js';
import { KeyMint } from '../key-store/key-mint.js';
import { taskRefOf } from '../key-store/tool-key.entity.js';
import type { Environment } from '../principal/authenticated-user.js';
import { delegableScopes, type Scope, scopesOfUser } from '../principal/scopes.js';
import {
  headerOf,
  requireScopes,
  testCredentials,
  type TestHeaders,
  testOwnerIdOf,
  testUserId,
} from './test-credentials.js';

/** A tool key in a test. */
export interface TestToolKeyOptions {
  /** Its one task. */
  readonly taskId: string;
  /** By default 1. */
  readonly attempt?: number;
  /** By default all that a user can delegate. */
  readonly scopes?: readonly Scope[];
  /** Its issuer, first in its actor chain; by default `testUserId`. */
  readonly userId?: string;
  /** By default its issuer's owner. */
  readonly ownerId?: string;
  /** By default `null`, as for a key issued by a user. */
  readonly environment?: Environment | null;
  /** Its call budget; by default none. */
  readonly maxCalls?: number;
  /** By the application's clock; by default in the year 9999. */
  readonly expiresAt?: Date;
  /** A revoked key, as after a higher attempt. */
  readonly revoked?: boolean;
  /** Its header; by default `X-Tool-Key`. In `Authorization` it is a bearer token. */
  readonly header?: string;
}

const mint = new KeyMint();
const farAway = new Date(Date.UTC(9999, 0));

/**
 * The headers of an agent's request, for an application with `AuthTestingModule`: an own key each time. Throws for a key
 * that the service would not make.
 */
export function asToolKey(options: TestToolKeyOptions): TestHeaders {
  const { taskId, userId = testUserId, ownerId = testOwnerIdOf(userId), expiresAt = farAway } = options;
  const scopes = requireScopes('asToolKey', options.scopes ?? delegableScopes(scopesOfUser));
  rejectImpossible(options, scopes);
  const { key, hash } = mint.mintToolKey();
  const id = newId();
  testCredentials.toolKeys.set(hash, {
    id,
    ownerId,
    userId,
    taskId,
    attempt: options.attempt ?? 1,
    depth: 1,
    generation: 0,
    environment: options.environment ?? null,
    scopes,
    bounded: false,
    actorChain: [
      { type: 'user', id: userId },
      { type: 'tool_key', id },
    ],
    expiresAt: expiresAt.getTime(),
    issuerKey: null,
    ended: options.revoked === true ? 'REVOKED' : null,
    endsAt: expiresAt.getTime(),
    ancestorsEndAt: Infinity,
    personIssuedAt: null,
    tokensValidFrom: null,
    payerId: options.maxCalls === undefined ? null : id,
    dependsOn: [taskRefOf(ownerId, taskId)],
    seenAt: Infinity,
  });
  if (options.maxCalls !== undefined) testCredentials.callsLeft.set(id, options.maxCalls);
  return headerOf(options.header ?? 'X-Tool-Key', key);
}

function rejectImpossible({ taskId, maxCalls = 1 }: TestToolKeyOptions, scopes: readonly Scope[]): void {
  if (typeof taskId !== 'string' || taskId === '')
    throw new Error('asToolKey: a tool key needs a task (taskId).');
  const kept = delegableScopes(scopes);
  const power = scopes.find((scope) => !kept.includes(scope));
  if (power !== undefined)
    throw new Error(
      `asToolKey: a tool key cannot have "${power}", because it cannot manage keys or the platform.`,
    );
  if (!Number.isInteger(maxCalls) || maxCalls < 1)
    throw new Error('asToolKey: maxCalls must be a whole number, 1 or more.');
}
