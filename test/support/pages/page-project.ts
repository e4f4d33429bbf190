import { join } from 'node:path';
import { ProjectWithPackage } from '../packed-package.js';
import { examplesOf } from './examples.js';
import { snippetsOf } from './kinds.js';
import type { Page } from './page.js';

/** A file of a page: shown whole on the page, or stored in its folder below `examples/docs`. */
export interface PageFile {
  readonly code: string;
  /** Where it is written, from the root of the repository, and at which line it begins. */
  readonly source: string;
  readonly line: number;
}

/** What pages import besides the package. */
const imported = [
  '@modelcontextprotocol/node',
  '@modelcontextprotocol/server',
  '@nestjs/microservices',
  '@nestjs/passport',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
  '@rekog/mcp-nest',
  '@types/express',
  '@types/node',
  '@types/passport-jwt',
  '@types/jsonwebtoken',
  '@types/supertest',
  'better-sqlite3',
  'fastify',
  'passport',
  'passport-headerapikey',
  'passport-jwt',
  'jsonwebtoken',
  'supertest',
];

/** A project with the packed package and a folder for the files of each page. */
export class PageProject {
  private constructor(
    private readonly project: ProjectWithPackage,
    private readonly complaints: readonly string[],
  ) {}

  static async of(pages: readonly Page[]): Promise<PageProject> {
    const project = await ProjectWithPackage.create(imported);
    for (const page of pages)
      for (const [file, { code }] of filesOf(page)) await project.write(`${nameOf(page)}/${file}`, code);
    // process-package checks the declarations of dependencies.
    const options = { skipLibCheck: true, noUnusedLocals: true };
    const said = await project.compile(options).then(
      () => '',
      (error: Error) => error.message,
    );
    return new PageProject(
      project,
      said.split('\n').filter((line) => line.trim() !== ''),
    );
  }

  /** Compiler errors of a page's files, with the lines of their source. */
  complaintsOf(page: Page): string[] {
    const folder = `${nameOf(page)}/`;
    return this.complaints
      .filter((line) => line.startsWith(folder))
      .map((line) =>
        line.slice(folder.length).replace(/^(.*?)\((\d+),/, (_all, file: string, row: string) => {
          const { source = page.path, line: from = 0 } = filesOf(page).get(file) ?? {};
          return `${source}:${from + Number(row) - 1} (${file},`;
        }),
      );
  }

  /** Compiler errors outside all pages, such as a missing package. */
  get otherComplaints(): string[] {
    return this.complaints.filter((line) => !/^(\s|pages\/.*\()/.test(line));
  }

  folderOf(page: Page): string {
    return join(this.project.folder, nameOf(page));
  }

  /** The reports, in TAP, of the tests of these pages, all run in one process: most of what each needs is to load packages. */
  async reportsOf(pages: readonly Page[]): Promise<Map<Page, string>> {
    const parts = pages.flatMap((page) => [
      `test('page ${page.path}', () => process.chdir('${this.folderOf(page)}'));`,
      ...testsOf(page).map((file) => `await import('./${nameOf(page)}/${file}');`),
    ]);
    const code = `import { test } from 'node:test';${parts.join('\n')}`;
    const said = await this.project.run('--test-reporter=tap', '--input-type=module', '--eval', code);
    const [, ...reports] = said.split(/^# Subtest: page .*$/m);
    return new Map(pages.map((page, index) => [page, reports[index] ?? '']));
  }

  /** Runs Node in the folder of the page. */
  run(page: Page, ...parameters: readonly string[]): Promise<string> {
    return this.project.runIn(nameOf(page), ...parameters);
  }

  remove(): Promise<void> {
    return this.project.remove();
  }
}

export function filesOf(page: Page): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const { file = '', code, line } of snippetsOf(page, 'file'))
    files.set(file, { code, source: page.path, line });
  for (const { file, code, source } of examplesOf(page))
    if (/\.[jt]s$/.test(file)) files.set(file, { code, source, line: 1 });
  return files;
}

export function testsOf(page: Page): string[] {
  return [...filesOf(page).keys()]
    .filter((file) => /\.test\.[jt]s$/.test(file))
    .map((file) => file.replace(/\.ts$/, '.js'));
}

const nameOf = ({ path }: Page) => `pages/${path.replace(/\.md$/, '').toLowerCase()}`;
