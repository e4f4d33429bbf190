import { tableOfManyKeys } from '../many-keys/table.js';
import { tableOfToolKeys } from '../tool-keys/table.js';
import { tableOfProcesses } from './processes.js';
import { tableOfRows } from './rows.js';

/** All results as Markdown; what was not measured is left out. */
export function tables({ rows, manyKeys, ...processes }) {
  const names = [...new Set(rows.map(({ table }) => table))];
  return [
    ...names.map((name) => tableOfRows(name, rows)),
    tableOfProcesses(processes),
    ...(manyKeys === undefined ? [] : [tableOfToolKeys(manyKeys), tableOfManyKeys(manyKeys)]),
  ]
    .filter((table) => table.split('\n').length > 2)
    .join('\n\n');
}
