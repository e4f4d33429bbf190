import { readFile } from 'node:fs/promises';

/** What they extend may be the result of a call with an object of several lines. */
const heads = /^(?! *(?:\*|\/\/))(.*\bclass (\w+)(?: extends (?:.+|\w+\(\{[^]*?^\}\)))? \{)$/gm;

/**
 * For esbuild: classes keep the names that Nest and our messages read, where esbuild renames some. Its own `keepNames` names
 * functions too, whenever they are created, also in the middle of a request.
 */
export const keepClassNames = {
  name: 'keep-class-names',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        heads,
        '$1 static { Object.defineProperty(this, "name", { value: "$2", configurable: true }); }',
      ),
    }));
  },
};
