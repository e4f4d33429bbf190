import { Column, DataSource, type DataSourceOptions, Entity, PrimaryColumn } from 'typeorm';
import { parseDatabaseUrl } from '../../src/database/database-location.js';
import type { GatehouseTables } from '../../src/entities.js';

/** An entity of the application. */
@Entity('notes')
export class Note {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;
}

/** Another entity, with the name of one of Gatehouse. */
@Entity('members')
export class User {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;
}

export class CreateNotes1700000000000 {
  readonly name = 'CreateNotes1700000000000';

  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(
      'CREATE TABLE notes (id varchar(36) PRIMARY KEY NOT NULL, owner_id varchar(36) NOT NULL)',
    );
    await runner.query('CREATE TABLE members (id varchar(36) PRIMARY KEY NOT NULL)');
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('DROP TABLE members');
    await runner.query('DROP TABLE notes');
  }
}

/** The options of a data source that an application sets up for itself. */
export function hostOptions(url: string, extra: object = {}): DataSourceOptions {
  const location = parseDatabaseUrl(url);
  const place =
    location.type === 'postgres'
      ? { type: 'postgres', url: location.url }
      : { type: 'better-sqlite3', database: location.file };
  return {
    ...place,
    entities: [Note, User],
    migrations: [CreateNotes1700000000000],
    ...extra,
  } as DataSourceOptions;
}

/** The same with our tables in it; their migrations are run with those of the application if requested. */
export function hostWith(
  url: string,
  tables: GatehouseTables,
  { runsAll = false, ...extra }: { runsAll?: boolean; [option: string]: unknown } = {},
): DataSource {
  const ours = url.startsWith('postgres') ? tables.migrations.postgres : tables.migrations.sqlite;
  return new DataSource(
    hostOptions(url, {
      entities: [Note, User, ...tables.entities],
      migrations: [CreateNotes1700000000000, ...(runsAll ? ours : [])],
      migrationsRun: true,
      ...extra,
    }),
  );
}
