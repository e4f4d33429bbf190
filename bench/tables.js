const mostTimesJsonwebtoken = 1.3;
const mostStartMilliseconds = 1500;
const mostMebibytes = 160;

/** All results as Markdown. */
export function tables({ rows, newJwt, startTime, memory }) {
  return [
    table(
      [
        'request',
        'req/s',
        'p50 ms',
        'p99 ms',
        'CPU µs',
        'of bare, req/s',
        'of bare, CPU',
        'database calls of 1,000',
        'aim',
        '',
      ],
      rows.map(cellsOfRow),
    ),
    table(
      ['a JWT never seen before, CPU µs', 'Gatehouse', '`jsonwebtoken.verify`', 'ratio', 'aim', ''],
      [
        cellsOfComparison('in the process, without HTTP', newJwt.inProcess),
        cellsOfComparison('over HTTP, above bare', newJwt.overHttp),
      ],
    ),
    table(
      ['the service', '', 'aim', ''],
      [
        ['start to ready', `${startTime.toFixed(0)} ms`, ...atMost(startTime, mostStartMilliseconds, ' ms')],
        ['memory after load', `${memory.toFixed(0)} MiB`, ...atMost(memory, mostMebibytes, ' MiB')],
      ],
    ),
  ].join('\n\n');
}

function cellsOfRow(row) {
  const { title, rate, p50, p99, cpu, shareOfRate, shareOfCpu, databaseCalls, aim } = row;
  const numbers = [Math.round(rate), p50.toFixed(1), p99.toFixed(1), cpu.toFixed(1)];
  const shares = [shareOfRate.toFixed(2), shareOfCpu.toFixed(2)];
  const verdict =
    aim === undefined ? ['', ''] : [`≥ ${aim.toFixed(2)}`, passIf(Math.min(shareOfRate, shareOfCpu) >= aim)];
  return [title, ...numbers, ...shares, databaseCalls ?? '', ...verdict];
}

function cellsOfComparison(title, { gatehouse, jsonwebtoken, ratio }) {
  const numbers = [gatehouse.toFixed(1), jsonwebtoken.toFixed(1), ratio.toFixed(2)];
  return [title, ...numbers, ...atMost(ratio, mostTimesJsonwebtoken)];
}

function atMost(value, most, unit = '') {
  return [`≤ ${most}${unit}`, passIf(value <= most)];
}

function passIf(isGood) {
  return isGood ? 'pass' : '**miss**';
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(line).join('\n');
}
