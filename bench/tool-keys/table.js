import { atLeast, atMost, notMeasured, table } from '../markdown.js';

const leastIssuedPerSecond = 1_000;
const mostMilliseconds = 100;

const head = ['tool keys', '', 'aim', ''];

/** Issuing and ending on each kind of database. */
export function tableOfToolKeys(kinds) {
  return table(head, kinds.flatMap(rowsOf));
}

function rowsOf({ title, lack, toolKeys }) {
  if (lack !== undefined) return [notMeasured(`issuing and ending on ${title}`, lack, head.length)];
  return [
    [
      `issuing, ${title}`,
      `${Math.round(toolKeys.issued)} keys/s`,
      ...atLeast(toolKeys.issued, leastIssuedPerSecond, ' keys/s'),
    ],
    [
      `ending a tree of 10,000, ${title}`,
      `${toolKeys.ended.toFixed(1)} ms`,
      ...atMost(toolKeys.ended, mostMilliseconds, ' ms'),
    ],
  ];
}
