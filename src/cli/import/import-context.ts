import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { dataSourceOf } from '../../database/data-source-of.js';
import { tableIn } from '../../database/tables/entities.js';
import { Owner } from '../../identity/owner.entity.js';
import { User } from '../../identity/user.entity.js';
import { ApiKey } from '../../key-store/api-key.entity.js';

const chunkSize = 500;

/** The rows of the database that an import has to respect. */
export interface ImportContext {
  readonly owners: ReadonlySet<string>;
  /** The users of the file that exist already, with their owners. */
  readonly users: ReadonlyMap<string, { readonly ownerId: string; readonly login: string }>;
  /** The current or last personal key of each user, which an admin may have restricted. */
  readonly personalKeys: ReadonlyMap<string, ApiKey>;
  /** The users that have an active personal key. */
  readonly keyHolders: ReadonlySet<string>;
}

/** The ids of those keys that exist already, by hash. */
export async function findExistingKeys(
  manager: EntityManager,
  hashes: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { driver } = dataSourceOf(manager);
  for (let start = 0; start < hashes.length; start += chunkSize) {
    // Without the query builder, which takes longer to replace parameters than the query runs.
    const some = hashes.slice(start, start + chunkSize);
    const places = some.map((_, index) => driver.createParameter('', index)).join(', ');
    const sql = `SELECT id, key_hash AS hash FROM ${tableIn(manager, ApiKey)} WHERE key_hash IN (${places})`;
    const rows = (await manager.query(sql, some)) as { id: string; hash: string }[];
    for (const { id, hash } of rows) found.set(hash, id);
  }
  return found;
}

/** Reads what exists of these owners and users. */
export async function findImportContext(
  manager: EntityManager,
  ownerIds: readonly string[],
  userIds: readonly string[],
): Promise<ImportContext> {
  const owners = await findIn(manager, Owner, 'id', ownerIds, ['id']);
  const users = await findIn(manager, User, 'id', userIds, ['id', 'ownerId', 'issuer', 'subject']);
  const bounds = ['enabled', 'environment', 'expiresAt', 'allowedIps', 'rateLimit'] as const;
  const found = await findIn(manager, ApiKey, 'userId', userIds, [
    'id',
    'userId',
    'kind',
    'revokedAt',
    ...bounds,
  ]);
  const keys = found
    .filter(({ kind }) => kind === 'personal')
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const holders = keys.filter(({ revokedAt }) => revokedAt === null);
  return {
    owners: new Set(owners.map(({ id }) => id)),
    users: new Map(
      users.map(({ id, ownerId, issuer, subject }) => [
        id,
        { ownerId, login: JSON.stringify([issuer, subject]) },
      ]),
    ),
    // Later entries win: the newest key, and above all the active one (see currentPersonalKey).
    personalKeys: new Map([...keys, ...holders].map((key) => [key.userId ?? '', key])),
    keyHolders: new Set(holders.map(({ userId }) => userId ?? '')),
  };
}

async function findIn<T extends ObjectLiteral, K extends keyof T & string>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  column: K,
  values: readonly string[],
  wanted: readonly (keyof T & string)[],
): Promise<T[]> {
  const all = [...new Set(values)];
  const found: T[] = [];
  for (let start = 0; start < all.length; start += chunkSize) {
    const query = manager
      .createQueryBuilder(entity, 'row')
      .select(wanted.map((name) => `row.${name}`))
      .where(`row.${column} IN (:...some)`, { some: all.slice(start, start + chunkSize) });
    found.push(...(await query.getMany()));
  }
  return found;
}
