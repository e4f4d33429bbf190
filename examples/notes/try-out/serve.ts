import { Login } from '../../login.js';
import { issuersOf, type Start } from './start-options.js';

/**
 * Starts an application as its environment says, and ends it on Ctrl+C. Without your own identity provider it uses
 * a temporary one, which ends with the process, and prints tokens of two people.
 */
export async function serve(start: Start, sqliteFile: string): Promise<void> {
  const { PORT = '3000', DATABASE_URL = sqliteFile, JWT_ISSUER, JWT_AUDIENCE = 'notes' } = process.env;
  const { JWT_JWKS_URL = `${JWT_ISSUER}.well-known/jwks.json` } = process.env;
  // Only this user can read the SQLite file.
  process.umask(0o077);
  const login = new Login();
  const issuers =
    JWT_ISSUER === undefined
      ? issuersOf(login)
      : [{ issuer: JWT_ISSUER, audience: JWT_AUDIENCE, jwksUrl: JWT_JWKS_URL }];
  const { url, close } = await start({
    port: Number(PORT),
    databaseUrl: DATABASE_URL,
    issuers,
    logger: ['warn', 'error'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());

  console.log(`The notes are at ${url}/notes`);
  if (JWT_ISSUER !== undefined) return;
  console.log('Two people to try it with, for an hour:');
  for (const name of ['ada', 'bob'])
    console.log(`${name.toUpperCase()}=${login.person(`${name}@example.com`, '1h').token}`);
}
