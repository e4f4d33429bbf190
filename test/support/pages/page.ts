import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** A block of code on a page. */
export interface Snippet {
  readonly language: string;
  /** The line of the page on which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
  /** The file name in its first line: `// notes.module.ts`. */
  readonly file: string | undefined;
  /** The text between the previous snippet and this one. */
  readonly prose: string;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly snippets: readonly Snippet[];
}

/** All Markdown pages: README, docs, examples. */
export function readPages(): Page[] {
  const below = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => !dirname(file).split('/').includes('node_modules'))
      .map((file) => join(folder, file)),
  );
  const pages = [...readdirSync(root), ...below].filter((file) => file.endsWith('.md'));
  return pages.sort().map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, snippets: snippetsIn(text) };
}

export function snippetsIn(text: string): Snippet[] {
  const fence = /^([ \t]*)(`{3,}|~{3,})([^\n`]*)\n([^]*?)^[ \t]*\2[ \t]*$/gm;
  let end = 0;
  return [...text.matchAll(fence)].map((found) => {
    const [whole, indent = '', , language = '', indented = ''] = found;
    const prose = text.slice(end, found.index);
    end = found.index + whole.length;
    const code = indented.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const line = text.slice(0, found.index).split('\n').length + 1;
    return { language: language.trim(), line, code, file: /^(?:\/\/|#) (\S+\.\w+)\n/.exec(code)?.[1], prose };
  });
}
