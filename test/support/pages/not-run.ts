const installs = 'it installs from the network';
const ownServers = 'it needs servers of its own, and was tried by hand';

/** The snippets that no test runs or checks: by page, how each begins and why. Each must exist. */
export const notRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm ci && npm start': `${installs}; process-start starts the build`,
    'npm ci && npm test': `${installs}; CI runs it`,
    'npm install nestjs-gatehouse': `${installs}; test:projects installs the packed file`,
  },
  'CONTRIBUTING.md': {
    'npm ci\nnpm start': `${installs}; process-start starts the build`,
    'createdb scratch': ownServers,
  },
  'docs/service.md': {
    'npm ci\nnpm start': `${installs}; process-start starts the build`,
    'createdb gatehouse': ownServers,
  },
  'docs/mcp.md': {
    'npm install nestjs-gatehouse': `${installs}; process-example-mcp-notes has these packages`,
  },
  'docs/graphql-and-websockets.md': {
    '// notes.resolver.ts': 'test/projects/graphql-apollo has such a resolver',
    '// notes.gateway.ts': 'test/projects/sockets has such a gateway',
  },
  'docs/operations/backups.md': {
    'pg_dump -Fc': ownServers,
    'umask 077\nsqlite3':
      'it writes to /backups, with a program that is not everywhere; it was tried by hand',
    'dropdb gatehouse': ownServers,
    'export DATABASE_URL': ownServers,
    'psql gatehouse': ownServers,
  },
  'docs/operations/deployment.md': {
    'npm ci && npm run build': installs,
    'kill -TERM "$PID"': ownServers,
    'ALTER ROLE gatehouse': ownServers,
    'CREATE ROLE gatehouse': 'test/postgres/schema has such a role',
    'CREATE INDEX CONCURRENTLY': `${ownServers}; the migration makes the same indexes`,
  },
  'docs/operations/keys.md': {
    'git diff --cached': 'it needs a repository of its own; scan-keys reads standard input',
  },
  'docs/operations/abuse.md': { 'npm run test:abuse': 'it takes minutes, and CI runs it' },
  'docs/operations/faults.md': { 'npm run test:faults': 'it takes minutes, and CI runs it' },
  'examples/agents/README.md': { 'npm ci': `${installs}; process-example-agents starts it` },
  'examples/mcp-notes/README.md': { 'npm ci': `${installs}; process-example-mcp-notes starts it` },
  'examples/nginx-forward-auth/README.md': { 'npm ci': `${installs}; process-example-nginx starts it` },
  'examples/notes-express/README.md': { 'npm ci': `${installs}; process-example-notes starts it` },
  'examples/notes-fastify/README.md': { 'npm ci': `${installs}; process-example-notes starts it` },
};

/** Pages with commands and settings for something other than the service, and the tests that run them. */
export const runElsewhere: Readonly<Record<string, string>> = {
  'docs/forward-auth.md': 'test/support/proxies.ts',
  'docs/upgrading.md': 'test/sqlite/process-upgrading.e2e-spec.ts',
  'examples/nginx-forward-auth/README.md': 'test/sqlite/process-example-nginx.e2e-spec.ts',
  'examples/notes-express/README.md': 'test/sqlite/process-example-notes-demo.e2e-spec.ts',
  'examples/notes-fastify/README.md': 'test/sqlite/process-example-notes-demo.e2e-spec.ts',
};
