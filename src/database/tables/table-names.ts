import { createHash } from 'node:crypto';

/** How Gatehouse's tables are named. */
export interface TableNaming {
  /** Prefix of all tables, indexes and constraints; by default none. */
  readonly prefix?: string;
  /** PostgreSQL: the schema of all tables; by default the first in the `search_path`. */
  readonly schema?: string;
}

const word = /^[a-z_][a-z0-9_]*$/;
/** With the longest index name it must fit into the 63 bytes of a PostgreSQL identifier. */
const longestPrefix = 20;
const longestSchema = 63;

const table = /\b(TABLE|INTO|FROM|UPDATE|ON|REFERENCES|RENAME TO|FUNCTION|DROP INDEX) "(\w+)"/g;
const constraint = /\b(CONSTRAINT|CREATE (?:UNIQUE )?INDEX(?: IF NOT EXISTS)?) "(\w+)"/g;
const defaultChannel = 'gatehouse_changes';

/** The names of the tables of one Gatehouse. Several with different names may share a database. */
export class TableNames {
  readonly prefix: string;
  readonly schema: string | undefined;

  /** Throws for an invalid name, with the rule. */
  constructor({ prefix = '', schema }: TableNaming = {}) {
    if (prefix !== '' && !isWord(prefix, longestPrefix))
      throw new Error(
        `The table prefix must be 1 to ${longestPrefix} of a-z, 0-9 and _, and not begin with a digit, like 'gh_'`,
      );
    if (schema !== undefined && !isSchemaName(schema)) throw new Error(`The schema ${schemaRule}`);
    this.prefix = prefix;
    this.schema = schema;
  }

  get areDefault(): boolean {
    return this.prefix === '' && this.schema === undefined;
  }

  /** The names on SQLite. */
  get withoutSchema(): TableNames {
    return new TableNames({ prefix: this.prefix });
  }

  /** The options in TypeScript, for messages that say what to write. */
  get code(): string {
    const { prefix, schema } = this;
    const options = [...(prefix ? [`prefix: '${prefix}'`] : []), ...(schema ? [`schema: '${schema}'`] : [])];
    return options.length === 0 ? '' : `{ ${options.join(', ')} }`;
  }

  /** Prefix of the names of migrations: each Gatehouse of a database runs its own. */
  get migrationPrefix(): string {
    return this.schema === undefined ? this.prefix : `${this.schema}.${this.prefix}`;
  }

  /** Records which migrations were run, unless the application runs them. */
  get migrationsTable(): string {
    return `${this.prefix}gatehouse_migrations`;
  }

  /** The channel for notifications of changes. Each Gatehouse of a database has its own. */
  get channel(): string {
    if (this.areDefault) return defaultChannel;
    const key = createHash('sha256').update(JSON.stringify([this.schema ?? null, this.prefix]));
    return `${defaultChannel}_${key.digest('hex').slice(0, 16)}`;
  }

  /** A table or function name in SQL. */
  quoted(name: string): string {
    const schema = this.schema === undefined ? '' : `"${this.schema}".`;
    return `${schema}"${this.prefix}${name}"`;
  }

  /** The name of a table without the prefix. */
  withoutPrefix(name: string): string {
    return name.startsWith(this.prefix) ? name.slice(this.prefix.length) : name;
  }

  /** Translates a statement of a migration, which is written without prefix and schema. */
  translate(sql: string): string {
    return sql
      .replace(table, (_, before: string, name: string) => `${before} ${this.quoted(name)}`)
      .replace(constraint, (_, before: string, name: string) => `${before} "${this.prefix}${name}"`)
      .replaceAll(`'${defaultChannel}'`, `'${this.channel}'`);
  }
}

export function isSchemaName(text: unknown): boolean {
  return isWord(text, longestSchema) && !String(text).startsWith('pg_');
}

function isWord(text: unknown, longest: number): boolean {
  return typeof text === 'string' && text.length <= longest && word.test(text);
}

/** What is wrong with a name for which `isSchemaName` is false. */
export const schemaRule = `must be 1 to ${longestSchema} of a-z, 0-9 and _, and begin neither with a digit nor with pg_`;
