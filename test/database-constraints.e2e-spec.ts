import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Entity,
  type EntityTarget,
  getMetadataArgsStorage,
  type ObjectLiteral,
  PrimaryColumn,
} from 'typeorm';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { isUniqueViolation, uniqueOf } from '../src/database/unique-violation.js';
import { Owner } from '../src/identity/owner.entity.js';
import { User } from '../src/identity/user.entity.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import { anOwner, open } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

const constraints = [
  'pk_owners',
  'pk_users',
  'pk_api_keys',
  'pk_tool_keys',
  'pk_audit_events',
  'uq_users_issuer_subject',
  'uq_api_keys_hash',
  'uq_api_keys_active_personal',
  'uq_tool_keys_hash',
];

const now = new Date(1_700_000_000_123);
const user = { id: 'u', ownerId: 'o', issuer: 'i', subject: 's', createdAt: now };
const shared = { ownerId: 'o', environment: 'live', prefix: 'mk_live_12345678', createdAt: now } as const;
const personal = { ...shared, id: 'p', kind: 'personal', userId: 'u', name: 'p', hash: 'h1' } as const;
const service = { ...shared, id: 's', kind: 'service', name: 's', hash: 'h2' } as const;
const toolKey = { ...shared, id: 't', taskId: 't', hash: 'h3', scopes: [], actorChain: [], expiresAt: now };

let scratch: ScratchDatabase;
let database: ConnectedDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
  database = await open(scratch.url);
  await insert(Owner, anOwner('o'));
  await insert(User, user);
  await insert(ApiKey, personal);
  await insert(ApiKey, service);
  await insert(ToolKey, toolKey);
});

afterAll(async () => {
  await database.close();
  await scratch.drop();
});

const insert = <T extends ObjectLiteral>(entity: EntityTarget<T>, row: object) =>
  database.write((manager) =>
    manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(row as never)
      .execute(),
  );

describe('a unique index', () => {
  it.each([
    ['pk_owners', Owner, anOwner('o')],
    ['pk_users', User, { ...user, subject: 'other' }],
    ['pk_api_keys', ApiKey, { ...service, hash: 'other' }],
    ['pk_tool_keys', ToolKey, { ...toolKey, hash: 'other' }],
    ['uq_users_issuer_subject', User, { ...user, id: 'other' }],
    ['uq_api_keys_hash', ApiKey, { ...service, id: 'other' }],
    ['uq_api_keys_hash', ApiKey, { ...personal, id: 'other', userId: 'other' }],
    ['uq_api_keys_active_personal', ApiKey, { ...personal, id: 'other', hash: 'other' }],
    ['uq_tool_keys_hash', ToolKey, { ...toolKey, id: 'other' }],
  ])('is identified when it is violated: %s', async (constraint, entity, row) => {
    const error: unknown = await insert(entity as EntityTarget<ObjectLiteral>, row).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'QueryFailedError' });
    expect(constraints.filter((name) => isUniqueViolation(error, name))).toEqual([constraint]);
  });

  it('of active personal keys ignores revoked ones and service keys of the user', async () => {
    await insert(ApiKey, { ...personal, id: 'revoked', hash: 'h4', revokedAt: now });
    await insert(ApiKey, { ...personal, id: 'service', hash: 'h5', kind: 'service' });
  });

  it('has columns that differ from every other of its table', () => {
    const columns = constraints.map((name) => JSON.stringify(uniqueOf(name)));
    expect(columns).not.toContain(undefined);
    expect(new Set(columns).size).toBe(constraints.length);
  });

  it('is the same where a second copy of the package is loaded', () => {
    const { columns, tables } = getMetadataArgsStorage();
    const before = [columns.length, tables.length];
    class Copy {}
    PrimaryColumn({ type: 'varchar', primaryKeyConstraintName: 'pk_users' })(Copy.prototype, 'id');
    Entity('users')(Copy);
    const unique = uniqueOf('pk_users');
    [columns.length, tables.length] = before as [number, number];
    expect(unique).toEqual({ table: 'users', columns: ['id'] });
  });

  it('is not confused with a foreign key', async () => {
    const error: unknown = await insert(User, { ...user, id: 'v', subject: 'v', ownerId: 'nobody' }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ name: 'QueryFailedError' });
    expect(constraints.filter((name) => isUniqueViolation(error, name))).toEqual([]);
  });
});

describe('a stored row', () => {
  it('is read unchanged: times to the millisecond, also distant ones, and absent ones as null', async () => {
    const far = new Date(8.64e15);
    await insert(ApiKey, { ...service, id: 'far', hash: 'far', expiresAt: far, scopes: ['files:read'] });
    const row = await database.read((manager) => manager.findOneByOrFail(ApiKey, { id: 'far' }));
    expect(row).toMatchObject({
      createdAt: now,
      expiresAt: far,
      revokedAt: null,
      scopes: ['files:read'],
      enabled: true,
    });
  });
});
