import type { TableNames } from '../../tables/table-names.js';

/** Something that another process, or this one, has changed in the database, as the triggers tell it. */
export interface Change {
  /** `changed`: one row was changed or deleted. `added`: there are new rows. `emptied`: there are none left. */
  readonly kind: 'changed' | 'added' | 'emptied';
  /** Without the prefix that tables may have. */
  readonly table: string;
  /** Of the row, when it is one. */
  readonly id: string;
  /** The hash of its key, when it has one. */
  readonly hash: string;
}

const kinds: ReadonlySet<string> = new Set(['changed', 'added', 'emptied']);

/** `undefined` for what says nothing of a change. */
export function readChange(payload: string, names: TableNames): Change | undefined {
  const [kind = '', table = '', id = '', hash = ''] = payload.split(' ');
  return kinds.has(kind) ? { kind: kind as Change['kind'], table: names.plain(table), id, hash } : undefined;
}
