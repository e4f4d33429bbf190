import { AuthError } from '../../../principal/auth-error.js';
import { BadFile } from '../../import/bad-line.js';
import { exitWith } from '../../exit-with.js';
import { UsageError } from './usage-error.js';

/** Ends the process with a reason on standard error: code 2 for a command given wrongly, 1 for one that failed. */
export function failWith(error: unknown): never {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nSee: npm run -s keys -- --help\n`);
    process.exit(2);
  }
  if (error instanceof BadFile) exitSaying(error.message);
  if (error instanceof AuthError) exitSaying([error.message, ...detailsOf(error)].join('\n'));
  exitWith(error);
}

function exitSaying(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function detailsOf(error: AuthError): string[] {
  const { details } = error.getResponse() as { details?: unknown };
  if (!Array.isArray(details)) return [];
  return details.map(({ path, message }: { path: string; message: string }) => `  ${path}: ${message}`);
}
