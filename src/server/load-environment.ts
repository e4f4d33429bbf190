import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';

/** The environment with the `.env` of the working directory beneath it. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) loadEnvFile('.env');
  return process.env;
}
