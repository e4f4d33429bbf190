import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ErrorCode, statusOfCode } from '../../src/principal/auth-error.js';
import { fillIn, matches } from '../support/pages/answer.js';
import { answered, snippetsOf } from '../support/pages/kinds.js';
import { readPages, type Snippet } from '../support/pages/page.js';
import { hasShell, PageShell } from '../support/pages/page-shell.js';

const pages = readPages().filter((page) => snippetsOf(page, 'shell').length > 0);
const name = '%s: its commands give the answers it shows';
let shell: PageShell;

beforeAll(async () => {
  if (hasShell) shell = await PageShell.start();
});
afterAll(() => (hasShell ? shell.remove() : undefined));

(hasShell ? it : it.skip).each(pages.map((page) => [page.path, page] as const))(
  hasShell ? name : `${name} (skipped: bash, curl or jq is not installed)`,
  async (_path, page) => {
    const commands = snippetsOf(page, 'shell');
    const outputs = await shell.run(page, commands);
    const shown = new Map(snippetsOf(page, 'answer').map((snippet) => [answered(page, snippet), snippet]));
    for (const [index, snippet] of commands.entries()) {
      const output = outputs[index] ?? '';
      const answer = shown.get(snippet);
      if (answer === undefined) expect(surprisesIn(output, snippet)).toEqual([]);
      else if (answer.language === 'json') {
        const given = JSON.parse(output);
        expect(given).toEqual(fillIn(JSON.parse(answer.code), given));
      } else if (!matches(answer.code.trim(), output.trim())) expect(output).toBe(answer.code);
    }
  },
  300_000,
);

/** Errors and missing fields that the text before the snippet does not announce. */
function surprisesIn(output: string, { line, prose }: Snippet): string[] {
  const codes = [...output.matchAll(/"code": ?"(\w+)",\s*"message"/g)].map(([, code]) => code as ErrorCode);
  const said = prose.split(/\n\n/).slice(-2).join('\n');
  const errors = codes.filter((code) => !said.includes(code) && !said.includes(String(statusOfCode[code])));
  const absent = output.split('\n').filter((text) => text === 'null');
  return [...errors, ...absent].map((surprise) => `line ${line} gives ${surprise}: ${output}`);
}
