import { dataSourceOf } from '../data-source-of.js';
import type { Type } from '@nestjs/common';
import {
  Column,
  type ColumnOptions,
  Entity,
  type EntityManager,
  EntitySchema,
  type EntitySchemaColumnOptions,
  type EntityTarget,
  getMetadataArgsStorage,
  type ObjectLiteral,
} from 'typeorm';
import type { TableNames } from './table-names.js';

/** An item of the `entities` of a data source. */
export type EntityClass = Type | EntitySchema;

const tables = new Map<Type, string>();

/** Declares an entity of Gatehouse. The application may give its table a prefix, or put it into another schema. */
export function GatehouseEntity(name: string): ClassDecorator {
  return (target) => {
    tables.set(target as unknown as Type, name);
    Entity(name)(target);
  };
}

/** The table name that the entity declares, without prefix; `undefined` if it is not an entity of Gatehouse. */
export function declaredTable(entity: unknown): string | undefined {
  return tables.get(entity as Type);
}

/**
 * A time, stored as epoch milliseconds and read as a `Date`. A timestamp without time zone would be written in the zone of
 * the writing process, so two replicas in two zones would disagree on an expiry.
 */
export function InstantColumn(options: ColumnOptions & { name: string }): PropertyDecorator {
  return Column({ ...options, type: 'bigint', transformer: instant });
}

const instant = {
  to: (date: Date | null | undefined) => (date instanceof Date ? date.getTime() : date),
  from: (stored: string | number | null) => (stored === null ? null : new Date(Number(stored))),
};

/** The table of an entity for hand-written SQL, quoted and with its schema. */
export function tableIn(manager: EntityManager, entity: EntityTarget<ObjectLiteral>): string {
  const dataSource = dataSourceOf(manager);
  const { tablePath } = dataSource.getMetadata(entity);
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** Puts the entities of Gatehouse into tables of these names; all others stay unchanged. */
export function namedEntities(entities: readonly EntityClass[], names: TableNames): EntityClass[] {
  if (names.areDefault) return [...entities];
  return entities.map((entity) => {
    const table = declaredTable(entity);
    return table === undefined ? entity : named(entity as Type, table, names);
  });
}

/** The column names that an entity of Gatehouse declares, by property. */
export function declaredColumns(entity: Type): ReadonlyMap<string, string> {
  const columns = getMetadataArgsStorage().filterColumns(entity);
  return new Map(columns.map(({ propertyName, options }) => [propertyName, options.name ?? propertyName]));
}

/** The metadata of the decorators under new names. The class still identifies the repository. */
function named(target: Type, table: string, names: TableNames): EntitySchema {
  return new EntitySchema({
    target,
    name: target.name,
    tableName: names.prefix + table,
    schema: names.schema,
    columns: columnsOf(target, names),
    relations: relationsOf(target, names),
    indices: indicesOf(target, names),
  });
}

function columnsOf(target: Type, { prefix }: TableNames): Record<string, EntitySchemaColumnOptions> {
  const columns = getMetadataArgsStorage().filterColumns(target);
  return Object.fromEntries(
    columns.map(({ propertyName, options: { type, name = propertyName, ...options } }) => {
      if (type === undefined) throw new Error(`${target.name}.${propertyName} does not name its type`);
      const key = options.primaryKeyConstraintName;
      const primaryKeyConstraintName = key === undefined ? undefined : prefix + key;
      return [
        propertyName,
        { ...options, type, name, primaryKeyConstraintName } as EntitySchemaColumnOptions,
      ];
    }),
  );
}

function relationsOf(target: Type, { prefix }: TableNames) {
  const storage = getMetadataArgsStorage();
  const relations = storage.filterRelations(target);
  return Object.fromEntries(
    relations.map(({ propertyName, relationType: type, type: to, options }) => {
      const joinColumn = storage
        .filterJoinColumns(target, propertyName)
        .map(({ name, foreignKeyConstraintName }) => ({
          name,
          foreignKeyConstraintName: prefix + String(foreignKeyConstraintName),
        }));
      return [propertyName, { ...options, type, target: to as () => Type, joinColumn }];
    }),
  );
}

function indicesOf(target: Type, { prefix }: TableNames) {
  return getMetadataArgsStorage()
    .filterIndices(target)
    .map(({ name, columns, unique, where, synchronize }) => ({
      name: prefix + String(name),
      columns: columns as string[],
      unique,
      where,
      synchronize,
    }));
}
