import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from './configuration/configuration.js';

/** What a newcomer needs to know once the service listens at `url`, a line each. */
export function welcome(configuration: Configuration, url: string, newAdminKey: string | null): string[] {
  return [
    `Listening on ${url}`,
    ...(configuration.docs ? [`Swagger UI: ${url}/docs`] : []),
    `Admin key: ${adminKey(configuration, newAdminKey)}`,
    `User token: ${userToken(configuration)}`,
    `Try first: curl -H "X-API-Key: $(cat ${join(configuration.dataDir, 'admin-key')})" ${url}/api/v1/auth/me`,
  ];
}

function adminKey({ dataDir }: Configuration, newAdminKey: string | null): string {
  if (newAdminKey !== null) return `made, and written to ${newAdminKey}`;
  const file = join(dataDir, 'admin-key');
  return existsSync(file)
    ? `in ${file}, unless it was replaced since`
    : 'made by an earlier start or another replica; its file is not in this DATA_DIR';
}

function userToken({ builtinIssuer, issuers }: Configuration): string {
  if (builtinIssuer) return 'npm run -s token -- --email ada@example.com';
  const names = issuers.map(({ issuer }) => issuer).join(', ');
  return names === '' ? 'no issuer is configured, so JWTs are refused' : `from ${names}`;
}
