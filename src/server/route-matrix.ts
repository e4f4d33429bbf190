import type { ApplicationRoute } from '../auth/routes/application-routes.js';

const introduction = `# Who can call which route

Written by \`npm run routes -- --write\` from the guards of the service.

- _Anyone_: anonymous requests too; an invalid credential counts as none.
- _JWT_, _personal key_: a person, with all rights within their owner; a personal key cannot create other keys.
- _Bounded JWT_: a token that was issued to a client and can hold the required scopes. It also passes \`/api/v1/auth/check?scopes=…\`, and
  POST \`/api/v1/tool-keys\` requires \`tool-keys:issue\` of it. Access keys, and keys that were made with one, are bounded in the same way.
- _Service key_, _tool key_: a key that holds the scopes and everything the role implies.
- An allowed caller can still be rejected for the request itself: data of another owner, or more than it holds.

\`/docs\` and \`/docs-json\` are public, and not checked at startup; \`/metrics\` has an address of its own.
`;

const kinds = {
  jwt: 'JWT',
  bounded: 'bounded JWT',
  personal_key: 'personal key',
  service_key: 'service key',
  tool_key: 'tool key',
} as const;

/** All routes by who may use them, as a Markdown document; the same for the same routes in any order. */
export function routeMatrix(routes: readonly ApplicationRoute[]): string {
  const groups = grouped([...routes].sort(byPath), callersOf);
  const sections = groups.map(([callers, group]) => `## ${callers}\n\n${listOf(group)}\n`);
  return [introduction, ...sections].join('\n');
}

function callersOf({ access }: ApplicationRoute): string {
  const { admitsAnonymous, admitsBounded, scopes, roles } = access;
  const admitted = new Set<string>(admitsBounded ? [...access.admits, 'bounded'] : access.admits);
  const callers = Object.entries(kinds).flatMap(([kind, name]) => (admitted.has(kind) ? [name] : []));
  const needs = [...scopes.map((scope) => `\`${scope}\``), ...roles.map((role) => `the role \`${role}\``)];
  const who = admitsAnonymous ? 'anyone' : callers.join(', ');
  const heading = needs.length === 0 ? who : `${who} with ${needs.join(', ')}`;
  return heading.replace(/^\w/, (first) => first.toUpperCase());
}

/** One line a path, with the methods of the group. */
function listOf(routes: readonly ApplicationRoute[]): string {
  return grouped(routes, ({ path }) => path)
    .map(([path, group]) => `- ${group.map(({ method }) => method).join(', ')} \`${path}\``)
    .join('\n');
}

/** Groups in the order of their first members; `Map.groupBy` needs Node 21. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const keys = [...new Set(items.map(keyOf))];
  return keys.map((key) => [key, items.filter((item) => keyOf(item) === key)]);
}

/** What belongs together stands together, on every machine in the same order. */
function byPath(one: ApplicationRoute, other: ApplicationRoute): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.method < other.method ? -1 : 1;
}
