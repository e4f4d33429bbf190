import { atLeast, table } from '../markdown.js';

const head = [
  'API key over HTTP, repeated',
  'req/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'ratio, req/s',
  'ratio, CPU',
  'aim',
  '',
];

/** Gatehouse beside better-auth. */
export function tableOfBetterAuth({ ours, theirs }) {
  return table(head, [
    [`Gatehouse: ${ours.title}`, ...numbersOf(ours), '', '', '', ''],
    ...theirs.map((row) => [
      `better-auth: ${row.title}`,
      ...numbersOf(row),
      row.ratioOfRate.toFixed(1),
      row.ratioOfCpu.toFixed(1),
      ...verdictOn(row),
    ]),
  ]);
}

function verdictOn({ ratioOfRate, ratioOfCpu, leastRatio }) {
  return leastRatio === undefined ? ['', ''] : atLeast(Math.min(ratioOfRate, ratioOfCpu), leastRatio);
}

function numbersOf({ rate, p50, p99, cpu }) {
  return [Math.round(rate), p50.toFixed(1), p99.toFixed(1), cpu.toFixed(0)];
}
