/**
 * Prints the reference of all options: the variables of the service from its schema, and the options of the modules from
 * their declarations. With `--write` it writes docs/options.md. A test compares the two.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { environmentTables } from './options/environment-tables.js';
import { optionsTables } from './options/options-tables.js';

const file = join(import.meta.dirname, '../docs/options.md');
const text = `# Options

Written by \`npm run options -- --write\` from the code, which is where a text here is changed.

- [Variables of the service](#variables-of-the-service)
- [Options of the modules](#options-of-the-modules)

## Variables of the service

From the environment, or from a file \`.env\` in the working directory, over which the environment wins. An empty variable counts
as not set. What is wrong is listed by name at the start, all at once and never with its value, and the service does not
start. [\`.env.example\`](../.env.example) has them all, ready to be copied.

${environmentTables()}

## Options of the modules

What \`forRoot\`, \`forRootAsync\` and the functions take. They are checked at the start: what is unknown, cannot be followed, or
contradicts something else is an error that says what to write.

${optionsTables()}
`;
const page = await format(text, { ...(await resolveConfig(file)), filepath: file });

if (process.argv.includes('--write')) writeFileSync(file, page);
else process.stdout.write(page);
