import { tableOfManyKeys } from '../many-keys/table.js';
import { tableOfToolKeys } from '../tool-keys/table.js';
import { tableOfProcesses } from './processes.js';
import { tableOfComparisons, tableOfRows, tableOfService } from './rows.js';

/** All results as Markdown. */
export function tables({ rows, manyKeys, ...processes }) {
  const { withoutUs, hosts, service, betterAuth } = rows;
  const all = Object.values(rows).flat();
  return [
    tableOfRows('Nest without us', withoutUs, all),
    tableOfRows('our modules', hosts, all),
    tableOfService('the service', service, all),
    tableOfRows('better-auth', betterAuth, all),
    tableOfComparisons(all),
    tableOfProcesses(processes),
    ...(manyKeys === undefined ? [] : [tableOfToolKeys(manyKeys), tableOfManyKeys(manyKeys)]),
  ]
    .filter((table) => table.split('\n').length > 2)
    .join('\n\n');
}
