import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkGatehouseOptions, type GatehouseConfig } from '../gatehouse/gatehouse.options.js';
import { refuseDevIssuerInProduction } from '../gatehouse/dev-issuer.js';
import { issuerVariables } from '../server/configuration/environment-issuers.js';
import { readConfiguration } from '../server/configuration/read-configuration.js';
import { loadEnvironment } from '../server/process.js';
import { causeOf, ConfigurationError } from '../support/errors.js';
import { type Installation, installationOf, installationOfApplication } from './commands/installation.js';

const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'];
const places = ['', 'src'].flatMap((folder) =>
  extensions.map((one) => join(folder, `gatehouse.config${one}`)),
);

/** The others are of the application, and may have values that mean nothing here. */
const variables = [
  'AUDIT_WEBHOOK_SECRET',
  'AUDIT_WEBHOOK_URL',
  'BUILTIN_ISSUER',
  'DATABASE_URL',
  'DATA_DIR',
  'KEY_ENVIRONMENT',
  'KEY_PREFIX',
  'NODE_ENV',
  ...Object.keys(issuerVariables),
];

/** What the application in the working directory says of its Gatehouse: in its configuration file, else in the environment. */
export async function loadApplication(file?: string): Promise<Installation> {
  const environment = loadEnvironment();
  const config = await loadConfig(file);
  if (config !== undefined) return installationOfApplication(config);
  if (environment.DATABASE_URL === undefined)
    throw new ConfigurationError([
      'there is no gatehouse.config.ts, .js, .mjs or .json here or in src, and DATABASE_URL is not set',
    ]);
  return fromEnvironment(environment);
}

/** The same for tokens, which need no database: by default the key is in `./data`, as with `devIssuer: true`. */
export async function loadTokenIssuer(file?: string): Promise<Installation> {
  const { installation, hasConfig } = await loadSettings(file);
  if (hasConfig && installation.issuerFolder !== null) refuseDevIssuerInProduction();
  return installation;
}

/** The same for commands that need no database: without a configuration, the defaults. */
export async function loadWithoutDatabase(file?: string): Promise<Installation> {
  return (await loadSettings(file)).installation;
}

async function loadSettings(file: string | undefined) {
  const environment = loadEnvironment();
  const config = await loadConfig(file);
  if (config === undefined) return { installation: fromEnvironment(environment), hasConfig: false };
  return { installation: installationOfApplication(config), hasConfig: true };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Installation {
  const ours = variables.map((name) => [name, environment[name]] as const);
  return installationOf(readConfiguration(Object.fromEntries(ours)));
}

async function loadConfig(named: string | undefined): Promise<GatehouseConfig | undefined> {
  const found = named === undefined ? places.filter((place) => existsSync(place)) : [named];
  const [file, another] = found;
  if (file === undefined) return undefined;
  if (another !== undefined)
    throw new ConfigurationError([`there are ${file} and ${another}: choose one with --config`]);
  try {
    const config = await (extname(file) === '.json' ? readJson(file) : importDefault(file));
    checkGatehouseOptions(config, (config ?? {}) as GatehouseConfig);
    return config as GatehouseConfig;
  } catch (error) {
    throw new ConfigurationError([`${file}: ${reasonOf(error, file)}`]);
  }
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}

/** The default export, or that of a CommonJS module; a function is called. */
async function importDefault(file: string): Promise<unknown> {
  const loaded = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  const exported = unwrapped(unwrapped(loaded));
  return typeof exported === 'function' ? ((await exported()) as unknown) : exported;
}

function unwrapped(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}

function reasonOf(error: unknown, file: string): string {
  const { code } = error as NodeJS.ErrnoException;
  const isTypeScript = extname(file).endsWith('ts');
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && isTypeScript)
    return `Node ${process.versions.node} does not load TypeScript, Node 22.18 and newer do: name a compiled file with --config, or write .js, .mjs or .json`;
  if (code === 'ENOENT' || code === 'ERR_MODULE_NOT_FOUND')
    return `it, or a file that it imports, is not there`;
  if (isTypeScript && (error instanceof SyntaxError || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'))
    return `Node strips types, and takes no decorators or enums, here or in what it imports (${causeOf(error)}): name a compiled file with --config`;
  return causeOf(error);
}
