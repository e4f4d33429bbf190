const head = [
  'attack',
  'database',
  'connections',
  'good p50 before, ms',
  'p99 before',
  'p50 during',
  'p99 during',
  'slowed down by others',
  'peak RSS, MiB',
  'alive',
  'good rejected',
  'verdict',
  'what the attacker was answered',
];
const longestList = 6;

/** The rows as markdown. */
export function tableOf(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column >= 2 && column <= 10 ? '--:' : '---'));
  return [head, rule, ...rows.map(cellsOf)].map(line).join('\n');
}

function cellsOf({
  name,
  database,
  connections,
  before,
  during,
  slowdown,
  peak,
  isAlive,
  counts,
  tries,
  missed,
}) {
  const times = [before?.p50, before?.p99, during?.p50, during?.p99];
  const rejected = [before, during].flatMap((phase) => Object.values(phase?.rejected ?? {}));
  const verdict = missed.length === 0 ? 'pass' : '**fail**';
  return [
    name,
    database,
    connections,
    ...times.map((time) => time?.toFixed(1) ?? '–'),
    slowdown === undefined ? '–' : `${slowdown.toFixed(1)} ×`,
    peak?.toFixed(0) ?? '–',
    isAlive ? 'yes' : '**no**',
    rejected.reduce((sum, count) => sum + count, 0),
    tries === 2 ? `${verdict}, 2nd try` : verdict,
    answersOf(counts ?? new Map()),
  ];
}

function answersOf(counts) {
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, longestList);
  return sorted.map(([what, times]) => `${what} × ${times.toLocaleString('en')}`).join(', ');
}
