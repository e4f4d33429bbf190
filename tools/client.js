/**
 * Writes src/client/api.ts: the types of all routes, from openapi.json. With `--print` it only prints them. A test
 * compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const root = join(import.meta.dirname, '..');
const file = join(root, 'src/client/api.ts');

const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8'));
for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path)))
  operation.responses = withOneError(operation.responses);

const text = `/** Written by \`npm run client\` from openapi.json. */\n${astToString(await openapiTS(document))}`;
const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });

if (process.argv.includes('--print')) process.stdout.write(formatted);
else writeFileSync(file, formatted);

/** Errors have one type, whatever their status: said once, it is half the file. */
function withOneError(responses) {
  const isSuccess = ([status]) => status.startsWith('2');
  const error = { $ref: '#/components/schemas/Error' };
  return {
    ...Object.fromEntries(Object.entries(responses).filter(isSuccess)),
    default: { description: 'Rejected.', content: { 'application/json': { schema: error } } },
  };
}
