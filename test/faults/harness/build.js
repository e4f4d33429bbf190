import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..', '..');

/** The build that is put to the test: `dist`, or what TEST_DIST names. */
export const dist = process.env.TEST_DIST ?? join(root, 'dist');

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The flags of `npm start`, so that what is tested is what runs. */
export const nodeFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

const load = (path) => import(pathToFileURL(join(dist, path)).href);

export const { BuiltinIssuer } = await load('issuer/builtin-issuer.js');
export const { KeyMint } = await load('key-store/key-mint.js');
