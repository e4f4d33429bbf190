import type { ApplicationRoute } from '../auth/routes/application-routes.js';

const introduction = `# Who can call which route

Written by \`npm run routes -- --write\` from the guards of the service; a test compares the two, and
another calls every route with every kind of credential.

- _Anonymous_: a request without a credential. A route that allows it ignores credentials, or treats an invalid one as
  none.
- _JWT_ and _Personal key_: a person, who always has the same scopes: everything within their own owner; a personal key
  cannot create other keys.
- _Bounded JWT_: a person's token that was issued to a client, with the scopes of its consent; \`yes\` if it can hold those
  that the route requires.
- _Service key_ and _Tool key_: \`yes\` if the key holds the scopes and everything the role implies; a tool key
  never holds a scope of \`admin\`, \`api-keys\`, \`members\` or \`trust-rules\`.
- An allowed caller can still be rejected for the request itself: data of another owner, or more than it holds itself.

\`/docs\` and \`/docs-json\` are public. They do not belong to a controller, so they are not checked when the
service starts; \`/metrics\` is served on a separate address.
`;

const titles = [
  'Method',
  'Path',
  'Anonymous',
  'JWT',
  'Bounded JWT',
  'Personal key',
  'Service key',
  'Tool key',
  'Scopes',
  'Role',
] as const;

/** The matrix of routes, credentials and scopes as a Markdown document; the same for the same routes in any order. */
export function routeMatrix(routes: readonly ApplicationRoute[]): string {
  const rows = [...routes].sort(byPath).map(rowOf);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [introduction, ...[titles, rule, ...rows].map(lineOf), ''].join('\n');
}

function rowOf({ method, path, access }: ApplicationRoute): string[] {
  const { admits, admitsAnonymous, admitsBounded, scopes, roles } = access;
  const [jwt, personal, service, tool] = (['jwt', 'personal_key', 'service_key', 'tool_key'] as const).map(
    (kind) => admits.includes(kind),
  );
  return [
    method,
    `\`${path}\``,
    ...[admitsAnonymous, jwt, admitsBounded, personal, service, tool].map((isIn) =>
      isIn === true ? 'yes' : '-',
    ),
    scopes.map((scope) => `\`${scope}\``).join(', '),
    roles.join(', '),
  ];
}

/** What belongs together stands together, on every machine in the same order. */
function byPath(one: ApplicationRoute, other: ApplicationRoute): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.method < other.method ? -1 : 1;
}
