import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { statusOfCode } from '../../src/principal/auth-error.js';
import { environmentSchema } from '../../src/server/configuration/environment.schema.js';
import { readConfiguration } from '../../src/server/configuration/read-configuration.js';
import { hasNginx, withNginx } from '../support/nginx.js';
import { exampleOf, examplesOf, missingPart } from '../support/pages/examples.js';
import { notRun, runElsewhere } from '../support/pages/not-run.js';
import { type Kind, snippetsOf } from '../support/pages/kinds.js';
import { type Page, readPage, readPages, root, snippetsIn } from '../support/pages/page.js';

const require = createRequire(import.meta.url);
const yaml = require('js-yaml') as { loadAll(text: string): unknown[] };
const pages = readPages();
const withKind = (kind: Kind) => pages.filter((page) => snippetsOf(page, kind).length > 0);
const named = (list: readonly Page[]): [string, Page][] => list.map((page) => [page.path, page]);

describe('the snippets of the pages', () => {
  it.each(named(pages))('%s: each is run, checked, or listed as not run', (path, page) => {
    const unknown = snippetsOf(page, 'unknown');
    expect(unknown.map(({ line, language, code }) => `${path}:${line} ${language}: ${code}`)).toEqual([]);
  });

  it.each(named(pages))(
    '%s: every fence is parsed, and file names are unique',
    (_path, { text, snippets }) => {
      const marks = text.match(/^[ \t]*(```|~~~)/gm) ?? [];
      expect(marks).toHaveLength(2 * snippets.length);
      const files = snippets.filter(({ language }) => language !== 'diff').flatMap(({ file }) => file ?? []);
      expect(files).toEqual([...new Set(files)]);
    },
  );

  it.each(named(withKind('excerpt')))('%s: its excerpts match its example files', (path, page) => {
    const wrong = snippetsOf(page, 'excerpt').flatMap((excerpt) => {
      const missing = missingPart(excerpt, exampleOf(page, excerpt)!);
      return missing === undefined ? [] : [`${path}:${excerpt.line} ${missing}`];
    });
    expect(wrong).toEqual([]);
  });

  it('a page links to or shows every file of examples/docs', () => {
    const named = pages.flatMap((page) =>
      examplesOf(page)
        .filter(
          ({ file, source }) =>
            page.text.includes(`](${relative(dirname(page.path), source)})`) ||
            page.snippets.some((snippet) => snippet.file === file),
        )
        .map(({ source }) => source),
    );
    const all = readdirSync(join(root, 'examples/docs'), { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.endsWith('.json') && /\.\w+$/.test(file))
      .map((file) => join('examples/docs', file));
    expect(named.sort()).toEqual(all.sort());
  });

  it('only CONTRIBUTING.md shows changes of this repository, which a test applies', () => {
    expect(withKind('repository').map(({ path }) => path)).toEqual(['CONTRIBUTING.md']);
  });

  it('snippets listed as run elsewhere exist, and their test reads the page', () => {
    for (const [path, test] of Object.entries(runElsewhere)) {
      expect(snippetsOf(readPage(path), 'elsewhere')).not.toEqual([]);
      expect(readFileSync(join(root, test), 'utf8')).toContain(basename(path));
    }
  });

  it('snippets listed as not run exist exactly once', () => {
    for (const [path, entries] of Object.entries(notRun)) {
      const snippets = pages.find((page) => page.path === path)?.snippets ?? [];
      const found = Object.keys(entries).map((begins) => [
        begins,
        snippets.filter(({ code }) => code.startsWith(begins)).length,
      ]);
      expect([path, found]).toEqual([path, Object.keys(entries).map((begins) => [begins, 1])]);
    }
  });
});

it.each(named(pages))('%s: its JSON and YAML parse, and the service accepts its settings', (_path, page) => {
  for (const { language, code } of snippetsOf(page, 'data'))
    if (language === 'json') JSON.parse(code);
    else expect(yaml.loadAll(code)).not.toEqual([]);
  for (const { code } of snippetsOf(page, 'environment')) {
    const variables = parseEnv(code);
    expect(Object.keys(environmentSchema.shape)).toEqual(expect.arrayContaining(Object.keys(variables)));
    readConfiguration(variables);
  }
});

const nginxPages = named(withKind('nginx'));
(hasNginx ? it : it.skip).each(nginxPages)(
  withNginx('%s: nginx accepts its configuration'),
  (_path, page) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    const socket = `listen unix:${folder}/socket`;
    const http = snippetsOf(page, 'nginx').map(({ code }) =>
      /^(location|auth_request|proxy)/m.test(code)
        ? `server {\n${socket};\n${code}}`
        : code.replaceAll(/listen [\w.:[\]]+/g, socket),
    );
    const whole = `pid ${folder}/pid;\nevents {}\nhttp {\n${[...paths, ...http].join('\n')}\n}\n`;
    writeFileSync(join(folder, 'nginx.conf'), whole);
    const arguments_ = ['-t', '-p', folder, '-c', join(folder, 'nginx.conf')];
    const { status, stderr } = spawnSync('nginx', arguments_, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  },
);

it.each(named(pages))('%s: its links resolve', (path, { text }) => {
  const prose = snippetsIn(text).reduce((left, { code }) => left.replace(code, ''), text);
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const broken = links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !headingsOf(pages.find((page) => page.path === target)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** As GitHub spells them in links. */
function headingsOf(page: Page | undefined): string[] {
  const headings = [...(page?.text ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('docs/README.md links to every page', () => {
  const index = pages.find(({ path }) => path === 'docs/README.md')!;
  const missing = pages.filter(
    (page) => page !== index && !index.text.includes(`](${relative('docs', page.path)})`),
  );
  expect(missing.map(({ path }) => path)).toEqual([]);
});

it('docs/api.md has every error code, with its status', () => {
  const rows = readPage('docs/api.md').text.split('\n');
  const missing = Object.entries(statusOfCode).filter(
    ([code, status]) => !rows.some((row) => row.includes(`\`${code}\``) && row.includes(`| ${status} `)),
  );
  expect(missing).toEqual([]);
});
