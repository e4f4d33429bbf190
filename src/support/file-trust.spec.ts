import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeDatabaseFile } from '../database/sqlite/database-file.js';
import { makeFolder, readPrivateFile, writePrivateFile } from './private-file.js';

const [service, group, other] = [12_345, 12_346, 12_347];
let root: string;
let folder: string;
let file: string;
let warnings: string[];
const warn = (text: string) => void warnings.push(text);

/** A folder as a volume is mounted, and a file in it. */
function mount(rights: { owner?: number; folder: number; file: number }, text = 'text'): void {
  writeFileSync(file, text);
  for (const [path, mode] of [
    [file, rights.file],
    [folder, rights.folder],
  ] as const) {
    chownSync(path, rights.owner ?? 0, group);
    chmodSync(path, mode);
  }
}

/** Runs `work` as a service does: as a user of its own that is in the group. */
function asService<T>(work: () => T): T {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([group]);
  process.setegid?.(service);
  process.seteuid?.(service);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

const rightsOf = (path: string) => {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, (mode & 0o777).toString(8)];
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  chmodSync(root, 0o755);
  folder = join(root, 'data');
  file = join(folder, 'file');
  mkdirSync(folder);
  warnings = [];
});
afterEach(() => rmSync(root, { recursive: true }));

// Only root can give files away, and act as another user.
const suite = process.platform === 'linux' && process.geteuid?.() === 0 ? describe : describe.skip;

suite('a service that is allowed by its group (fsGroup, CIFS; skipped without root)', () => {
  it('reads a file of root, and warns that it stays open', () => {
    mount({ folder: 0o2770, file: 0o660 });
    expect(asService(() => readPrivateFile(file, warn))).toBe('text');
    expect(warnings).toEqual([
      `${file} stays open (uid 0, gid ${group}, mode 660) to the group that may use it.`,
    ]);
    expect(rightsOf(file)).toEqual([0, group, '660']);
  });

  it('uses a database of root, with the files beside it', () => {
    mount({ folder: 0o2770, file: 0o660 }, '');
    writeFileSync(`${file}-wal`, '', { mode: 0o660 });
    chownSync(`${file}-wal`, 0, group);
    chmodSync(`${file}-wal`, 0o660);
    asService(() => makeDatabaseFile(file, warn));
    expect(warnings).toEqual([expect.stringMatching(/file stays open .*mode 660/)]);
    expect([rightsOf(file), rightsOf(`${file}-wal`)]).toEqual([
      [0, group, '660'],
      [0, group, '660'],
    ]);
  });

  it('makes files of its own private again that the mount opened to the group', () => {
    mount({ folder: 0o2770, file: 0o660 });
    chownSync(file, service, group);
    expect(asService(() => readPrivateFile(file, warn))).toBe('text');
    expect([rightsOf(file), warnings]).toEqual([[service, group, '600'], []]);
  });

  it('writes files of its own there', () => {
    mount({ folder: 0o2770, file: 0o660 });
    asService(() => writePrivateFile(file, 'new', 'replace'));
    expect([readFileSync(file, 'utf8'), rightsOf(file)]).toEqual(['new', [service, group, '600']]);
  });

  it.each<[string, { folder: number; file: number }, number, number]>([
    ['all users may write to it', { folder: 0o2775, file: 0o666 }, 0, group],
    ['another group may write to it', { folder: 0o755, file: 0o664 }, 0, other],
    [
      'its own file is open to a group that has no share in the folder',
      { folder: 0o755, file: 0o664 },
      service,
      group,
    ],
    ['another user of the group made it', { folder: 0o2770, file: 0o660 }, other, group],
  ])('rejects a file if %s', (_, rights, uid, gid) => {
    mount(rights);
    chownSync(file, uid, gid);
    chmodSync(file, rights.file);
    expect(() => asService(() => readPrivateFile(file, warn))).toThrow(
      /is not used: .*(?:other users|another user)/,
    );
  });
});

suite('root beside such a service (skipped without root)', () => {
  it('leaves what the group may use as it is, and replaces it by what the group may use', () => {
    mount({ folder: 0o2770, file: 0o660 });
    expect(readPrivateFile(file, warn)).toBe('text');
    expect([rightsOf(file), warnings.length]).toEqual([[0, group, '660'], 1]);
    writePrivateFile(file, 'new', 'replace');
    expect(rightsOf(file)).toEqual([0, group, '660']);
    expect(asService(() => readPrivateFile(file))).toBe('new');
  });

  it('creates files that the group may use, also the database, and no others where all users may write', () => {
    mount({ folder: 0o2770, file: 0o660 });
    const [secret, database] = [join(folder, 'secret'), join(folder, 'database')];
    writePrivateFile(secret, 'new', 'keep');
    makeDatabaseFile(database, warn);
    expect([rightsOf(secret), rightsOf(database)]).toEqual([
      [0, group, '660'],
      [0, group, '660'],
    ]);
    expect(asService(() => readPrivateFile(secret))).toBe('new');
    chmodSync(folder, 0o1777);
    writePrivateFile(join(folder, 'private'), 'new', 'keep');
    expect(rightsOf(join(folder, 'private'))).toEqual([0, 0, '600']);
  });

  it('gives the folders that it makes to the owner of the one above, or to its group', () => {
    mount({ owner: service, folder: 0o755, file: 0o600 });
    makeFolder(join(folder, 'deep', 'er'));
    expect(rightsOf(join(folder, 'deep', 'er'))).toEqual([service, group, '700']);
    mount({ folder: 0o2770, file: 0o660 });
    makeFolder(join(folder, 'shared'));
    expect(rightsOf(join(folder, 'shared'))).toEqual([0, group, '770']);
    asService(() => makeFolder(join(folder, 'shared', 'own')));
    expect(rightsOf(join(folder, 'shared', 'own')).slice(0, 1)).toEqual([service]);
  });
});
