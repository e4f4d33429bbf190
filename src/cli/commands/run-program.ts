import { AuthError } from '../../principal/auth-error.js';
import { reasonFor } from '../../server/process.js';
import { BadFile } from '../import/source-row.js';
import type { Command } from './command.js';
import { type CommandLine, runCommandLine } from './command-line.js';
import type { Installation } from './installation.js';
import { OperatorSession } from './operator-session.js';
import { firstOf, type Terminal } from './terminal.js';

/** A command line for operators, and where its installation comes from. */
export interface Program extends Omit<CommandLine<OperatorSession>, 'groups' | 'messageOf' | 'sessionFor'> {
  /** Further programs, by their first argument. */
  readonly groups?: Readonly<Record<string, { readonly does: string; readonly program: Program }>>;
  /** Loads the installation; `file` is that of `--config`. Called only by commands that need it. */
  load(file: string | undefined, needs?: Pick<Command, 'needsNoDatabase'>): Promise<Installation>;
}

/** Runs a command and resolves with its exit code. What failed is on standard error. */
export function runProgram(program: Program, args: readonly string[], terminal: Terminal): Promise<number> {
  return runCommandLine(commandLineOf(program), args, terminal);
}

function commandLineOf({ groups = {}, load, ...line }: Program): CommandLine<OperatorSession> {
  const commandLines = Object.entries(groups).map(([name, { does, program }]) => [
    name,
    { does, commandLine: commandLineOf(program) },
  ]);
  return {
    ...line,
    groups: Object.fromEntries(commandLines),
    sessionFor: (terminal, config, command) => new OperatorSession(terminal, () => load(config, command)),
    messageOf,
  };
}

function messageOf(error: unknown): string {
  if (error instanceof BadFile) return error.message;
  if (error instanceof AuthError) return [error.message, ...detailsOf(error)].join('\n');
  return reasonFor(error);
}

function detailsOf(error: AuthError): string[] {
  const { details } = error.getResponse() as { details?: unknown };
  if (!Array.isArray(details)) return [];
  return firstOf(
    details.map(({ path, message }: { path: string; message: string }) => `  ${path}: ${message}`),
  );
}
