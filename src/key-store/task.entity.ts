import { Column, PrimaryColumn } from 'typeorm';
import { v5 } from 'uuid';
import { InstantColumn } from '../database/tables/instant.column.js';
import { OwnTable } from '../database/tables/own-table.js';

const namespace = '3c1a2c0e-7f5d-5d0b-8e0e-2b6c8f0a9d41';

/** What is known of a task for which tool keys were issued. */
@OwnTable('tasks')
export class Task {
  /** Follows from owner and task id, see {@link taskRefOf}. */
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_tasks' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** In the numbering of whoever runs the task. */
  @Column({ name: 'task_id', type: 'varchar', length: 200 })
  taskId!: string;

  /** The highest attempt that a key was issued for. */
  @Column({ type: 'integer' })
  attempt!: number;

  /** Only keys of the current generation are good: to add one ends all keys of the task. */
  @Column({ type: 'integer' })
  generation!: number;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

/** The id of a task's row. Tasks of two owners are two, whatever they are called (UUIDv5, RFC 9562 §5.5). */
export function taskRefOf(ownerId: string, taskId: string): string {
  return v5(JSON.stringify([ownerId, taskId]), namespace);
}

/** How a task's row is named to others that lock it; see `WriteOptions.rows`. */
export function rowOfTask(id: string): string {
  return `tasks ${id}`;
}
