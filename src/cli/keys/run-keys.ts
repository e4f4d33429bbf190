import { CommandFactory, CommandRunnerService } from 'nest-commander';
import { KeysCliModule } from './keys-cli.module.js';
import type { Terminal } from './terminal.js';

const help = `
<key> is the id of a key, its display prefix or its name.
The database is that of the service (DATABASE_URL or DATA_DIR), which may be running or not.
Exit codes: 0 done, 1 failed, 2 the command was not given as it must be.`;

/**
 * Runs one command to its end and resolves with its exit code. Rejects with what kept it from being done, for
 * `tellFailure`.
 */
export async function runKeys(args: readonly string[], terminal: Terminal): Promise<number> {
  const app = await CommandFactory.createWithoutRunning(KeysCliModule.register(terminal), {
    logger: false,
    abortOnError: false,
    errorHandler: rethrow,
    serviceErrorHandler: rethrow,
    helpConfiguration: { commandUsage: (command) => usageOf(command.name(), command.usage()) },
    outputConfiguration: {
      writeOut: (text) => terminal.print(text.trimEnd() + help),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    },
  });
  try {
    await app.get(CommandRunnerService).run(['node', 'keys', ...args]);
    return terminal.exitCode;
  } finally {
    await app.close();
  }
}

function rethrow(error: Error): never {
  throw error;
}

function usageOf(name: string, usage: string): string {
  return `npm run -s keys -- ${name === 'keys' ? '' : `${name} `}${usage}`;
}
