import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';

/** The environment with the `.env` of the working directory beneath it. An empty variable hides nothing. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];
  if (existsSync('.env')) loadEnvFile('.env');
  return process.env;
}
