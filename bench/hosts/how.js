/** How the figures of hosts were measured, for docs/benchmarks.md. */
export const howHosts = `- **in a host**: three applications in one process, each Nest with the default adapter and a route that answers \`{ "ok": true }\`: without
  authentication; with Gatehouse's modules and \`@UseGuards(Authenticated)\`, on SQLite; and hand-written, with
  \`@UseGuards(AuthGuard(['jwt', 'headerapikey']))\` of \`@nestjs/passport\`, passport-jwt and passport-headerapikey. In turns, five rounds
  of 1 s, each slice between two of the bare route; 50 connections.
  - The hand-written code hashes a key, looks it up by its hash and checks its state (revoked, expired), in an LRU cache of the process without
    invalidation, or with TypeORM in SQLite. A JWT (ES256, same claims and key object) is verified at each request, without a user lookup.
    Usage counts, limits, IP lists, events and the rejection of disabled owners, which Gatehouse has, are missing there.
  - **ours / this** compares throughput and processor time, each by its share of its neighbors: medians over the rounds; the aim is met
    when both reach it.
- **a host, from spawn to open port**: Nest on Fastify with its own data source on SQLite, and the same with \`DatabaseModule\`, \`AuthModule\`,
  \`ApiKeysModule\` and \`ToolKeysModule\` on an existing database. Most hosts load \`@nestjs/swagger\` and zod themselves; one that does not
  pays for them too. In turns, nine rounds, medians.
`;
