import { parseArgs } from 'node:util';
import { BuiltinIssuer, type GrantedTo } from '../issuer/builtin-issuer.js';
import { ConfigurationError } from '../support/errors.js';
import { readConfiguration } from '../server/configuration/read-configuration.js';
import { exitWith, loadEnvironment } from '../server/process.js';

const usage =
  'Usage: npm run -s token -- --email ada@example.com [--ttl SECONDS] [--client ID] [--scope "notes:read notes:write"]   (default: 3600 seconds, with all rights)';

try {
  process.stdout.write(`${tokenFor(process.argv.slice(2))}\n`);
} catch (error) {
  exitWith(error);
}

function tokenFor(args: string[]): string {
  const { email, ttl, ...granted } = optionsOf(args);
  const { builtinIssuer, dataDir } = readConfiguration(loadEnvironment());
  if (!builtinIssuer)
    throw new ConfigurationError(['BUILTIN_ISSUER is off, so its tokens would be rejected']);
  return BuiltinIssuer.open(dataDir).tokenFor(email, ttl, Date.now(), granted);
}

function optionsOf(args: string[]): { email: string; ttl: number } & GrantedTo {
  const options = {
    email: { type: 'string' },
    ttl: { type: 'string', default: '3600' },
    client: { type: 'string' },
    scope: { type: 'string' },
  } as const;
  const { email = '', ttl, client, scope } = readArgs(() => parseArgs({ args, options }).values);
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || !/^[1-9]\d{0,7}$/.test(ttl)) throw new ConfigurationError([usage]);
  return {
    email,
    ttl: Number(ttl),
    ...(client !== undefined && { client_id: client }),
    ...(scope !== undefined && { scope }),
  };
}

function readArgs<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new ConfigurationError([usage]);
  }
}
