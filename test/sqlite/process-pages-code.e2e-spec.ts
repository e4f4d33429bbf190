import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPages } from '../support/pages/page.js';
import { filesOf, PageProject } from '../support/pages/page-project.js';

const pages = readPages().filter((page) => filesOf(page).size > 0);
let project: PageProject;

beforeAll(async () => {
  project = await PageProject.of(pages);
}, 300_000);
afterAll(() => project.remove());

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  const files = [...filesOf(page).keys()];
  const compiled = files.map((file) => file.replace(/\.ts$/, '.js'));

  it('has code that compiles as it stands', async () => {
    expect(project.complaintsOf(page)).toEqual([]);
    expect(project.otherComplaints).toEqual([]);
    for (const file of files.filter((name) => name.endsWith('.js'))) await project.run(page, '--check', file);
  }, 60_000);

  const tests = compiled.filter((file) => file.endsWith('.test.js'));
  if (tests.length === 0) return;

  it('has tests that pass', async () => {
    const report = await project.run(page, '--test', '--test-reporter=tap', ...tests);
    expect(report).toMatch(/^# pass [1-9]/m);
    expect(report).toMatch(/^# (fail|skipped|todo) 0$/gm);
    expect(report.match(/^# (fail|cancelled|skipped|todo) 0$/gm)).toHaveLength(4);
  }, 300_000);
});
