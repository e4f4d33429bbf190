import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { ChangeFeedSource } from './change-feed-source.js';
import type { EntityClass } from './tables/named-entities.js';

interface CommonOptions {
  /** Where migrations, cuts of the feed and the like are told; a logger of Nest unless given. */
  readonly logger?: LoggerService;
  /**
   * Where and under which name to hear of the changes of other processes, on PostgreSQL; `false` for a process that
   * remembers nothing and serves no requests.
   */
  readonly changeFeed?: ChangeFeedSource | false;
}

/** Connections of our own. Migrations are run at the start. */
export interface OwnConnections extends CommonOptions {
  /** `postgres://…`, `sqlite:///absolute/path`, `sqlite:relative/path` or the path of a SQLite file. */
  readonly url: string;
  /** Every entity that is used with the database. */
  readonly entities: readonly EntityClass[];
  /** What the names of our tables begin with, 1 to 20 of `a-z0-9_`; nothing unless given. Other entities keep theirs. */
  readonly tablePrefix?: string;
  /** The schema of our tables, on PostgreSQL. It is created where it is missing. */
  readonly schema?: string;
}

/** A data source of the application. It is initialised if that was not done, and never destroyed. */
export interface HostDataSource extends CommonOptions {
  /** Of type `postgres` or `better-sqlite3`, with our entities and those of the application. */
  readonly dataSource: DataSource;
  /** Whether our migrations are run at the start; unless true it is only checked that they were. */
  readonly runMigrations?: boolean;
}

export type DatabaseOptions = OwnConnections | HostDataSource;
