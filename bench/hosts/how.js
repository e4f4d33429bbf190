/** How the figures of hosts were measured, for docs/benchmarks.md. */
export const howHosts = `- **in a host**: three applications in one process, each Nest with the adapter as it is by default and a route that answers
  \`{ "ok": true }\`: nothing that authenticates; our modules and \`@UseGuards(Authenticated)\`, on SQLite; and what teams write by
  hand, \`@UseGuards(AuthGuard(['jwt', 'headerapikey']))\` of \`@nestjs/passport\` with passport-jwt and passport-headerapikey. In
  turns, five rounds of 1 s, each slice between two of the bare route; 50 connections.
  - By hand a key is hashed, looked up by its hash and its state checked (revoked, expired), in an LRU cache of the process
    that nobody invalidates, or with TypeORM in SQLite. A JWT (ES256, the same claims and the same key object) is
    verified at each request, and its user is not looked up. Counts of usage, limits, IP lists, events and refusals of
    disabled owners, which our guard has, are missing there.
  - **ours / this**: how many times as much our guard does in the same time, and with the same processor time, each by its share
    of its neighbours: medians over the rounds; the aim is met when both reach it.
- **a host, from spawn to open port**: Nest on Fastify with a data source of its own on SQLite, and the same with \`DatabaseModule\`,
  \`AuthModule\`, \`ApiKeysModule\` and \`ToolKeysModule\` on a database that is there already. Most hosts load
  \`@nestjs/swagger\` and zod themselves; one that does not pays for them, too. In turns, nine rounds, the medians.
`;
