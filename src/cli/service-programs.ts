import { readConfiguration } from '../server/configuration/read-configuration.js';
import { importCommand } from './commands/import.command.js';
import { type Installation, installationOf } from './commands/installation.js';
import { keyCommands } from './commands/keys.commands.js';
import { moveUsersCommand } from './commands/move-users.command.js';
import { rotateSigningKeyCommand } from './commands/rotate-signing-key.command.js';
import type { Program } from './commands/run-program.js';
import { scanCommand } from './commands/scan.command.js';
import { scannerRulesCommand } from './commands/scanner-rules.command.js';
import { tokenCommand } from './commands/token.command.js';
import { signOutCommands, userCommands } from './commands/users.commands.js';

/** The service has one configuration, and no file of its own. */
const load = (environment: () => NodeJS.ProcessEnv) => async (): Promise<Installation> =>
  installationOf(readConfiguration(environment()));

/** `npm run -s keys -- …`: the keys of the service, with its settings. */
export const keysOfService = (environment: () => NodeJS.ProcessEnv): Program => ({
  call: 'npm run -s keys --',
  about: `<key> is the id of a key, its display prefix or its name.
The database is that of the service (DATABASE_URL or DATA_DIR), which may be running or not.`,
  commands: [
    ...keyCommands,
    importCommand,
    scanCommand,
    scannerRulesCommand,
    rotateSigningKeyCommand,
    ...signOutCommands,
    moveUsersCommand,
  ],
  groups: {
    users: { does: 'list, disable and erase users, end their keys', program: usersOfService(environment) },
  },
  load: load(environment),
});

const usersOfService = (environment: () => NodeJS.ProcessEnv): Program => ({
  call: 'npm run -s keys -- users',
  about: '<user> is the id of a user or its e-mail.',
  commands: userCommands,
  load: load(environment),
});

/** `npm run -s token -- …`: tokens of the service's built-in issuer. */
export const tokenOfService = (environment: () => NodeJS.ProcessEnv): Program => ({
  call: 'npm run -s token --',
  about: 'The key pair is that of the service, in DATA_DIR.',
  commands: tokenCommand,
  load: load(environment),
});
