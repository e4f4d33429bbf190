import type { ApplicationRoute } from '../auth/routes/application-routes.js';

const introduction = `# Who may use which route

Made by \`npm run routes -- --write\` out of what the guards of the service decide by; a test compares the two, and
another asks every route with every kind of credential.

- _Nobody_: a request without a credential. Where it may go in, a route either looks at no credential, or takes a bad one
  for none.
- _JWT_ and _Personal key_: a person, whose scopes are always the same: everything within its own owner; a personal key
  makes no other keys.
- _Service key_ and _Tool key_: \`yes\` is for those that hold the scopes, and all that the role stands for; a tool key
  never holds a scope of \`admin\`, nor the making of keys.
- Whoever may go in can still be refused for what it asks: something of another owner's, or more than it holds itself.

\`/docs\` and \`/docs-json\` are open to everybody. They are no routes of a controller, and so are not looked at when the
service starts; \`/metrics\` is served on an address of its own.
`;

const titles = [
  'Method',
  'Path',
  'Nobody',
  'JWT',
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
  const { admits, admitsAnonymous, scopes, roles } = access;
  const [jwt, personal, service, tool] = (['jwt', 'personal_key', 'service_key', 'tool_key'] as const).map(
    (kind) => admits.includes(kind),
  );
  return [
    method,
    `\`${path}\``,
    ...[admitsAnonymous, jwt, personal, service, tool].map((isIn) => (isIn === true ? 'yes' : '-')),
    scopes.map((scope) => `\`${scope}\``).join(', '),
    roles.join(', '),
  ];
}

/** What belongs together stands together, on every machine in the same order. */
function byPath(one: ApplicationRoute, other: ApplicationRoute): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.method < other.method ? -1 : 1;
}
