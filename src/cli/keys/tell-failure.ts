import { AuthError } from '../../principal/auth-error.js';
import { reasonFor } from '../../server/process.js';
import { BadFile } from '../import/bad-line.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/**
 * Says on standard error why a command was not done, and gives the exit code: 2 for a command given wrongly, 1 for one
 * that failed, 0 where only help was asked for.
 */
export function tellFailure(error: unknown, terminal: Terminal): number {
  // The parser of the command line has said it already.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    terminal.complain(`${error.message}\nSee: npm run -s keys -- --help`);
    return 2;
  }
  terminal.complain(sayingOf(error));
  return 1;
}

function sayingOf(error: unknown): string {
  if (error instanceof BadFile) return error.message;
  if (error instanceof AuthError) return [error.message, ...detailsOf(error)].join('\n');
  return reasonFor(error);
}

function detailsOf(error: AuthError): string[] {
  const { details } = error.getResponse() as { details?: unknown };
  if (!Array.isArray(details)) return [];
  return details.map(({ path, message }: { path: string; message: string }) => `  ${path}: ${message}`);
}
