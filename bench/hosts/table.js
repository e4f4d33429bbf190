import { atLeast, atMost, table } from '../markdown.js';

const leastRatio = 1.5;
const mostAdded = 150;
const nameOf = { fastify: 'Fastify', express: 'Express' };
const titles = {
  bare: '**bare**: no guard',
  ourKey: '`@UseGuards(Authenticated)`, API key',
  theirKey: "`AuthGuard(['jwt', 'headerapikey'])`, API key, keys cached in the process",
  theirQuery: 'the same, keys looked up in SQLite',
  ourToken: '`@UseGuards(Authenticated)`, JWT',
  theirToken: "`AuthGuard(['jwt', 'headerapikey'])`, JWT",
};

/** Our guard in the application of another team beside Passport by hand, and what importing us costs its start. */
export function tableOfHosts({ platforms, start }) {
  return [
    table(
      [
        'in a host, repeated',
        'req/s',
        'p99 ms',
        'CPU µs',
        'of bare, req/s',
        'of bare, CPU',
        'ours / this, req/s',
        'ours / this, CPU',
        'aim',
        '',
      ],
      platforms.flatMap(({ platform, rows }) => rows.map((row) => cellsOf(platform, row))),
    ),
    table(
      [
        'a host on Fastify, from spawn to open port',
        'without us',
        'with all our modules',
        'added',
        'aim',
        '',
      ],
      [
        cellsOfStart('its own data source, `@nestjs/swagger` and zod', start.typical, mostAdded),
        cellsOfStart('its own data source alone', start.plain),
      ],
    ),
  ].join('\n\n');
}

function cellsOfStart(title, { without, withUs, added }, most) {
  const verdict = most === undefined ? ['', ''] : atMost(added, most, ' ms');
  return [title, ...[without, withUs, added].map((time) => `${time.toFixed(0)} ms`), ...verdict];
}

function cellsOf(platform, row) {
  const { name, rate, p99, cpu, shareOfRate, shareOfCpu, ratioOfRate, ratioOfCpu } = row;
  return [
    `${nameOf[platform]}: ${titles[name]}`,
    Math.round(rate),
    p99.toFixed(1),
    cpu.toFixed(1),
    shareOfRate.toFixed(2),
    shareOfCpu.toFixed(2),
    ...(ratioOfRate === undefined
      ? ['', '', '', '']
      : [ratioOfRate.toFixed(2), ratioOfCpu.toFixed(2), ...verdictOn(platform, ratioOfRate, ratioOfCpu)]),
  ];
}

function verdictOn(platform, ratioOfRate, ratioOfCpu) {
  return platform === 'fastify' ? atLeast(Math.min(ratioOfRate, ratioOfCpu), leastRatio) : ['', ''];
}
