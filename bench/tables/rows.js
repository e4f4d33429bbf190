import { atLeast, table } from '../markdown.js';
import { ratioOf, summaryOf } from '../measure-rounds.js';

/** The figures of the rows of one table; what they are compared with is among `all`. */
export function tableOfRows(name, all) {
  const rows = all.filter((row) => row.table === name);
  const head = [name, 'req/s', 'p99 ms', 'CPU µs', 'of plain Nest', 'aim', 'times as much', 'as', 'aim'];
  const hasCalls = rows.some(({ databaseCalls }) => databaseCalls !== undefined);
  const byName = new Map(all.map((row) => [row.name, row]));
  return table(
    hasCalls ? [...head, 'database calls of 1,000'] : head,
    rows.map((row) => [...cellsOf(row, byName), ...(hasCalls ? [row.databaseCalls] : [])]),
  );
}

function cellsOf(row, byName) {
  const { title, plain, least, beside } = row;
  const { rate, p99, cpu } = summaryOf(row);
  return [
    title,
    Math.round(rate),
    p99.toFixed(1),
    cpu.toFixed(1),
    ...cellsOfRatio(row, byName.get(plain), least),
    ...(beside ? besides(row, byName) : ['', '', '']),
  ];
}

function besides(row, byName) {
  const { name, title, least } = row.beside;
  const [ratio, verdict] = cellsOfRatio(row, byName.get(name), least);
  return [ratio, title, verdict];
}

/** By throughput and by processor time; an aim is met when both reach it. */
function cellsOfRatio(row, other, least) {
  const { byRate, byCpu } = ratioOf(row, other);
  const verdict = least === undefined ? '' : atLeast(Math.min(byRate, byCpu), least.toFixed(2)).join(' ');
  return [`${byRate.toFixed(2)}, ${byCpu.toFixed(2)}`, verdict];
}
