import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { checkDatabaseOptions } from './database-options.js';

const dataSource = new DataSource({ type: 'better-sqlite3', database: 'a.db' });
const url = 'sqlite:a.db';

describe('valid options', () => {
  it.each([
    [{ url, entities: [] }],
    [{ url, entities: [], tablePrefix: 'gh_', schema: undefined, changeFeed: false }],
    [{ dataSource }],
    [{ dataSource, runMigrations: true, changeFeed: { directUrl: 'postgres://host/db' }, url: undefined }],
  ])('%# are returned unchanged', (options) => {
    expect(checkDatabaseOptions(options)).toBe(options);
  });
});

describe('invalid options', () => {
  it.each<[string, unknown, string]>([
    ['none', undefined, 'they are missing: write { url, entities: gatehouseEntities } for'],
    [
      'neither place',
      {},
      'url and dataSource are both missing: write { url, entities: gatehouseEntities } for',
    ],
    ['two places', { url, dataSource, entities: [] }, 'url and dataSource are both set: write'],
    [
      'an unknown name',
      { dataSource, prefix: 'gh_' },
      'there is no option prefix, only changeFeed, dataSource,',
    ],
    ['no entities', { url }, 'entities must be a list: write entities: gatehouseEntities'],
    ['entities twice', { dataSource, entities: [] }, 'entities belong to the data source'],
    ['a prefix twice', { dataSource, tablePrefix: 'gh_' }, 'write gatehouseTables({ prefix }).entities'],
    ['a schema twice', { dataSource, schema: 'auth' }, 'write gatehouseTables({ schema }).entities'],
    ['migrations that always run', { url, entities: [], runMigrations: true }, 'with url they always run'],
    ['a word for a choice', { dataSource, runMigrations: 'yes' }, 'runMigrations must be true or false'],
    [
      'options of a data source',
      { dataSource: dataSource.options },
      'write inject: [DataSource] in forRootAsync',
    ],
    ['a class', { dataSource: DataSource }, 'write inject: [DataSource] in forRootAsync'],
  ])('are reported with a fix: %s', (_, options, expected) => {
    expect(() => checkDatabaseOptions(options)).toThrow(expected);
  });

  it('are reported without their value, which may hold a password', () => {
    expect(() => checkDatabaseOptions({ url: 'postgres://a:hunter2@b/c', dataSource })).toThrow(
      /^(?!.*hunter2)/,
    );
  });
});
