import { atLeast, atMost, notMeasured, table } from '../markdown.js';

const leastIssuedPerSecond = 1_000;
const mostMilliseconds = 100;
const leastOfPersonalKey = 0.9;

const head = ['tool keys', '', 'aim', ''];

/** A tool key beside a personal key, and issuing and ending on each kind of database. */
export function tableOfToolKeys({ ofRate, ofCpu }, kinds) {
  const share = Math.min(ofRate, ofCpu);
  return table(head, [
    [
      'tool key at depth 5, as a share of a personal API key',
      share.toFixed(2),
      ...atLeast(share, leastOfPersonalKey),
    ],
    ...kinds.flatMap(rowsOf),
  ]);
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
