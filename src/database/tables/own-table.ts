import type { Type } from '@nestjs/common';
import { Entity } from 'typeorm';

const tables = new Map<Type, string>();

/** An entity of ours. Its table may have a prefix, and be in another schema, where the application says so. */
export function OwnTable(name: string): ClassDecorator {
  return (target) => {
    tables.set(target as unknown as Type, name);
    Entity(name)(target);
  };
}

/** The name that the entity declares for its table, without prefix; `undefined` when it is not ours. */
export function ownTableOf(entity: unknown): string | undefined {
  return tables.get(entity as Type);
}
