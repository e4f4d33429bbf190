import { atLeast, atMost, notMeasured, table } from '../markdown.js';

const mostTimesFewKeys = 1.3;
const mostTimesFirstPage = 1.5;
const leastKeysPerSecond = 20_000;

const head = ['with many keys', '1,000 keys or first page', '1,000,000 or thousandth', 'ratio', 'aim', ''];

/** Lookups, lists and imports on each kind of database. */
export function tableOfManyKeys(kinds) {
  return table(head, kinds.flatMap(rowsOf));
}

function rowsOf({ title, lack, lookups, pages, imported }) {
  if (lack !== undefined) return [notMeasured(`all of these on ${title}`, lack, head.length)];
  return [
    comparison(
      `lookup of an uncached key, ${title}`,
      [`${lookups.small.toFixed(1)} µs`, `${lookups.large.toFixed(1)} µs`],
      lookups.large / lookups.small,
      mostTimesFewKeys,
    ),
    comparison(
      `list of 100 keys, ${title}`,
      [`${pages.first.toFixed(2)} ms`, `${pages.thousandth.toFixed(2)} ms`],
      pages.thousandth / pages.first,
      mostTimesFirstPage,
    ),
    [
      `import of 100,000 keys, ${title}`,
      '',
      `${Math.round(imported)} keys/s`,
      '',
      ...atLeast(imported, leastKeysPerSecond, ' keys/s'),
    ],
  ];
}

function comparison(title, figures, ratio, most) {
  return [title, ...figures, ratio.toFixed(2), ...atMost(ratio, most)];
}
