import type { Type } from '@nestjs/common';
import { EntitySchema, type EntitySchemaColumnOptions, getMetadataArgsStorage } from 'typeorm';
import { ownTableOf } from './own-table.js';
import type { TableNames } from './table-names.js';

/** What a data source is given as one of its `entities`. */
export type EntityClass = Type | EntitySchema;

/** Puts those entities that are ours into tables of these names; all others are left as they are. */
export function namedEntities(entities: readonly EntityClass[], names: TableNames): EntityClass[] {
  if (names.areDefault) return [...entities];
  return entities.map((entity) => {
    const table = ownTableOf(entity);
    return table === undefined ? entity : named(entity as Type, table, names);
  });
}

/** The names of the columns that an entity of ours declares, by property. */
export function declaredColumns(entity: Type): ReadonlyMap<string, string> {
  const columns = getMetadataArgsStorage().filterColumns(entity);
  return new Map(columns.map(({ propertyName, options }) => [propertyName, options.name ?? propertyName]));
}

/** What the decorators of the entity say, but for names. The class stays what repositories are asked for by. */
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
    .map(({ name, columns, unique, where }) => ({
      name: prefix + String(name),
      columns: columns as string[],
      unique,
      where,
    }));
}
