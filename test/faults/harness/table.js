const head = [
  'fault',
  'answers',
  'wrong accepts',
  'wrong rejections',
  '5xx',
  'p99 ms',
  'longest ms',
  's to heal',
  'writes lost',
  'verdict',
  'notes',
];

/** The rows as markdown. */
export function tableOf(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 || column > 8 ? '---' : '--:'));
  return [head, rule, ...rows.map(cellsOf)].map(line).join('\n');
}

function cellsOf({
  name,
  skipped,
  judged,
  wrongAccepts,
  wrongRejections,
  faults,
  p99,
  longest,
  heal,
  lost,
  notes,
  breaches,
}) {
  if (skipped !== undefined) return [name, ...Array.from({ length: 8 }, () => ''), 'skipped', skipped];
  const numbers = [
    judged,
    wrongAccepts,
    wrongRejections,
    faults,
    whole(p99),
    whole(longest),
    heal?.toFixed(1),
    lost,
  ];
  return [
    name,
    ...numbers.map((number) => number ?? '–'),
    breaches.length === 0 ? 'pass' : '**fail**',
    notes,
  ];
}

function whole(number) {
  return number === undefined ? undefined : Math.round(number);
}
