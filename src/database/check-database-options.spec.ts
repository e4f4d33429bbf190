import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { checkDatabaseOptions } from './check-database-options.js';

const dataSource = new DataSource({ type: 'better-sqlite3', database: 'a.db' });
const url = 'sqlite:a.db';

describe('options that can be followed', () => {
  it.each([
    [{ url, entities: [] }],
    [{ url, entities: [], tablePrefix: 'gh_', schema: undefined, changeFeed: false }],
    [{ dataSource }],
    [{ dataSource, runMigrations: true, changeFeed: { directUrl: 'postgres://host/db' }, url: undefined }],
  ])('%# pass as they are', (options) => {
    expect(checkDatabaseOptions(options)).toBe(options);
  });
});

describe('options that cannot', () => {
  it.each<[string, unknown, string]>([
    ['none', undefined, 'there are none: write { url, entities: gatehouseEntities } for'],
    ['neither place', {}, 'there is neither: write { url, entities: gatehouseEntities } for'],
    ['two places', { url, dataSource, entities: [] }, 'there are both url and dataSource: write'],
    ['an unknown name', { dataSource, prefix: 'gh_' }, 'there is no prefix, only changeFeed, dataSource,'],
    ['no entities', { url }, 'entities is a list: write entities: gatehouseEntities'],
    ['entities twice', { dataSource, entities: [] }, 'entities are those of the data source'],
    ['a prefix twice', { dataSource, tablePrefix: 'gh_' }, 'write gatehouseTables({ prefix }).entities'],
    ['a schema twice', { dataSource, schema: 'auth' }, 'write gatehouseTables({ schema }).entities'],
    [
      'migrations that are run anyway',
      { url, entities: [], runMigrations: true },
      'with url they are always run',
    ],
    ['a word for a choice', { dataSource, runMigrations: 'yes' }, 'runMigrations is true or false'],
    [
      'options of a data source',
      { dataSource: dataSource.options },
      'write inject: [DataSource] in forRootAsync',
    ],
    ['a class', { dataSource: DataSource }, 'write inject: [DataSource] in forRootAsync'],
  ])('say what to write: %s', (_, options, expected) => {
    expect(() => checkDatabaseOptions(options)).toThrow(expected);
  });

  it('never show a value, which may hold a password', () => {
    expect(() => checkDatabaseOptions({ url: 'postgres://a:hunter2@b/c', dataSource })).toThrow(
      /^(?!.*hunter2)/,
    );
  });
});
