import { type Command, commonOptions, parseCommand, UsageError } from './command.js';
import { Terminal } from './terminal.js';

/** A command line: one command, or several by name. `Session` is what its commands work with. */
export interface CommandLine<Session> {
  /** How it is called, as `npm run -s keys --`. */
  readonly call: string;
  readonly about: string;
  readonly commands: Command<Session> | readonly Command<Session>[];
  /** Options of each command, beside its own. */
  readonly options?: Command['options'];
  /** Further command lines, by their first argument. */
  readonly groups?: Readonly<
    Record<string, { readonly does: string; readonly commandLine: CommandLine<Session> }>
  >;
  /** What the command works with; `config` is the file of `--config`. */
  sessionFor(terminal: Terminal, config: string | undefined, command: Command<Session>): Session;
  /** What standard error says of an error, wrong usage aside. */
  messageOf(error: unknown): string;
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
export async function runCommandLine<Session>(
  line: CommandLine<Session>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [first = '', ...others] = args;
  const { groups = {} } = line;
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  if (group !== undefined) return runCommandLine(group.commandLine, others, terminal);
  try {
    return await run(line, args, terminal);
  } catch (error) {
    terminal.showProgress('');
    if (error instanceof UsageError) {
      terminal.printError(`${error.message}\nSee: ${line.call} --help`);
      return 2;
    }
    terminal.printError(line.messageOf(error));
    return terminal.exitCode === 0 ? 1 : terminal.exitCode;
  }
}

async function run<Session>(
  line: CommandLine<Session>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { command, name, rest } = chosen(line, args);
  if (isHelp(args)) {
    terminal.print(command === undefined ? helpOf(line) : helpOfCommand(line, command));
    return 0;
  }
  if (command === undefined)
    throw new UsageError(name === undefined ? 'A command is missing' : `There is no command ${name}`);
  const { options, config, argument } = parseCommand(
    { ...command, options: { ...command.options, ...line.options } },
    rest,
  );
  await command.run(line.sessionFor(terminal, config, command), options, argument);
  return terminal.exitCode;
}

function chosen<Session>({ commands }: CommandLine<Session>, args: readonly string[]) {
  if (!isList(commands)) return { command: commands, name: commands.name, rest: args };
  const [name, ...rest] = args;
  return { command: commands.find((one) => one.name === name), name, rest };
}

function isList<Session>(
  commands: CommandLine<Session>['commands'],
): commands is readonly Command<Session>[] {
  return Array.isArray(commands);
}

function isHelp(args: readonly string[]): boolean {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return options.some((one) => one === '--help' || one === '-h');
}

function helpOf<Session>({ call, about, commands, groups = {} }: CommandLine<Session>): string {
  const rows = [
    ...[commands].flat().map(({ name, argument = '', about: what }) => [`${name} ${argument}`.trim(), what]),
    ...Object.entries(groups).map(([name, { does }]) => [`${name} <command>`, does]),
  ];
  return [`Usage: ${call} <command>`, '', ...columns(rows), '', about, exitCodes].join('\n');
}

function helpOfCommand<Session>(
  { call, about, commands, options }: CommandLine<Session>,
  command: Command<Session>,
): string {
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
