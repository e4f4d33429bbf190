import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Clock } from '../support/clock.js';
import { DatabaseStartError } from './database-errors.js';
import type { EntityClass } from './tables/entities.js';

export interface ChangeFeedOptions {
  /** The same database without a connection pooler in between; by default `url`. */
  readonly directUrl?: string;
  /** The name of this process in receipts; by default its host name. */
  readonly replicaName?: string;
}

interface CommonOptions {
  /** Logs migrations, interruptions of the change feed and the like; by default a logger of Nest. */
  readonly logger?: LoggerService;
  /** How changes by other processes are received, on PostgreSQL; `false` for a process that caches nothing and serves no requests. */
  readonly changeFeed?: ChangeFeedOptions | false;
}

/** Connections that Gatehouse opens itself. Migrations run at the start. */
export interface DatabaseUrlOptions extends CommonOptions {
  /** `postgres://…`, `sqlite:///absolute/path`, `sqlite:relative/path` or the path of a SQLite file. */
  readonly url: string;
  /** Every entity that is used with the database. */
  readonly entities: readonly EntityClass[];
  /** Prefix of the names of Gatehouse's tables, 1 to 20 of `a-z0-9_`; by default none. Other entities keep their names. */
  readonly tablePrefix?: string;
  /** The schema of Gatehouse's tables, on PostgreSQL. It is created if it is missing. */
  readonly schema?: string;
}

/** A data source of the application. It is initialized if necessary, and never destroyed. */
export interface HostDatabaseOptions extends CommonOptions {
  /** Of type `postgres` or `better-sqlite3`, with the entities of Gatehouse and of the application. */
  readonly dataSource: DataSource;
  /** Whether to run Gatehouse's migrations at the start; by default the start only checks that they were run. */
  readonly runMigrations?: boolean;
}

export type DatabaseOptions =
  | (DatabaseUrlOptions & { readonly dataSource?: undefined })
  | (HostDatabaseOptions & { readonly url?: undefined });

/** With everything that both ways of connecting default. */
export type OpenOptions<T extends CommonOptions> = T & Required<CommonOptions> & { readonly clock: Clock };

/** Which way of connecting each option belongs to. */
const optionKinds: Readonly<Record<string, 'url' | 'dataSource' | 'both'>> = {
  changeFeed: 'both',
  dataSource: 'dataSource',
  entities: 'url',
  logger: 'both',
  runMigrations: 'dataSource',
  schema: 'url',
  tablePrefix: 'url',
  url: 'url',
};

const misplacedOptions: Readonly<Record<string, string>> = {
  entities: 'entities belong to the data source: list them there',
  runMigrations: 'runMigrations goes with dataSource; with url they always run',
  schema: 'the schema belongs to the entities: write gatehouseTables({ schema }).entities in the data source',
  tablePrefix:
    'the prefix belongs to the entities: write gatehouseTables({ prefix }).entities in the data source',
};

/** Returns valid options unchanged; throws a `DatabaseStartError` that says what to write. */
export function checkDatabaseOptions(options: unknown): DatabaseOptions {
  const faults = faultsOf(options);
  if (faults.length === 0) return options as DatabaseOptions;
  throw new DatabaseStartError(`The options of DatabaseModule are invalid: ${faults.join('; ')}`);
}

function faultsOf(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return [`they are missing: ${oneOf}`];
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined));
  const unknown = [...given.keys()].filter((name) => !(name in optionKinds));
  if (unknown.length > 0)
    return [`there is no option ${unknown.join(', ')}, only ${Object.keys(optionKinds).join(', ')}`];
  if (given.has('url') === given.has('dataSource'))
    return [`url and dataSource are both ${given.has('url') ? 'set' : 'missing'}: ${oneOf}`];
  const kind = given.has('url') ? 'url' : 'dataSource';
  const misplaced = [...given.keys()].filter((name) => ![kind, 'both'].includes(optionKinds[name] ?? ''));
  const faults = misplaced.map((name) => misplacedOptions[name] ?? name);
  const { entities, dataSource, runMigrations } = Object.fromEntries(given);
  if (kind === 'url' && !Array.isArray(entities))
    faults.push('entities must be a list: write entities: gatehouseEntities');
  if (kind === 'dataSource' && !isDataSource(dataSource))
    faults.push('dataSource is not a TypeORM DataSource: write inject: [DataSource] in forRootAsync');
  if (kind === 'dataSource' && runMigrations !== undefined && typeof runMigrations !== 'boolean')
    faults.push('runMigrations must be true or false');
  return faults;
}

const oneOf =
  'write { url, entities: gatehouseEntities } for its own connections, or { dataSource } for your data source';

/** By its shape: the application may have loaded TypeORM a second time. */
function isDataSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'options' in value && 'createQueryRunner' in value && 'initialize' in value;
}
