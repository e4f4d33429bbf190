import { postgresDatabases } from './postgres-databases.js';
import { sqliteDatabases } from './sqlite-databases.js';

/**
 * The kinds of database that can be measured here. Each has a `title` and `create`, which makes an empty database with the
 * schema of the service; or, when it is out of reach, `lack`, the reason.
 */
export async function kindsOfDatabases(folder) {
  return [sqliteDatabases(folder), await postgresDatabases(process.env)];
}
