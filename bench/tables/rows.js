import { atLeast, table } from '../markdown.js';
import { ratioOf, summaryOf } from '../measure-rounds.js';
import { comparisons } from '../rows/comparisons.js';

const head = ['req/s', 'p99 ms', 'CPU µs', 'of plain, req/s', 'of plain, CPU', 'aim', ''];

/** The figures of these rows, and their share of plain Nest, which is among `all`. */
export function tableOfRows(title, rows, all) {
  return table(
    [title, ...head],
    rows.map((row) => cellsOfRow(row, all)),
  );
}

/** As `tableOfRows`, and how often the database is called. */
export function tableOfService(title, rows, all) {
  const cells = rows.map((row) => [...cellsOfRow(row, all), row.databaseCalls]);
  return table([title, ...head, 'database calls of 1,000'], cells);
}

/** What does how many times as much as another. */
export function tableOfComparisons(all) {
  const byName = new Map(all.map((row) => [row.name, row]));
  const measured = comparisons.filter(({ name, of }) => byName.has(name) && byName.has(of));
  return table(
    ['how many times as much', 'as', 'req/s', 'CPU', 'aim', ''],
    measured.map(({ name, of, least }) => [name, of, ...cellsOfRatio(byName.get(name), of, least, all)]),
  );
}

function cellsOfRow(row, all) {
  const { rate, p99, cpu } = summaryOf(row);
  const figures = [Math.round(rate), p99.toFixed(1), cpu.toFixed(1)];
  return [row.name, ...figures, ...cellsOfRatio(row, row.plain, row.least, all)];
}

/** An aim is met when both throughput and processor time reach it. */
function cellsOfRatio(row, of, least, all) {
  const { byRate, byCpu } = ratioOf(
    row,
    all.find(({ name }) => name === of),
  );
  const verdict = least === undefined ? ['', ''] : atLeast(Math.min(byRate, byCpu), least.toFixed(2));
  return [byRate.toFixed(2), byCpu.toFixed(2), ...verdict];
}
