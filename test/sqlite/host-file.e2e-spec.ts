import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import { gatehouseEntities } from '../../src/entities.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function rejection(dataSource: unknown): Promise<string> {
  try {
    await (await openDatabase({ dataSource } as DatabaseOptions)).close();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it starts';
}

describe('an unusable data source says what to write', () => {
  it.each(['mysql', 'sqljs', 'cockroachdb', 'mongodb'])('of type %s', async (type) => {
    const dataSource = { options: { type }, createQueryRunner: () => undefined, initialize: () => undefined };
    expect(await rejection(dataSource)).toBe(
      `The data source is of type ${type}, and Gatehouse supports 'postgres' and 'better-sqlite3': use DatabaseModule.forRoot({ url, entities: gatehouseEntities }) to give it a separate database`,
    );
  });

  it.each([':memory:', ''])('in memory: %j', async (database) => {
    const dataSource = new DataSource({ type: 'better-sqlite3', database, entities: gatehouseEntities });
    expect(await rejection(dataSource)).toContain("set database: 'a-file.db' in the data source");
    expect(dataSource.isInitialized).toBe(false);
  });

  it('that is readonly', async () => {
    const database = join(folder, 'readonly.db');
    const options = { type: 'better-sqlite3', database, entities: gatehouseEntities } as const;
    await (await new DataSource(options).initialize()).destroy();
    expect(await rejection(new DataSource({ ...options, readonly: true }))).toBe(
      'The data source is readonly, but Gatehouse must write to it',
    );
  });
});
