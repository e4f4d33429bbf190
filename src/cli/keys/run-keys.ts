import { type DynamicModule, Module } from '@nestjs/common';
import { CommandFactory, CommandRunnerService } from 'nest-commander';
import { AuthError } from '../../principal/auth-error.js';
import { reasonFor } from '../../server/process.js';
import { BadFile } from '../import/source-row.js';
import { ImportCommand } from './import.command.js';
import {
  CreateCommand,
  DisableCommand,
  EnableCommand,
  ListCommand,
  RevokeCommand,
  RotateCommand,
  ShowCommand,
} from './key-commands.js';
import { UsageError } from './keys-command.js';
import { OperatorSession } from './operator-session.js';
import { RotateSigningKeyCommand } from './rotate-signing-key.command.js';
import { SignOutCommand, SignOutIssuerCommand } from './sign-out.commands.js';
import { Terminal } from './terminal.js';

const help = `
<key> is the id of a key, its display prefix or its name.
The database is that of the service (DATABASE_URL or DATA_DIR), which may be running or not.
Exit codes: 0 success, 1 failure, 2 wrong usage.`;

/** The commands of `npm run keys`, in the order of the help. */
@Module({
  providers: [
    OperatorSession,
    CreateCommand,
    ListCommand,
    ShowCommand,
    RotateCommand,
    RevokeCommand,
    EnableCommand,
    DisableCommand,
    ImportCommand,
    RotateSigningKeyCommand,
    SignOutCommand,
    SignOutIssuerCommand,
  ],
})
class KeysModule {
  static register(terminal: Terminal): DynamicModule {
    return { module: KeysModule, providers: [{ provide: Terminal, useValue: terminal }] };
  }
}

/** Runs one command and resolves with its exit code. Rejects with the error for `reportFailure`. */
export async function runKeys(args: readonly string[], terminal: Terminal): Promise<number> {
  const app = await CommandFactory.createWithoutRunning(KeysModule.register(terminal), {
    logger: false,
    abortOnError: false,
    errorHandler: rethrow,
    serviceErrorHandler: rethrow,
    helpConfiguration: { commandUsage: (command) => usageOf(command.name(), command.usage()) },
    outputConfiguration: {
      writeOut: (text) => terminal.print(text.trimEnd() + help),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    },
  });
  try {
    await app.get(CommandRunnerService).run(['node', 'keys', ...args]);
    return terminal.exitCode;
  } finally {
    await app.close();
  }
}

/** Prints on standard error why a command failed; returns its exit code: 2 for wrong usage, 1 for a failure, 0 for help. */
export function reportFailure(error: unknown, terminal: Terminal): number {
  // The parser of the command line has printed it.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    terminal.printError(`${error.message}\nSee: npm run -s keys -- --help`);
    return 2;
  }
  terminal.printError(messageOf(error));
  return 1;
}

function rethrow(error: Error): never {
  throw error;
}

function usageOf(name: string, usage: string): string {
  return `npm run -s keys -- ${name === 'keys' ? '' : `${name} `}${usage}`;
}

function messageOf(error: unknown): string {
  if (error instanceof BadFile) return error.message;
  if (error instanceof AuthError) return [error.message, ...detailsOf(error)].join('\n');
  return reasonFor(error);
}

function detailsOf(error: AuthError): string[] {
  const { details } = error.getResponse() as { details?: unknown };
  if (!Array.isArray(details)) return [];
  return details.map(({ path, message }: { path: string; message: string }) => `  ${path}: ${message}`);
}
