import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Clock } from '../support/clock.js';
import { DatabaseStartError } from './database-errors.js';
import type { EntityClass } from './tables/entities.js';

export interface ChangeFeedOptions {
  /** The same database without a connection pooler in between; by default `url`. */
  readonly directUrl?: string;
  /** The name of this process in receipts; by default its host name. */
  readonly replicaName?: string;
}

export interface CommonDatabaseOptions {
  /** Logs migrations and interruptions of the change feed; by default Nest's. */
  readonly logger?: LoggerService;
  /** How PostgreSQL delivers changes: `directUrl` behind a pooler, `replicaName`; `false` for a process without requests and caches. */
  readonly changeFeed?: ChangeFeedOptions | false;
}

/** Connections that Gatehouse opens itself. Migrations run at startup. */
export interface DatabaseUrlOptions extends CommonDatabaseOptions {
  /** `postgres://…`, `sqlite:///absolute/path`, `sqlite:relative/path`, or a path that begins with `/` or `./`. */
  readonly url: string;
  /** `gatehouseEntities`, and yours that you use in `Database.write`. */
  readonly entities: readonly EntityClass[];
  /** Prefix of Gatehouse's tables, 1 to 20 of `a-z0-9_`; by default none. Other entities keep their names. */
  readonly tablePrefix?: string;
  /** PostgreSQL: the schema of Gatehouse's tables, created if missing. */
  readonly schema?: string;
  /** PostgreSQL: seconds after which a connection is replaced, so that it leads to the current primary; by default 60. */
  readonly maxConnectionSeconds?: number;
  /**
   * PostgreSQL: `url` leads through a pooler that refuses parameters of connections. The time limits are then set in each
   * transaction, and a read takes four round trips instead of one.
   */
  readonly pooler?: boolean;
}

/** The application's data source, initialized if necessary, never destroyed. */
export interface HostDatabaseOptions extends CommonDatabaseOptions {
  /** Of type `postgres` or `better-sqlite3` (a file), with Gatehouse's and the application's entities. */
  readonly dataSource: DataSource;
  /** Runs Gatehouse's migrations at startup; by default it only checks that they were run. */
  readonly runMigrations?: boolean;
}

export type DatabaseOptions =
  | (DatabaseUrlOptions & { readonly dataSource?: undefined })
  | (HostDatabaseOptions & { readonly url?: undefined });

/** With everything that both ways of connecting default. */
export type OpenOptions<T extends CommonDatabaseOptions> = T &
  Required<CommonDatabaseOptions> & { readonly clock: Clock };

const oneOf =
  'write { url, entities: gatehouseEntities } for its own connections, or { dataSource } for your data source';

const absent = (error: string) => z.undefined(error).optional();
const unchecked = z.unknown().optional();

/** Valid with `url`. Its own value, `tablePrefix` and `schema` are checked where they are used. */
const urlOptions = databaseOptions({
  changeFeed: unchecked,
  dataSource: absent(`url and dataSource are both set: ${oneOf}`),
  entities: z.array(z.unknown(), 'entities must be a list: write entities: gatehouseEntities'),
  logger: unchecked,
  maxConnectionSeconds: z
    .int('maxConnectionSeconds must be a whole number of seconds, 1 to 86400')
    .min(1, 'maxConnectionSeconds must be 1 to 86400')
    .max(86_400, 'maxConnectionSeconds must be 1 to 86400')
    .optional(),
  pooler: z.boolean('pooler must be true or false').optional(),
  runMigrations: absent('runMigrations goes with dataSource; with url they always run'),
  schema: unchecked,
  tablePrefix: unchecked,
  url: unchecked,
});

/** Valid without `url`. */
const hostOptions = databaseOptions({
  changeFeed: unchecked,
  dataSource: z.custom(isDataSource, {
    error: ({ input }) =>
      input === undefined
        ? `url and dataSource are both missing: ${oneOf}`
        : 'dataSource is not a TypeORM DataSource: write inject: [DataSource] in forRootAsync',
  }),
  entities: absent('entities belong to the data source: list them there'),
  logger: unchecked,
  maxConnectionSeconds: absent(
    'maxConnectionSeconds goes with url: set extra: { maxLifetimeSeconds } in the data source',
  ),
  pooler: absent('pooler goes with url: on a data source, each transaction sets the limits anyway'),
  runMigrations: z.boolean('runMigrations must be true or false').optional(),
  schema: absent(
    'the schema belongs to the entities: write gatehouseTables({ schema }).entities in the data source',
  ),
  tablePrefix: absent(
    'the prefix belongs to the entities: write gatehouseTables({ prefix }).entities in the data source',
  ),
  url: unchecked,
});

/** Returns valid options unchanged; throws a `DatabaseStartError` that says what to write. */
export function checkDatabaseOptions(options: unknown): DatabaseOptions {
  const hasUrl = (options as Partial<DatabaseOptions> | undefined)?.url !== undefined;
  // Compiling the schema takes longer than the one run.
  const { error } = (hasUrl ? urlOptions : hostOptions).safeParse(options, { jitless: true });
  if (error === undefined) return options as DatabaseOptions;
  const faults = error.issues.map(({ message }) => message);
  throw new DatabaseStartError(`The options of DatabaseModule are invalid: ${faults.join('; ')}`);
}

function databaseOptions(shape: Record<keyof (DatabaseUrlOptions & HostDatabaseOptions), z.ZodType>) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no option ${issue.keys.join(', ')}, only ${Object.keys(shape).join(', ')}`
        : `they are missing: ${oneOf}`,
  });
}

/** By its shape: the application may have loaded TypeORM a second time. */
function isDataSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'options' in value && 'createQueryRunner' in value && 'initialize' in value;
}
