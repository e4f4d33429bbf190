import { AuthError } from '../../principal/auth-error.js';
import { reasonFor } from '../../server/process.js';
import { BadFile } from '../import/source-row.js';
import { type Command, commonOptions, parseCommand, UsageError } from './command.js';
import type { Installation } from './installation.js';
import { OperatorSession } from './operator-session.js';
import { firstOf, Terminal } from './terminal.js';

/** A command line: one command, or several by name, and where its installation comes from. */
export interface Program {
  /** How it is called, as `npm run -s keys --`. */
  readonly call: string;
  readonly about: string;
  readonly commands: Command | readonly Command[];
  /** Options of each command, beside its own. */
  readonly options?: Command['options'];
  /** Further command lines, by their first argument. */
  readonly groups?: Readonly<Record<string, { readonly does: string; readonly program: Program }>>;
  /** Loads the installation; `file` is that of `--config`. Called only by commands that need it. */
  load(file: string | undefined, needs?: Pick<Command, 'needsNoDatabase'>): Promise<Installation>;
}

const exitCodes = 'Exit codes: 0 success, 1 failure, 2 wrong usage.';

/** Runs the command line of this process, and sets its exit code. */
export async function runInProcess(
  run: (args: readonly string[], terminal: Terminal) => Promise<number>,
): Promise<void> {
  // A reader of only the first lines, such as `head`, closes the pipe.
  process.stdout.on('error', () => process.exit(1));
  const code = await run(process.argv.slice(2), new Terminal(process.stdout, process.stderr));
  if (code === 2) process.exit(code);
  process.exitCode = code;
}

/** Runs a command and resolves with its exit code. What failed is on standard error. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [first = '', ...others] = args;
  const { groups = {} } = program;
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  if (group !== undefined) return runProgram(group.program, others, terminal);
  try {
    return await run(program, args, terminal);
  } catch (error) {
    terminal.showProgress('');
    if (error instanceof UsageError) {
      terminal.printError(`${error.message}\nSee: ${program.call} --help`);
      return 2;
    }
    terminal.printError(messageOf(error));
    return terminal.exitCode === 0 ? 1 : terminal.exitCode;
  }
}

async function run(program: Program, args: readonly string[], terminal: Terminal): Promise<number> {
  const { command, name, rest } = chosen(program, args);
  if (isHelp(args)) {
    terminal.print(command === undefined ? helpOf(program) : helpOfCommand(program, command));
    return 0;
  }
  if (command === undefined)
    throw new UsageError(name === undefined ? 'A command is missing' : `There is no command ${name}`);
  const { options, config, argument } = parseCommand(
    { ...command, options: { ...command.options, ...program.options } },
    rest,
  );
  const session = new OperatorSession(terminal, () => program.load(config, command));
  await command.run(session, options, argument);
  return terminal.exitCode;
}

function chosen({ commands }: Program, args: readonly string[]) {
  if (!isList(commands)) return { command: commands, name: commands.name, rest: args };
  const [name, ...rest] = args;
  return { command: commands.find((one) => one.name === name), name, rest };
}

function isList(commands: Program['commands']): commands is readonly Command[] {
  return Array.isArray(commands);
}

function isHelp(args: readonly string[]): boolean {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return options.some((one) => one === '--help' || one === '-h');
}

function helpOf({ call, about, commands, groups = {} }: Program): string {
  const rows = [
    ...[commands].flat().map(({ name, argument = '', about: what }) => [`${name} ${argument}`.trim(), what]),
    ...Object.entries(groups).map(([name, { does }]) => [`${name} <command>`, does]),
  ];
  return [`Usage: ${call} <command>`, '', ...columns(rows), '', about, exitCodes].join('\n');
}

function helpOfCommand({ call, about, commands, options }: Program, command: Command): string {
  const rows = Object.entries({ ...command.options, ...options, ...commonOptions }).map(
    ([option, { value, about: what }]) => [`--${option}${value === undefined ? '' : ` <${value}>`}`, what],
  );
  const usage = [call, isList(commands) ? command.name : '', command.argument ?? '', '[options]'];
  const first = `Usage: ${usage.filter((part) => part !== '').join(' ')}`;
  return [first, '', command.about, '', ...columns(rows), '', about, exitCodes].join('\n');
}

/** Names and what they mean, below each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}`);
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
