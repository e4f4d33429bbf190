import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** How much of a secret in one piece is a leak. */
const pieceLength = 20;

/** A secret that is found in `text`, whole or a piece of 20 characters, as `name: piece`; `undefined` for none. */
export function leakIn(text: string, secrets: ReadonlyMap<string, string>): string | undefined {
  for (const [name, secret] of secrets) {
    // The heads of two JWTs are the same, and no secret; a long piece of one is still found.
    const step = secret.length > 100 ? 10 : 1;
    const start = secret.startsWith('ey') ? secret.indexOf('.') + 1 : secret.lastIndexOf('_') + 1;
    for (let at = start; at + pieceLength <= secret.length; at += step) {
      const piece = secret.slice(at, at + pieceLength);
      const found = text.indexOf(piece);
      if (found >= 0) return `${name}: …${text.slice(Math.max(0, found - 200), found + 40)}…`;
    }
  }
  return undefined;
}

/** Everything in the database: the bytes of all files of a SQLite one, all columns of all rows of a PostgreSQL one. */
export async function everythingStored(databaseUrl: string, dataDir: string): Promise<string> {
  if (!databaseUrl.startsWith('sqlite:')) return everyRow(databaseUrl);
  const files = (await readdir(dataDir)).filter((file) => file.startsWith('gatehouse.db'));
  const texts = await Promise.all(files.map((file) => readFile(join(dataDir, file), 'latin1')));
  return texts.join('\n');
}

async function everyRow(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT one::text AS text FROM ${name} one`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}
