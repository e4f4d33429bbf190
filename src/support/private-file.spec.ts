import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inFolderOf, readPrivateFile, writePrivateFile } from './private-file.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  file = join(folder, 'inner', 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

it('writes a file in a private folder that only this user can read', () => {
  writePrivateFile(file, 'one', 'keep');
  expect([readFileSync(file, 'utf8'), modeOf(file), modeOf(join(folder, 'inner'))]).toEqual([
    'one',
    0o600,
    0o700,
  ]);
});

it('keeps or replaces an existing file, and leaves no draft', () => {
  writePrivateFile(file, 'one', 'keep');
  writePrivateFile(file, 'two', 'keep');
  expect(readFileSync(file, 'utf8')).toBe('one');
  writePrivateFile(file, 'three', 'replace');
  expect(readFileSync(file, 'utf8')).toBe('three');
  expect(readdirSync(join(folder, 'inner'))).toEqual(['secret']);
});

it('does not follow a link that was put in its way', () => {
  writePrivateFile(file, 'one', 'keep');
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'untouched', { mode: 0o666 });
  rmSync(file);
  symlinkSync(outside, file);
  writePrivateFile(file, 'two', 'replace');
  expect([readFileSync(outside, 'utf8'), readFileSync(file, 'utf8'), modeOf(file)]).toEqual([
    'untouched',
    'two',
    0o600,
  ]);
});

(process.getuid?.() === 0 ? it : it.skip)(
  'gives a file that root writes to the owner of the folder, or of the file it replaces',
  () => {
    const ownersOf = () => [statSync(file).uid, statSync(file).gid];
    mkdirSync(dirname(file));
    chownSync(dirname(file), 12_345, 12_346);
    writePrivateFile(file, 'one', 'keep');
    expect(ownersOf()).toEqual([12_345, 12_346]);
    chownSync(file, 12_345, 12_348);
    writePrivateFile(file, 'two', 'replace');
    expect([...ownersOf(), modeOf(file)]).toEqual([12_345, 12_348, 0o600]);
    // Another user could have put it there, to be given what is written.
    chmodSync(dirname(file), 0o777);
    writePrivateFile(file, 'three', 'replace');
    expect(ownersOf()).toEqual([0, 0]);
  },
);

(process.platform === 'linux' && process.getuid?.() === 0 ? it : it.skip)(
  'never gives away a file in a folder that was put in the place of the examined one',
  () => {
    const [examined, victim] = [dirname(file), join(folder, 'victim')];
    for (const one of [examined, victim]) mkdirSync(one, { mode: 0o755 });
    chownSync(examined, 12_345, 12_346);
    inFolderOf(file, (path, owner) => {
      expect(owner?.uid).toBe(12_345);
      renameSync(examined, `${examined}-moved`);
      symlinkSync(victim, examined);
      writeFileSync(path, 'text');
    });
    expect([readdirSync(victim), readdirSync(`${examined}-moved`)]).toEqual([[], [basename(file)]]);
  },
);

describe('a private file that is read', () => {
  const stranger = 12_345;
  beforeEach(() => mkdirSync(dirname(file), { mode: 0o755 }));
  const put = (name: string, mode: number) => {
    const path = join(dirname(file), name);
    writeFileSync(path, 'text');
    chmodSync(path, mode);
    return path;
  };

  it('is private from then on', () => {
    put('secret', 0o644);
    expect([readPrivateFile(file), modeOf(file)]).toEqual(['text', 0o600]);
  });

  it('may be missing', () => expect(readPrivateFile(file)).toBeUndefined());

  it('may be a link within its folder, as of a mounted secret, whose target is not touched', () => {
    mkdirSync(join(dirname(file), '..2030'));
    const target = put('..2030/secret', 0o440);
    symlinkSync('..2030', join(dirname(file), '..data'));
    symlinkSync('..data/secret', file);
    expect([readPrivateFile(file), modeOf(target)]).toEqual(['text', 0o440]);
  });

  it.each(['../outside', 'nowhere', 'secret', '/etc/hostname'])(
    'is no link to %s, and nothing is touched',
    (target) => {
      const outside = join(folder, 'outside');
      writeFileSync(outside, 'untouched', { mode: 0o644 });
      symlinkSync(target, file);
      expect(() => readPrivateFile(file)).toThrow(/DATA_DIR: .* is a symbolic link/);
      expect([readFileSync(outside, 'utf8'), modeOf(outside)]).toEqual(['untouched', 0o644]);
    },
  );

  it('is neither a folder nor a pipe', () => {
    mkdirSync(file);
    expect(() => readPrivateFile(file)).toThrow(/DATA_DIR: .* is a folder/);
    rmSync(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    expect(() => readPrivateFile(file)).toThrow(/DATA_DIR: .* is no file/);
  });

  it('is rejected if others could write to it', () => {
    put('secret', 0o666);
    expect(() => readPrivateFile(file)).toThrow('other users may write to it');
    expect(modeOf(file)).toBe(0o666);
    chmodSync(dirname(file), 0o700);
    expect([readPrivateFile(file), modeOf(file)]).toEqual(['text', 0o600]);
  });

  // Only root can give files away.
  (process.getuid?.() === 0 ? it : it.skip)('is not one that another user put into an open folder', () => {
    put('secret', 0o600);
    chownSync(file, stranger, stranger);
    for (const mode of [0o777, 0o1777, 0o775, 0o755]) {
      chmodSync(dirname(file), mode);
      expect(() => readPrivateFile(file)).toThrow('it belongs to another user (uid 12345)');
    }
    chownSync(dirname(file), stranger, stranger);
    expect(readPrivateFile(file)).toBe('text');
    chmodSync(dirname(file), 0o777);
    expect(() => readPrivateFile(file)).toThrow('it belongs to another user');
  });
});
