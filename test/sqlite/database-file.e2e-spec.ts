import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { ConnectedDatabase } from '../../src/database/connected-database.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { anOwner, open, ownerIds } from '../support/database-tools.js';

const unavailable = {
  code: 'DB_UNAVAILABLE',
  cause: expect.objectContaining({ message: expect.not.stringMatching(/^$|is unavailable/) }),
};
let folder: string;
let file: string;
let database: ConnectedDatabase | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  file = join(folder, 'deep', 'er', 'gatehouse.db');
});

afterEach(async () => {
  await database?.close();
  database = undefined;
  await rm(folder, { recursive: true });
});

async function start(): Promise<ConnectedDatabase> {
  database = await open(`sqlite://${file}`);
  return database;
}

const insert = (on: ConnectedDatabase, id: string) =>
  on.write((manager) => manager.insert(Owner, anOwner(id)));
const makePipe = async () => {
  await mkdir(join(file, '..'), { recursive: true });
  execFileSync('mkfifo', [file]);
};
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the SQLite file', () => {
  it('and the files beside it are readable only by this user, and so are their folders', async () => {
    await insert(await start(), 'a');
    const files = await readdir(join(file, '..'));
    expect(files.sort()).toEqual(['gatehouse.db', 'gatehouse.db-shm', 'gatehouse.db-wal']);
    for (const name of files) expect(await modeOf(join(file, '..', name))).toBe('600');
    expect(await modeOf(join(folder, 'deep'))).toBe('700');
    expect(await modeOf(join(folder, 'deep', 'er'))).toBe('700');
  });

  it('becomes private at the next start', async () => {
    await (await start()).close();
    await chmod(file, 0o644);
    await start();
    expect(await modeOf(file)).toBe('600');
  });

  it('becomes private when it existed before, and was empty', async () => {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '', { mode: 0o644 });
    await insert(await start(), 'a');
    expect(await modeOf(file)).toBe('600');
  });

  it.each(['SQLite format 3', 'x', 'SQLite format 2\0', '# a text of more than 16 bytes'])(
    'is left as it was when it is something else (%j)',
    async (content) => {
      await mkdir(join(file, '..'), { recursive: true });
      for (const suffix of ['', '-wal', '-shm']) await writeFile(file + suffix, content, { mode: 0o644 });
      await expect(start()).rejects.toThrow('the file is not a SQLite database');
      expect((await readdir(join(file, '..'))).length).toBe(3);
      for (const suffix of ['', '-wal', '-shm']) {
        expect(await modeOf(file + suffix)).toBe('644');
        expect(await readFile(file + suffix, 'utf8')).toBe(content);
      }
    },
  );

  it('may be a symbolic link to a database, whose mode does not change', async () => {
    await insert(await start(), 'a');
    await database?.close();
    const real = join(folder, 'real.db');
    await rename(file, real);
    await chmod(real, 0o640);
    await symlink(real, file);
    expect(await ownerIds(await start())).toContain('a');
    expect(await modeOf(real)).toBe('640');
  });

  it('must not be a symbolic link to another file, which is not changed', async () => {
    const other = join(folder, 'other.txt');
    await writeFile(other, 'text', { mode: 0o644 });
    await mkdir(join(file, '..'), { recursive: true });
    await symlink(other, file);
    await expect(start()).rejects.toThrow('the file is not a SQLite database');
    expect([await readFile(other, 'utf8'), await modeOf(other)]).toEqual(['text', '644']);
  });

  it.each(['-wal', '-shm'])('must not have a link for its %s', async (suffix) => {
    await (await start()).close();
    const other = join(folder, 'other.txt');
    await writeFile(other, 'text', { mode: 0o644 });
    await symlink(other, file + suffix);
    await expect(start()).rejects.toThrow('this is not a file');
    expect([await readFile(other, 'utf8'), await modeOf(other)]).toEqual(['text', '644']);
  });

  // Only root can give files away.
  (process.getuid?.() === 0 ? it.each(['', '-wal']) : it.skip.each(['']))(
    'is not one that another user put into an open folder (%j)',
    async (suffix) => {
      await (await start()).close();
      if (suffix !== '') await writeFile(file + suffix, '');
      await chown(file + suffix, 12_345, 12_345);
      await chmod(join(file, '..'), 0o1777);
      await expect(start()).rejects.toThrow('it belongs to another user (uid 12345)');
    },
  );

  it('uses WAL, flushes every commit and checks foreign keys', async () => {
    const pragmas = await (
      await start()
    ).write(async (manager) => [
      await manager.query('PRAGMA journal_mode'),
      await manager.query('PRAGMA synchronous'),
      await manager.query('PRAGMA foreign_keys'),
    ]);
    expect(pragmas).toEqual([[{ journal_mode: 'wal' }], [{ synchronous: 2 }], [{ foreign_keys: 1 }]]);
  });

  it('is one file again after a clean shutdown', async () => {
    await insert(await start(), 'a');
    await database?.close();
    expect(await readdir(join(file, '..'))).toEqual(['gatehouse.db']);
  });

  it('cannot be written by a read, and that is no fault of the database', async () => {
    const read = (await start()).read((manager) => manager.insert(Owner, anOwner('a')));
    await expect(read).rejects.toThrow('Database.read was used to write');
  });

  it.each([
    ['that is wrong', 'SELECT * FROM nowhere', []],
    ['with a value that cannot be sent', 'SELECT ?', [{}]],
    ['with too few values', 'SELECT ?', []],
  ])('is not at fault for a query %s', async (_, sql, parameters) => {
    const read = (await start()).read((manager) => manager.query(sql, parameters));
    await expect(read).rejects.toMatchObject({ name: 'QueryFailedError' });
  });

  it('makes ping fail when it was replaced under the running service', async () => {
    const { ping } = { ping: (await start()).ping.bind(database) };
    await ping();
    await rename(file, `${file}.old`);
    await expect(ping()).rejects.toMatchObject(unavailable);
    await writeFile(file, '');
    await expect(ping()).rejects.toMatchObject(unavailable);
  });
});

describe('a full disk', () => {
  it('fails only the transaction it interrupts, and leaves nothing half done', async () => {
    const database = await start();
    const limit = (pages: number) =>
      database.write((manager) => manager.query(`PRAGMA max_page_count = ${pages}`));
    const [{ page_count }] = await database.read((manager) => manager.query('PRAGMA page_count'));
    await limit(page_count + 1);
    const big = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('first'));
      await manager.insert(Owner, { ...anOwner('big'), name: 'x'.repeat(100_000) }).catch(() => undefined);
      await manager.insert(Owner, anOwner('after')).catch(() => undefined);
    });
    await expect(big).rejects.toBeDefined();
    await limit(1_000_000);
    await insert(database, 'kept');
    const failed = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('rolled-back'));
      throw new Error('roll back');
    });
    await expect(failed).rejects.toThrow('roll back');
    await insert(database, 'kept-too');
    await database.close();
    expect(await ownerIds(await start())).toEqual(['kept', 'kept-too']);
  });

  it('is answered with DB_UNAVAILABLE', async () => {
    const database = await start();
    await database.write((manager) => manager.query('PRAGMA max_page_count = 1'));
    const big = database.write((manager) =>
      manager.insert(Owner, { ...anOwner('b'), name: 'x'.repeat(100_000) }),
    );
    await expect(big).rejects.toMatchObject(unavailable);
  });
});

describe('another process that has the file locked', () => {
  it('makes writes wait, and after 3 s fail with DB_UNAVAILABLE, while reads go on', async () => {
    const database = await start();
    await insert(database, 'before');
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');
    const short = insert(database, 'short');
    await sleep(300);
    expect(await ownerIds(database)).toEqual(['before']);
    other.exec('COMMIT');
    await short;
    other.exec('BEGIN IMMEDIATE');
    await expect(insert(database, 'long')).rejects.toMatchObject(unavailable);
    other.exec('COMMIT');
    other.close();
    await insert(database, 'after');
    expect(await ownerIds(database)).toEqual(['after', 'before', 'short']);
  });
});

describe('the start', () => {
  it.each([
    ['a folder', async () => void (await mkdir(file, { recursive: true })), 'this is a folder'],
    [
      'a file that is no database',
      async () => {
        await mkdir(join(file, '..'), { recursive: true });
        await writeFile(file, 'This is not a database. '.repeat(100));
      },
      'the file is not a SQLite database',
    ],
    ['a pipe', makePipe, 'this is not a file'],
    ['below a file', () => writeFile(join(folder, 'deep'), ''), 'part of the path is a file'],
  ])('fails in one line with %s', async (_, prepare, reason) => {
    await prepare();
    const error: unknown = await start().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'DatabaseStartError' });
    expect(String(error)).toContain(`Cannot use the database ${file}: ${reason}`);
    expect(String(error)).not.toContain('\n');
  });

  const isRoot = process.getuid?.() === 0;
  (isRoot ? it.skip : it)('fails in one line where this user may not write', async () => {
    await chmod(folder, 0o500);
    await expect(start()).rejects.toThrow(`Cannot use the database ${file}: permission denied`);
    await chmod(folder, 0o700);
  });
});
