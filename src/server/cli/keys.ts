import { CommandFactory } from 'nest-commander';
import { failWith } from './keys/fail-with.js';
import { KeysCliModule } from './keys/keys-cli.module.js';

/** `npm run -s keys -- …`: the operator's command line. */
const help = `
<key> is the id of a key, its display prefix or its name.
The database is that of the service (DATABASE_URL or DATA_DIR), which may be running or not.
Exit codes: 0 done, 1 failed, 2 the command was not given as it must be.`;

// Somebody who reads only the first lines of a list (head) closes the pipe.
process.stdout.on('error', () => process.exit(1));

try {
  await CommandFactory.run(KeysCliModule, {
    logger: false,
    abortOnError: false,
    errorHandler: (error) => process.exit('exitCode' in error && error.exitCode === 0 ? 0 : 2),
    serviceErrorHandler: failWith,
    helpConfiguration: { commandUsage: (command) => usageOf(command.name(), command.usage()) },
    outputConfiguration: { writeOut: (text) => process.stdout.write(text.trimEnd() + help + '\n') },
  });
} catch (error) {
  failWith(error);
}

function usageOf(name: string, usage: string): string {
  return `npm run -s keys -- ${name === 'keys' ? '' : `${name} `}${usage}`;
}
