import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** The table of an entity in SQL that is written by hand, with its schema where it has one. */
export function tableIn({ dataSource }: EntityManager, entity: EntityTarget<ObjectLiteral>): string {
  const { tablePath } = dataSource.getMetadata(entity);
  return tablePath
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}
