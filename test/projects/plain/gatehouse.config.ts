import type { GatehouseConfig } from 'nestjs-gatehouse';

export default {
  database: { url: 'sqlite:command-line.db', tablePrefix: 'gh_' },
  devIssuer: true,
} satisfies GatehouseConfig;
