import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { z } from 'zod';
import type { OperatorSession } from './operator-session.js';

/** The command line is wrong; exit code 2. The message never repeats a value. */
export class UsageError extends Error {}

/** An option of a command. Without `value` it is a switch. */
export interface CommandOption {
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly about: string;
  /** The property that it sets; by default its name in camelCase. */
  readonly sets?: string;
  /** Reads its value; throws a {@link UsageError}. */
  readonly read?: (text: string) => unknown;
}

/** `Session` is what it works with. */
export interface Command<Session = OperatorSession> {
  readonly name: string;
  readonly about: string;
  /** `<key>` for an argument that is required, `[user]` for one that is not. */
  readonly argument?: string;
  readonly options?: Options;
  /** Runs in an application without a configuration, too: it needs the settings of keys, and no database. */
  readonly needsNoDatabase?: boolean;
  run(session: Session, given: GivenOptions, argument: string | undefined): Promise<void>;
}

/** What was given, by property; `json` is an option of every command. */
export interface GivenOptions {
  readonly json: boolean;
  readonly [property: string]: unknown;
}

type Options = Readonly<Record<string, CommandOption>>;

/** Options of every command. */
export const commonOptions: Options = {
  json: { about: 'for programs: one JSON document (list: one per line)' },
  help: { about: 'print this' },
};

/** Of every command in an application. */
export const configOption: Options = {
  config: { value: 'file', about: 'the configuration (default: gatehouse.config.ts, .js, .mjs or .json)' },
};

export interface ParsedCommand {
  readonly options: GivenOptions;
  readonly config: string | undefined;
  readonly argument: string | undefined;
}

/** Throws a {@link UsageError} for an unknown option, one that is given twice or lacks its value, and a wrong argument. */
export function parseCommand(
  { options = {}, argument }: Pick<Command, 'options' | 'argument'>,
  args: readonly string[],
): ParsedCommand {
  const known: Options = { ...options, ...commonOptions };
  const declared = Object.entries(known).map(([name, { value }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string' },
  ]);
  const config: ParseArgsConfig = {
    args: [...args],
    options: Object.fromEntries(declared),
    allowPositionals: true,
    strict: false,
    tokens: true,
  };
  const { tokens = [], positionals } = parseArgs(config);
  const given: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (option === undefined) throw new UsageError(`${rawName}: there is no such option`);
    const property = option.sets ?? camelCase(name);
    if (property in given) throw new UsageError(`${rawName}: it is given twice`);
    if (option.value === undefined && value !== undefined)
      throw new UsageError(`${rawName}: it has no value`);
    if (option.value !== undefined && value === undefined)
      throw new UsageError(`${rawName}: its value is missing`);
    given[property] = value === undefined ? true : (option.read?.(value) ?? value);
  }
  requireArgument(argument, positionals);
  const { json = false, config: file, ...rest } = given;
  return {
    options: { ...rest, json: json === true },
    config: file as string | undefined,
    argument: positionals[0],
  };
}

function requireArgument(argument: string | undefined, { length }: readonly string[]): void {
  if (argument?.startsWith('<') && length === 0) throw new UsageError(`${argument} is missing`);
  if (length > (argument === undefined ? 0 : 1)) throw new UsageError('There are too many arguments');
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Parses options with the schema; throws a {@link UsageError} that names each wrong option. */
export function parseOptions<T extends z.ZodType>(
  schema: T,
  { json: _json, ...given }: GivenOptions,
): z.output<T> {
  const isMissing = ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is missing' : undefined;
  const { success, data, error } = schema.safeParse(given, { error: isMissing });
  if (success) return data;
  throw new UsageError(error.issues.map(({ path, message }) => `${optionOf(path)}: ${message}`).join('\n'));
}

/** The option of a property that it sets. */
export function optionOf([name]: readonly PropertyKey[]): string {
  const kebab = String(name ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // Of owners and users the options say whose id it is.
  return `--${kebab.replace(/^(owner|user)-id$/, '$1')}`;
}

/** Values separated by commas. */
export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** Reads a whole number. */
export const numberOf = (option: string) => (text: string) => {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option}: must be a whole number`);
  return Number(text);
};
