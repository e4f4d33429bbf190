import { Injectable } from '@nestjs/common';
import { type EntityManager, In, Index, MoreThan, PrimaryColumn } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { GatehouseEntity, InstantColumn, tableIn } from '../database/tables/entities.js';
import type { Scope } from '../principal/scopes.js';
import { dayMs } from '../support/clock.js';
import { compare } from './pending-counts.js';

/** The most scopes that are kept of one key. */
export const mostScopesOfKey = 64;

/** How long an unused scope is kept, in milliseconds. */
export const scopeUseMs = 90 * dayMs;

/** In place of a scope: the row that every key has, and that its writers lock. No scope is empty. */
const keyItself = '';
/** In place of a scope: further scopes that were not kept. A scope has two parts at least. */
export const furtherScopes = '*';

/** One use of a scope, or of `furtherScopes`. */
export interface ScopeUse {
  readonly keyId: string;
  readonly scope: Scope | typeof furtherScopes;
  readonly at: Date;
}

/** When an API key first and last needed one of its scopes. */
@GatehouseEntity('key_scope_uses')
@Index('ix_key_scope_uses_last', ['lastUsedAt'])
export class KeyScopeUse {
  @PrimaryColumn({
    name: 'key_id',
    type: 'varchar',
    length: 36,
    primaryKeyConstraintName: 'pk_key_scope_uses',
  })
  keyId!: string;

  @PrimaryColumn({ type: 'varchar', length: 200, primaryKeyConstraintName: 'pk_key_scope_uses' })
  scope!: ScopeUse['scope'] | typeof keyItself;

  @InstantColumn({ name: 'first_used_at' })
  firstUsedAt!: Date;

  @InstantColumn({ name: 'last_used_at' })
  lastUsedAt!: Date;
}

/** The scopes that a key has needed in the last 90 days. */
export interface ScopesUsed {
  readonly scopes: readonly { readonly scope: Scope; readonly lastUsedAt: Date }[];
  /** False if the key needed more scopes than are kept. */
  readonly isComplete: boolean;
  /** When the first use was noted; `null` without any. */
  readonly since: Date | null;
}

/** The table of scopes that keys have needed: at most 64 of a key, whichever process writes them. */
@Injectable()
export class ScopeUseStore {
  constructor(private readonly database: Database) {}

  /** Adds all uses, or rejects and adds none. */
  async add(uses: readonly ScopeUse[]): Promise<void> {
    await this.database.write(async (manager) => {
      const keys = new Map(uses.map((use) => [use.keyId, { ...use, scope: keyItself } as const]));
      await put(manager, [...keys.values()]);
      const kept = await manager.findBy(KeyScopeUse, { keyId: In([...keys.keys()]) });
      await put(manager, fitting(uses, kept));
    });
  }

  async find(keyIds: readonly string[], now: number, requester?: ReadOptions): Promise<KeyScopeUse[]> {
    const lastUsedAt = MoreThan(new Date(now - scopeUseMs));
    return this.database.read(
      (manager) => manager.findBy(KeyScopeUse, { keyId: In([...keyIds]), lastUsedAt }),
      requester,
    );
  }
}

/** The uses without duplicates; a scope beyond those that have room counts as `furtherScopes`. */
function fitting(uses: readonly ScopeUse[], kept: readonly KeyScopeUse[]): ScopeUse[] {
  const scopesOf = new Map<string, Set<string>>();
  for (const { keyId, scope } of kept) scopesOf.set(keyId, (scopesOf.get(keyId) ?? new Set()).add(scope));
  const rows = new Map<string, ScopeUse>();
  for (const use of uses) {
    const scopes = scopesOf.get(use.keyId) ?? new Set();
    const isKept = scopes.has(use.scope) || countOf(scopes) < mostScopesOfKey;
    const scope = isKept ? use.scope : furtherScopes;
    scopesOf.set(use.keyId, scopes.add(scope));
    const id = `${use.keyId} ${scope}`;
    const known = rows.get(id);
    if (known === undefined || known.at < use.at) rows.set(id, { ...use, scope });
  }
  return [...rows.values()];
}

function countOf(scopes: ReadonlySet<string>): number {
  return scopes.size - (scopes.has(keyItself) ? 1 : 0) - (scopes.has(furtherScopes) ? 1 : 0);
}

type Row = Omit<ScopeUse, 'scope'> & Pick<KeyScopeUse, 'scope'>;

/** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
async function put(manager: EntityManager, rows: readonly Row[]): Promise<void> {
  const sorted = [...rows].sort(
    (one, other) => compare(one.keyId, other.keyId) || compare(one.scope, other.scope),
  );
  const [insert, parameters] = manager
    .createQueryBuilder()
    .insert()
    .into(KeyScopeUse)
    .values(sorted.map(({ at, ...row }) => ({ ...row, firstUsedAt: at, lastUsedAt: at })))
    .getQueryAndParameters();
  const stored = tableIn(manager, KeyScopeUse);
  await manager.query(
    `${insert} ON CONFLICT ("key_id", "scope") DO UPDATE SET "last_used_at" =` +
      ` CASE WHEN excluded."last_used_at" > ${stored}."last_used_at"` +
      ` THEN excluded."last_used_at" ELSE ${stored}."last_used_at" END`,
    parameters,
  );
}

/** What the rows of a key say, with those of a key that it replaced. */
export function toScopesUsed(rows: readonly KeyScopeUse[]): ScopesUsed {
  const lastUses = new Map<string, Date>();
  let [since, isComplete]: [Date | null, boolean] = [null, true];
  for (const { scope, firstUsedAt, lastUsedAt } of rows) {
    if (since === null || firstUsedAt < since) since = firstUsedAt;
    if (scope === furtherScopes) isComplete = false;
    else if (scope !== keyItself) lastUses.set(scope, laterOf(lastUses.get(scope), lastUsedAt));
  }
  const scopes = [...lastUses]
    .map(([scope, lastUsedAt]) => ({ scope: scope as Scope, lastUsedAt }))
    .sort((one, other) => compare(one.scope, other.scope))
    .slice(0, mostScopesOfKey);
  return { scopes, isComplete: isComplete && lastUses.size <= mostScopesOfKey, since };
}

function laterOf(one: Date | undefined, other: Date): Date {
  return one !== undefined && one > other ? one : other;
}
