/** Those that mostly wait, for a limit of time or a back-off, the longest first. */
const waiting = [
  'database-postgres',
  'process-audit-webhook',
  'change-feed-cuts',
  'process-slow-clients',
  'host-pool',
  'shared-rate-limiter',
  'process-shutdown',
];

/** Those that work longest, the longest first. */
const working = [
  'process-pages-code',
  'process-contributing',
  'process-package',
  'process-pages-shell',
  'process-balancer',
  'audit-sink',
  'explain-agrees',
  'process-example-notes-demo',
  'process-audit',
  'process-secrets',
  'tool-key-properties',
  'process-',
];

/** So many others begin between two that wait: together these would leave the processors idle. */
const between = 16;

/**
 * Jest's order of test files: what takes long begins first, so that no worker is left alone with it at the end, and what waits
 * runs beside what works.
 */
export default class LongestFirst {
  sort(tests) {
    const [first, ...waits] = sorted(tests.filter(waitsMostly), waiting);
    const works = sorted(
      tests.filter((test) => !waitsMostly(test)),
      working,
    );
    const order = first === undefined ? [] : [first];
    works.forEach((test, index) => {
      order.push(test);
      if ((index + 1) % between === 0) order.push(...waits.splice(0, 1));
    });
    return [...order, ...waits];
  }

  cacheResults() {}
}

function waitsMostly(test) {
  return rankIn(waiting, test) < waiting.length;
}

function sorted(tests, names) {
  return [...tests].sort((one, other) => rankIn(names, one) - rankIn(names, other));
}

function rankIn(names, { path }) {
  const rank = names.findIndex((name) => path.includes(`/${name}`));
  return rank < 0 ? names.length : rank;
}
