import type { DataSource } from 'typeorm';

/** What has a data source: TypeORM 1 names it `dataSource`, TypeORM 0.3 `connection`. */
interface OfDataSource {
  readonly dataSource?: DataSource;
  readonly connection?: DataSource;
}

/** The data source of an entity manager, a query runner or the metadata of an entity. */
export function dataSourceOf(owner: object): DataSource {
  const { dataSource, connection } = owner as OfDataSource;
  const found = dataSource ?? connection;
  if (found === undefined) throw new Error('This version of TypeORM is not supported');
  return found;
}

export function isPostgres(owner: object): boolean {
  return dataSourceOf(owner).options.type === 'postgres';
}
