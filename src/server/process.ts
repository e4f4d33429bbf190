import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { DatabaseStartError } from '../database/database-errors.js';
import { redact } from '../support/redact.js';
import { ConfigurationError } from '../support/errors.js';
import { escapeLines } from './logs/escape-controls.js';

/** The environment with the `.env` of the working directory beneath it. An empty variable hides nothing. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];
  if (existsSync('.env')) loadEnvFile('.env');
  return process.env;
}

/** Ends the process with code 1 after saying why: one clear line for what an operator can mend, a stack for a fault. */
export function exitWith(error: unknown): never {
  process.stderr.write(`${reasonFor(error)}\n`);
  process.exit(1);
}

/** One clear line for what an operator can mend, a stack for a fault; never a secret. */
export function reasonFor(error: unknown): string {
  return escapeLines(redact(sayingOf(error)));
}

function sayingOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof DatabaseStartError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? (error.stack ?? error.message) : `Gatehouse cannot start: ${error.message}`;
}
