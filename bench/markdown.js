export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(line).join('\n');
}

/** The cells of an aim: what it is, and whether it is met. */
export function atMost(value, most, unit = '') {
  return [`≤ ${most}${unit}`, passIf(value <= most)];
}

export function atLeast(value, least, unit = '') {
  return [`≥ ${least}${unit}`, passIf(value >= least)];
}

export function passIf(isGood) {
  return isGood ? 'met' : '**missed**';
}

/** The cells of a row in a table of so many columns whose figures could not be had. */
export function notMeasured(title, lack, columns) {
  return [title, `not measured: ${lack}`, ...Array.from({ length: columns - 2 }, () => '')];
}
