/** Those that take longest, the longest first. */
const longest = [
  'process-pages-code',
  'process-contributing',
  'process-package',
  'process-pages-shell',
  'database-postgres',
  'change-feed-cuts',
  'process-slow-clients',
  'process-balancer',
  'shared-rate-limiter',
  'audit-sink',
  'explain-agrees',
  'process-example-notes-demo',
  'process-audit',
  'process-secrets',
  'tool-key-properties',
  'process-shutdown',
  'process-',
];

/** Jest's order of test files: what takes long begins first, so that no worker is left alone with it at the end. */
export default class LongestFirst {
  sort(tests) {
    const rankOf = ({ path }) => {
      const rank = longest.findIndex((name) => path.includes(`/${name}`));
      return rank < 0 ? longest.length : rank;
    };
    return [...tests].sort((one, other) => rankOf(one) - rankOf(other));
  }

  cacheResults() {}
}
