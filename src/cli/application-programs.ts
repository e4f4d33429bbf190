import { loadApplication, loadTokenIssuer, loadWithoutDatabase } from './application.js';
import { configOption } from './commands/command.js';
import { importCommand } from './commands/import.command.js';
import { keyCommands } from './commands/keys.commands.js';
import { migrateCommand } from './commands/migrate.command.js';
import { scanCommand } from './commands/scan.command.js';
import { scannerRulesCommand } from './commands/scanner-rules.command.js';
import { moveUsersCommand } from './commands/move-users.command.js';
import { ownerCommands } from './commands/owners.commands.js';
import { rotateSigningKeyCommand } from './commands/rotate-signing-key.command.js';
import { columns } from './commands/command-line.js';
import { type Program, runProgram } from './commands/run-program.js';
import type { Terminal } from './commands/terminal.js';
import { tokenCommand } from './commands/token.command.js';
import { userCommands } from './commands/users.commands.js';

const about = `The options are those of GatehouseModule: from gatehouse.config.ts (Node 22.18 and newer), .js, .mjs or .json, here or in
src, or from DATABASE_URL, DATA_DIR, KEY_PREFIX, KEY_ENVIRONMENT and the variables of issuers.`;

/** `npx nestjs-gatehouse …`: the command line in an application that imports `GatehouseModule`. */
const programs: Readonly<Record<string, Pick<Program, 'commands'> & { readonly does: string }>> = {
  token: { does: tokenCommand.about, commands: tokenCommand },
  keys: {
    does: 'create, list, rotate, revoke and import keys, and find leaked ones',
    commands: [...keyCommands, importCommand, scanCommand, scannerRulesCommand, rotateSigningKeyCommand],
  },
  owners: { does: 'create, list, disable and enable owners', commands: ownerCommands },
  users: {
    does: 'list, disable and erase users, end their keys and tokens, move them',
    commands: [...userCommands, moveUsersCommand],
  },
  migrate: { does: migrateCommand.about, commands: migrateCommand },
};

const call = 'npx nestjs-gatehouse';

/**
 * Runs a command in the working directory, with the environment of the process; resolves with its exit code. `others` are
 * further commands for the help, with what they do.
 */
export async function runApplicationProgram(
  [name = '', ...args]: readonly string[],
  terminal: Terminal,
  others: readonly (readonly string[])[] = [],
): Promise<number> {
  if (name === '--help' || name === '-h') {
    const rows = [...Object.entries(programs).map(([one, { does }]) => [one, does]), ...others];
    terminal.print([`Usage: ${call} <command>`, '', ...columns(rows), '', about].join('\n'));
    return 0;
  }
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program === undefined) {
    const problem = name === '' ? 'A command is missing' : `There is no command ${name}`;
    terminal.printError(`${problem}\nSee: ${call} --help`);
    return 2;
  }
  const load: Program['load'] = (file, { needsNoDatabase = false } = {}) => {
    if (name === 'token') return loadTokenIssuer(file);
    return needsNoDatabase ? loadWithoutDatabase(file) : loadApplication(file);
  };
  const { commands } = program;
  return runProgram(
    { call: `${call} ${name}`, about, commands, options: configOption, load },
    args,
    terminal,
  );
}
