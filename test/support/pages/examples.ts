import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, root, type Snippet } from './page.js';

/** A file in the folder of a page: `examples/docs/testing/app.test.ts` belongs to `docs/testing.md`. */
interface Example {
  /** From that folder. */
  readonly file: string;
  /** From the root of the repository. */
  readonly source: string;
  readonly code: string;
}

export function examplesOf(page: Page): Example[] {
  const folder = join('examples', page.path.replace(/\.md$/, ''));
  if (!page.path.startsWith('docs/') || !existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:[jt]s|lua|cfg)$/.test(file))
    .map((file) => {
      const source = join(folder, file);
      return { file, source, code: readFileSync(join(root, source), 'utf8') };
    });
}

/** The example file that an excerpt on a page comes from: one of its folder, or one named by its path in the repository. */
export function exampleOf(page: Page, { file }: Snippet): Example | undefined {
  if (file?.startsWith('examples/'))
    return { file, source: file, code: readFileSync(join(root, file), 'utf8') };
  return examplesOf(page).find((example) => example.file === file);
}

/**
 * The first part of an excerpt that is missing from the file, in order. Comments that begin with `…` separate parts.
 * Whitespace and trailing commas are ignored.
 */
export function missingPart(excerpt: Snippet, { code }: Example): string | undefined {
  let rest = flat(code);
  const [, ...lines] = excerpt.code.split('\n');
  for (const part of lines.join('\n').split(/^\s*(?:\/\/|#|--) ….*$/m)) {
    const sought = flat(part).replace(/,$/, '');
    const start = rest.indexOf(sought);
    if (start < 0) return part;
    rest = rest.slice(start + sought.length);
  }
  return undefined;
}

const flat = (text: string) => text.replaceAll(/\s+/g, '').replaceAll(/,(?=[)\]}])/g, '');
