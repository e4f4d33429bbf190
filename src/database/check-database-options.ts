import type { DatabaseOptions } from './database-options.js';
import { DatabaseStartError } from './database-start-error.js';

/** Which options there are, and whether they go with connections of our own, with a data source of the application or both. */
const known: Readonly<Record<string, 'own' | 'host' | 'both'>> = {
  changeFeed: 'both',
  dataSource: 'host',
  entities: 'own',
  logger: 'both',
  runMigrations: 'host',
  schema: 'own',
  tablePrefix: 'own',
  url: 'own',
};

const inSteadOf: Readonly<Record<string, string>> = {
  entities: 'entities are those of the data source: write them where it is set up',
  runMigrations: 'runMigrations goes with dataSource; with url they are always run',
  schema: 'the schema is that of the entities: write gatehouseTables({ schema }).entities in the data source',
  tablePrefix:
    'the prefix is that of the entities: write gatehouseTables({ prefix }).entities in the data source',
};

/** The options as they are when they can be followed; throws `DatabaseStartError` that says what to write. */
export function checkDatabaseOptions(options: unknown): DatabaseOptions {
  const faults = faultsOf(options);
  if (faults.length === 0) return options as DatabaseOptions;
  throw new DatabaseStartError(`The options of DatabaseModule cannot be followed: ${faults.join('; ')}`);
}

function faultsOf(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return [`there are none: ${either}`];
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined));
  const strange = [...given.keys()].filter((name) => !(name in known));
  if (strange.length > 0) return [`there is no ${strange.join(', ')}, only ${Object.keys(known).join(', ')}`];
  if (given.has('url') === given.has('dataSource'))
    return [`${given.has('url') ? 'there are both url and dataSource' : 'there is neither'}: ${either}`];
  const kind = given.has('url') ? 'own' : 'host';
  const misplaced = [...given.keys()].filter((name) => known[name] !== kind && known[name] !== 'both');
  const faults = misplaced.map((name) => inSteadOf[name] ?? name);
  const { entities, dataSource, runMigrations } = Object.fromEntries(given);
  if (kind === 'own' && !Array.isArray(entities))
    faults.push('entities is a list: write entities: gatehouseEntities');
  if (kind === 'host' && !isDataSource(dataSource))
    faults.push('dataSource is no DataSource of TypeORM: write inject: [DataSource] in forRootAsync');
  if (kind === 'host' && runMigrations !== undefined && typeof runMigrations !== 'boolean')
    faults.push('runMigrations is true or false');
  return faults;
}

const either =
  'write { url, entities: gatehouseEntities } for connections of its own, or { dataSource } for one of yours';

/** By its shape: the application may have loaded TypeORM a second time. */
function isDataSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'options' in value && 'createQueryRunner' in value && 'initialize' in value;
}
