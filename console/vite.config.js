import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const outDir = join(import.meta.dirname, '../dist/package/console/site');

/** The page has the hash of each script and style: where it is relative to is for the address to say, and so for a link. */
const integrity = {
  name: 'integrity',
  closeBundle() {
    const page = join(outDir, 'index.html');
    const text = readFileSync(page, 'utf8').replace(/="\.\/(assets\/[^"]+)"/g, (attribute, name) => {
      const hash = createHash('sha384')
        .update(readFileSync(join(outDir, name)))
        .digest('base64');
      return `${attribute} integrity="sha384-${hash}"`;
    });
    writeFileSync(page, text);
  },
};

/** Compressed once, here, so that the service never does. The npm package leaves these out. */
const precompress = {
  name: 'precompress',
  closeBundle() {
    for (const name of readdirSync(outDir, { recursive: true }).filter((one) =>
      /\.(js|css|html|svg)$/.test(one),
    )) {
      const text = readFileSync(join(outDir, name));
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      writeFileSync(join(outDir, `${name}.gz`), gzipSync(text, { level: 9 }));
      writeFileSync(join(outDir, `${name}.br`), brotliCompressSync(text, { params }));
    }
  },
};

export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  // Relative: the site is wherever an application or a proxy has put it.
  base: command === 'serve' ? '/console/' : './',
  logLevel: 'warn',
  plugins: [integrity, precompress],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/docs-json', '/console/login.json'].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
  build: {
    outDir,
    emptyOutDir: true,
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // Data URLs and inline scripts are what the policy of the pages forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
}));
