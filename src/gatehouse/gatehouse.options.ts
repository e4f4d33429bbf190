import type { Type } from '@nestjs/common';
import { z } from 'zod';
import type { ApiKeysModuleOptions } from '../api-keys/key-quota.js';
import type { AuditSink } from '../audit/audit-sink.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../auth/auth.options.js';
import { authOptionsSchema } from '../auth/options/check-auth-options.js';
import { faultsOfOptions, throwFaults } from '../auth/options/check-module-options.js';
import type {
  DatabaseOptions,
  DatabaseUrlOptions,
  HostDatabaseOptions,
} from '../database/database-options.js';
import type { EntityClass } from '../database/tables/entities.js';
import { gatehouseEntities } from '../entities.js';
import type { ToolKeysModuleExtras, ToolKeysModuleOptions } from '../tool-keys/tool-keys.options.js';

/** As in `DatabaseModule`, with Gatehouse's entities by default. */
export type GatehouseDatabaseOptions =
  | (Omit<DatabaseUrlOptions, 'entities'> & {
      /** Yours that you use in `Database.write`. */
      readonly entities?: readonly EntityClass[];
      readonly dataSource?: undefined;
    })
  | (HostDatabaseOptions & { readonly url?: undefined });

/** All of Gatehouse in one module. */
export interface GatehouseModuleOptions extends AuthModuleOptions {
  /**
   * Options of `DatabaseModule`: `{ url }` for connections of its own, with Gatehouse's entities and migrations, or `{ dataSource }`
   * for yours.
   */
  readonly database: GatehouseDatabaseOptions;
  /**
   * Accepts tokens of `npx nestjs-gatehouse token`, for development: a process that can read `signing-key.pem` in its data
   * folder (by default `./data`) can make one for any e-mail address. Stops the start if `NODE_ENV` is set to anything but
   * `development`, `test` or `staging`.
   */
  readonly devIssuer?: boolean | { readonly dataDir: string };
  /** Options of `ApiKeysModule`. */
  readonly apiKeys?: ApiKeysModuleOptions;
  /** Options of `ToolKeysModule`. */
  readonly toolKeys?: ToolKeysModuleOptions;
}

/** In `forRootAsync` beside `useFactory`, as they decide what is provided. */
export interface GatehouseModuleExtras extends AuthModuleExtras, ToolKeysModuleExtras {
  /** `true` protects every route that is not `@Public()` by `Authenticated`; by default only those with a guard. */
  readonly globalGuard?: boolean;
  /** Receives every audit event: an instance, or a class that Nest creates and that can inject global providers. */
  readonly auditSink?: Type<AuditSink> | AuditSink;
}

/** Everything that a configuration file or `forRoot` may name. */
export type GatehouseConfig = GatehouseModuleOptions & GatehouseModuleExtras;

const options = (name: string) => z.looseObject({}, `${name} is an object of options.`).optional();
const unchecked = z.unknown().optional();

/** Every option, by its name. What one of the other modules takes is checked there. */
const schema = z.strictObject({
  ...authOptionsSchema.shape,
  database: z.looseObject(
    {},
    'database is missing: write database: { url } for connections of its own, or { dataSource } for yours.',
  ),
  devIssuer: z
    .union([z.boolean(), z.strictObject({ dataDir: z.string().min(1) })], {
      error: 'devIssuer is true, false or { dataDir }.',
    })
    .optional(),
  apiKeys: options('apiKeys'),
  toolKeys: options('toolKeys'),
  globalGuard: z.boolean('globalGuard is true or false.').optional(),
  auditSink: unchecked,
  taskResolver: unchecked,
} satisfies Record<keyof GatehouseConfig, z.ZodType>);

const extraNames: Record<keyof GatehouseModuleExtras, true> = {
  apiKeyStore: true,
  auditSink: true,
  credentials: true,
  globalGuard: true,
  keyFormat: true,
  ownerResolver: true,
  taskResolver: true,
};

/**
 * Returns valid options without the extras; throws an `Error` that names everything wrong with them. `extras` are those
 * that were given to `forRoot`, or to `forRootAsync` beside `useFactory`.
 */
export function checkGatehouseOptions(given: unknown, extras: GatehouseModuleExtras): GatehouseModuleOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error('GatehouseModule has no options: pass an object, at least { database: { url } }.');
  const beside = Object.fromEntries(Object.entries(extras).filter(([name]) => name in extraNames));
  const misplaced = Object.keys(given).filter((name) => name in extraNames && !(name in beside));
  throwFaults('GatehouseModule', [
    ...faultsOfOptions('GatehouseModule', schema, { ...beside, ...given }),
    ...misplaced.map(
      (name) =>
        `${name} stands beside useFactory in forRootAsync({ ${name}, useFactory }), not in what it returns.`,
    ),
  ]);
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => !(name in extraNames)),
  ) as unknown as GatehouseModuleOptions;
}

/** With the entities of Gatehouse where it opens the database itself. */
export function databaseOptionsOf({ database }: Pick<GatehouseModuleOptions, 'database'>): DatabaseOptions {
  if (database.url === undefined) return database as DatabaseOptions;
  return { ...database, entities: [...new Set([...gatehouseEntities, ...(database.entities ?? [])])] };
}

/** What is left for `AuthModule`. */
export function authOptionsOf({
  database: _database,
  devIssuer: _devIssuer,
  apiKeys: _apiKeys,
  toolKeys: _toolKeys,
  ...auth
}: GatehouseModuleOptions): AuthModuleOptions {
  return auth;
}
