import { createHash } from 'node:crypto';

/** How tables of ours are named. */
export interface TableNaming {
  /** What the names of all tables, indexes and constraints begin with; nothing unless given. */
  readonly prefix?: string;
  /** The schema that all tables are in, on PostgreSQL; the one that the connection finds first unless given. */
  readonly schema?: string;
}

const word = /^[a-z_][a-z0-9_]*$/;
/** With the longest name of an index behind it, it has to fit into the 63 bytes of PostgreSQL. */
const longestPrefix = 20;
const longestSchema = 63;

const table =
  /\b(TABLE|INTO|FROM|UPDATE|ON|REFERENCES|RENAME TO|FUNCTION|DROP INDEX) (?:"public"\.)?"(\w+)"/g;
const constraint = /\b(CONSTRAINT|CREATE INDEX|CREATE UNIQUE INDEX) "(\w+)"/g;
const usualChannel = 'gatehouse_changes';

/** What the tables of one Gatehouse are called. Several may share a database when they differ in this. */
export class TableNames {
  readonly prefix: string;
  readonly schema: string | undefined;

  /** Throws for what is no plain name, and says what is. */
  constructor({ prefix = '', schema }: TableNaming = {}) {
    if (prefix !== '' && !isWord(prefix, longestPrefix))
      throw new Error(`The table prefix ${rule(longestPrefix)}, like 'gh_'`);
    if (schema !== undefined && (!isWord(schema, longestSchema) || schema.startsWith('pg_')))
      throw new Error(`The schema ${rule(longestSchema)} and does not begin with pg_, like 'auth'`);
    this.prefix = prefix;
    this.schema = schema;
  }

  get areDefault(): boolean {
    return this.prefix === '' && this.schema === undefined;
  }

  /** The same on SQLite. */
  get withoutSchema(): TableNames {
    return new TableNames({ prefix: this.prefix });
  }

  /** As it is written where the code shows how to get these names. */
  get code(): string {
    const { prefix, schema } = this;
    const options = [...(prefix ? [`prefix: '${prefix}'`] : []), ...(schema ? [`schema: '${schema}'`] : [])];
    return options.length === 0 ? '' : `{ ${options.join(', ')} }`;
  }

  /** Stands before the names of migrations: each Gatehouse of a database has its own. */
  get migrationPrefix(): string {
    return this.schema === undefined ? this.prefix : `${this.schema}.${this.prefix}`;
  }

  /** Where it is noted which migrations were run, unless the application does that with its own. */
  get migrationsTable(): string {
    return `${this.prefix}gatehouse_migrations`;
  }

  /** Where changes are told of. Others must not hear them. */
  get channel(): string {
    if (this.areDefault) return usualChannel;
    const key = createHash('sha256').update(JSON.stringify([this.schema ?? null, this.prefix]));
    return `${usualChannel}_${key.digest('hex').slice(0, 16)}`;
  }

  /** A table, or a function, in SQL. */
  quoted(name: string): string {
    const schema = this.schema === undefined ? '' : `"${this.schema}".`;
    return `${schema}"${this.prefix}${name}"`;
  }

  /** The name without prefix of a table that is called `name` in the database. */
  plain(name: string): string {
    return name.startsWith(this.prefix) ? name.slice(this.prefix.length) : name;
  }

  /** A statement of a migration, which is written without prefix and for the schema `public`. */
  translate(sql: string): string {
    return sql
      .replace(table, (_, before: string, name: string) => `${before} ${this.quoted(name)}`)
      .replace(constraint, (_, before: string, name: string) => `${before} "${this.prefix}${name}"`)
      .replaceAll(`'${usualChannel}'`, `'${this.channel}'`);
  }
}

function isWord(text: unknown, longest: number): boolean {
  return typeof text === 'string' && text.length <= longest && word.test(text);
}

function rule(longest: number): string {
  return `is 1 to ${longest} of a-z, 0-9 and _, not a digit first`;
}
