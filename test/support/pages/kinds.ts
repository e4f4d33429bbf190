import { exampleOf } from './examples.js';
import { notRun, runElsewhere } from './not-run.js';
import type { Page, Snippet } from './page.js';

/** How a snippet is tested; see the specs `pages` and `process-pages-…`. */
export type Kind =
  | 'file'
  | 'excerpt'
  | 'repository'
  | 'shell'
  | 'answer'
  | 'data'
  | 'elsewhere'
  | 'nginx'
  | 'environment'
  | 'drawing'
  | 'not run'
  | 'unknown';

const data = ['json', 'yaml'];
const proxies = ['caddyfile', 'haproxy', 'lua'];

export function kindOf(page: Page, snippet: Snippet): Kind {
  if (reasonNotToRun(page, snippet) !== undefined) return 'not run';
  if (isForRepository(snippet)) return 'repository';
  const { language, file, code } = snippet;
  if (exampleOf(page, snippet) !== undefined) return 'excerpt';
  if (['ts', 'js'].includes(language)) return file?.endsWith(`.${language}`) ? 'file' : 'unknown';
  if (['sh', 'text'].includes(language) && page.path in runElsewhere) return 'elsewhere';
  if (proxies.includes(language) && page.path in runElsewhere) return 'elsewhere';
  if (language === 'sh') return page.snippets.some(isForRepository) ? 'repository' : 'shell';
  if (answered(page, snippet) !== undefined) return 'answer';
  if (data.includes(language)) return 'data';
  if (language === 'nginx') return 'nginx';
  if (language === 'dotenv') return 'environment';
  return language === '' && /[─│→▶]/.test(code) ? 'drawing' : 'unknown';
}

/** The commands that this snippet is the answer of: those just before it. */
export function answered(page: Page, snippet: Snippet): Snippet | undefined {
  const before = page.snippets[page.snippets.indexOf(snippet) - 1];
  if (before === undefined || !['json', 'text'].includes(snippet.language)) return undefined;
  return kindOf(page, before) === 'shell' ? before : undefined;
}

/** A change of this repository. */
function isForRepository({ language, file = '' }: Snippet): boolean {
  return language === 'diff' || /^(src|test)\//.test(file);
}

export function snippetsOf(page: Page, kind: Kind): Snippet[] {
  return page.snippets.filter((snippet) => kindOf(page, snippet) === kind);
}

function reasonNotToRun(page: Page, { code }: Snippet): string | undefined {
  const entries = Object.entries(notRun[page.path] ?? {});
  return entries.find(([begins]) => code.startsWith(begins))?.[1];
}
