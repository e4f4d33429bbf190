/**
 * Prints the reference of all options: the variables of the service from its schema, and the options of the modules from
 * their declarations. With `--write` it writes docs/options.md. A test compares the two.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { environmentLists } from './options/environment-lists.js';
import { optionsLists } from './options/options-lists.js';

const file = join(import.meta.dirname, '../docs/options.md');
const text = `# Options

Written by \`npm run options -- --write\`. Change texts in the code.

- [Variables of the service](#variables-of-the-service)
- [Options of the modules](#options-of-the-modules)

## Variables of the service

Read from the environment, then from \`.env\` in the working directory ([\`.env.example\`](../.env.example)). An empty variable counts as not
set. Invalid values stop startup, which lists them all by name. Numbers are whole; switches are \`true\` or \`false\`.

${environmentLists()}

## Options of the modules

Checked at startup: an unknown, invalid or contradictory option is an error that says how to fix it.

${optionsLists()}
`;
const page = await format(text, { ...(await resolveConfig(file)), filepath: file });

if (process.argv.includes('--write')) writeFileSync(file, page);
else process.stdout.write(page);
