import type { EntityManager } from 'typeorm';
import { tableIn } from '../database/tables/entities.js';
import { Task, ToolKey } from './tool-key.entity.js';

/**
 * Number of active tool keys by a column that is the same in a whole tree; `''` for keys without a value. `roots` is the
 * condition for keys without a parent. Those that ended with their API key count until they are marked.
 */
export async function countActiveToolKeys(
  manager: EntityManager,
  column: 'task_ref' | 'issuer_key_id',
  roots: string,
  parameters: { readonly now: number; readonly [name: string]: unknown },
): Promise<Map<string, number>> {
  const rows = await manager
    .createQueryBuilder()
    .addCommonTableExpression(activeKeys(manager, column, roots), 'active', {
      recursive: true,
      columnNames: ['id', 'label'],
    })
    .select('active.label', 'label')
    .addSelect('COUNT(*)', 'total')
    .from('active', 'active')
    .groupBy('active.label')
    .setParameters(parameters)
    .getRawMany<{ readonly label: string | null; readonly total: number | string }>();
  return new Map(rows.map(({ label, total }) => [label ?? '', Number(total)]));
}

/** From the roots down, because keys below an ended key are not active. */
const activeKeys = (manager: EntityManager, column: string, roots: string) => `
  SELECT tool_keys.id, tool_keys.${column} FROM ${tableIn(manager, ToolKey)} tool_keys
    JOIN ${tableIn(manager, Task)} tasks ON tasks.id = tool_keys.task_ref AND tasks.generation = tool_keys.generation
    WHERE ${roots} AND tool_keys.parent_id IS NULL
      AND tool_keys.ended_at IS NULL AND tool_keys.ends_at > :now
  UNION ALL
  SELECT tool_keys.id, tool_keys.${column} FROM ${tableIn(manager, ToolKey)} tool_keys
    JOIN active ON active.id = tool_keys.parent_id
    WHERE tool_keys.ended_at IS NULL AND tool_keys.ends_at > :now`;
