import { rowOf, setUps } from './better-auth.js';
import { platforms } from './hosts.js';

const byHand = 'Fastify: `jsonwebtoken.verify`, JWT never seen before';
/** What costs 1.15 times as much does 0.87 times as much. */
const leastOfByHand = 1 / 1.15;

/** Rows that are compared with another than plain Nest; they are to do `least` times as much. */
export const comparisons = [
  ...platforms.flatMap((platform) => {
    const ours = `host on ${platform}`;
    const least = platform === 'Fastify' ? 1.4 : undefined;
    const both = `${platform}: \`AuthGuard(['jwt', 'headerapikey'])\``;
    const passport = `${platform}: passport-headerapikey, API key`;
    return [
      { name: `${ours}: API key`, of: `${platform}: hand-written guard, API key` },
      { name: `${ours}: API key`, of: passport, least },
      { name: `${ours}: JWT`, of: passport, least },
      { name: `${ours}: API key`, of: `${both}, API key` },
      { name: `${ours}: JWT`, of: `${both}, JWT` },
    ];
  }),
  { name: 'service: tool key at depth 5', of: 'service: API key', least: 0.95 },
  ...Object.values(setUps).map((setUp) => ({
    name: 'service: API key with a usage count and a limit',
    of: rowOf(setUp),
    least: setUp.leastRatio,
  })),
  { name: 'host on Fastify: JWT never seen before', of: byHand, least: leastOfByHand },
  { name: 'host on Fastify: bounded JWT never seen before', of: byHand, least: leastOfByHand },
  { name: 'service: JWT never seen before', of: byHand },
];
