import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// The example keeps its keys in a SQLite file of its own, whatever the tests run on.

const start = join(import.meta.dirname, '../../examples/agents/start.js');
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
});
afterEach(() => rm(temporary, { recursive: true }));

/** The tree without its lines, its times and the letters of its keys. */
function wordsOf(tree: string): string {
  return tree
    .replace(/\d+\.\d\d s/g, '')
    .replace(/(mk_live|tk)_\w{8}\b/g, '$1')
    .replace(/[│├└─\s]+/g, ' ');
}

const agents = (worker: string, subAgent: string) =>
  `issued notes:read, notes:write used ${worker} tool key tk, issued by the one above issued notes:read used ${subAgent} `;

describe('examples/agents', () => {
  it('plays to its end, prints who did what as a tree, and leaves no key behind', async () => {
    const env = { PATH: process.env.PATH, TMPDIR: temporary };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [start], { env });
    const tree = wordsOf(stdout.slice(stdout.indexOf('user ada@example.com')));
    expect(tree).toContain('user ada@example.com created API key mk_live, "Personal key" created used ');
    expect(tree).toContain(`fetch-prices, attempt 1 ${agents('lease_lost', 'refused PARENT_REVOKED')}`);
    expect(tree).toContain(
      `write-report, attempt 1 ${agents('revoked refused REVOKED', 'refused PARENT_REVOKED')}`,
    );
    const withTask = 'revoked with all keys of the task';
    expect(tree).toContain(
      `tidy-notes, attempt 1 ${agents(`${withTask} refused REVOKED`, 'refused REVOKED')}`,
    );
    const fenced = 'revoked by attempt 2, with all keys of the one before refused REVOKED';
    expect(tree).toContain(`translate, attempt 1 ${agents(fenced, 'refused REVOKED')}`);
    expect(tree).toContain(`translate, attempt 2 ${agents(withTask, 'refused BUDGET_EXCEEDED')}`);
    expect(tree.match(/tool key/g)).toHaveLength(10);
    expect(stdout).toMatch(/^translate #2 worker +done$/m);
    expect(stdout).not.toMatch(/(mk_live|tk)_\w{9}|eyJ/);
    expect([stderr, await readdir(temporary)]).toEqual(['', []]);
  });
});
