import { setTimeout as sleep } from 'node:timers/promises';

const all = ['/docs', '/docs-json', '/docs-yaml', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js'];

export const documents = [
  {
    name: '18 × /docs-yaml a second',
    connections: 20,
    run: (attacker) =>
      attacker.flood(20, async () => {
        await sleep(1_100);
        return { path: '/docs-yaml' };
      }),
  },
  {
    name: 'the documents, as often as they are answered',
    connections: 50,
    run: (attacker) => attacker.flood(50, (index) => ({ path: all[index % all.length] })),
  },
];
