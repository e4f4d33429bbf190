import { tableOfBetterAuth } from './better-auth/table.js';
import { tableOfHosts } from './hosts/table.js';
import { tableOfManyKeys } from './many-keys/table.js';
import { tableOfToolKeys } from './tool-keys/table.js';
import { atMost, passIf, table } from './markdown.js';

const mostTimesJsonwebtoken = 1.3;
const mostStartMilliseconds = 1500;
const mostMebibytes = 160;
const mostMegabytesCached = 60;

/** All results as Markdown. */
export function tables({
  rows,
  newJwt,
  startTime,
  memory,
  cached,
  manyKeys,
  besidePersonal,
  betterAuth,
  hosts,
}) {
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
        cellsOfCached(cached),
      ],
    ),
    tableOfToolKeys(besidePersonal, manyKeys),
    tableOfManyKeys(manyKeys),
    tableOfBetterAuth(betterAuth),
    tableOfHosts(hosts),
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

function cellsOfCached({ bytes, count }) {
  const megabytes = (bytes * count) / 1e6;
  const figure = `${megabytes.toFixed(0)} MB (${((bytes * count) / 2 ** 20).toFixed(0)} MiB), ${bytes.toFixed(0)} bytes a key`;
  return ['100,000 cached keys', figure, ...atMost(megabytes, mostMegabytesCached, ' MB')];
}

function cellsOfComparison(title, { gatehouse, jsonwebtoken, ratio }) {
  const numbers = [gatehouse.toFixed(1), jsonwebtoken.toFixed(1), ratio.toFixed(2)];
  return [title, ...numbers, ...atMost(ratio, mostTimesJsonwebtoken)];
}
