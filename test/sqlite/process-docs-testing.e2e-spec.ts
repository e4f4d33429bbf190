import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProjectWithPackage } from '../support/packed-package.js';

let project: ProjectWithPackage;
let files: readonly string[];

beforeAll(async () => {
  project = await ProjectWithPackage.create([
    '@nestjs/platform-express',
    '@nestjs/platform-fastify',
    '@nestjs/testing',
    '@types/node',
    '@types/supertest',
    'supertest',
  ]);
  const text = await readFile(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
  const snippets = [...text.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)];
  expect(snippets).toHaveLength(text.match(/^```\w/gm)?.length ?? 0);
  for (const [, name = '', code = ''] of snippets) await project.write(name, code);
  files = snippets.map(([, name = '']) => name.replace(/ts$/, 'js'));
  // Others' declarations are checked in process-package.
  await project.compile({ skipLibCheck: true });
}, 180_000);
afterAll(() => project.remove());

describe('docs/testing.md', () => {
  it('has snippets that compile as they stand, and whose tests pass', async () => {
    const tests = files.filter((file) => file.endsWith('.test.js'));
    const report = await project.run('--test', '--test-reporter=tap', ...tests);
    expect(report).toMatch(/^# pass 6$/m);
    expect(report).toMatch(/^# fail 0$/m);
  }, 120_000);
});
