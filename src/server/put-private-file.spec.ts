import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { putPrivateFile } from './put-private-file.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  file = join(folder, 'inner', 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

it('writes a file, in a folder of its own, that nobody else may read', () => {
  putPrivateFile(file, 'one', 'keep');
  expect([readFileSync(file, 'utf8'), modeOf(file), modeOf(join(folder, 'inner'))]).toEqual([
    'one',
    0o600,
    0o700,
  ]);
});

it('keeps or replaces what is there, and leaves no draft', () => {
  putPrivateFile(file, 'one', 'keep');
  putPrivateFile(file, 'two', 'keep');
  expect(readFileSync(file, 'utf8')).toBe('one');
  putPrivateFile(file, 'three', 'replace');
  expect(readFileSync(file, 'utf8')).toBe('three');
  expect(readdirSync(join(folder, 'inner'))).toEqual(['secret']);
});

it('does not follow a link that was put in its way', () => {
  putPrivateFile(file, 'one', 'keep');
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'untouched', { mode: 0o666 });
  rmSync(file);
  symlinkSync(outside, file);
  putPrivateFile(file, 'two', 'replace');
  expect([readFileSync(outside, 'utf8'), readFileSync(file, 'utf8'), modeOf(file)]).toEqual([
    'untouched',
    'two',
    0o600,
  ]);
});
