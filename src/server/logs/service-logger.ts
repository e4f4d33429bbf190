import { inspect, styleText } from 'node:util';
import { redact, redactValue } from '../../support/redact.js';
import { escapeControls } from './escape-controls.js';
import { ConsoleLogger, type LogLevel as NestLogLevel } from '@nestjs/common';
import type { Configuration } from '../configuration/configuration.js';

/** Nest's `verbose` is logged as `debug`. */
export type LogLevel = Exclude<NestLogLevel, 'verbose'>;

/** One entry of the log, before it is formatted. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** The part of the service that logs it. */
  readonly context?: string | undefined;
  readonly stack?: string | undefined;
  /** Fields for programs that read the log; an undefined one is omitted. */
  readonly fields?: Readonly<Record<string, string | number | undefined>>;
}

/**
 * Writes lines to a stream, all lines of one turn of the event loop at once: under load one system call serves many
 * requests. The rest is written when the process exits.
 */
export class LogOutput {
  static readonly stdout = new LogOutput(process.stdout);
  static readonly stderr = new LogOutput(process.stderr);
  private waiting = '';

  private constructor(private readonly stream: NodeJS.WriteStream) {
    process.once('exit', () => this.flush());
  }

  write(line: string): void {
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += line;
  }

  private flush(): void {
    const lines = this.waiting;
    this.waiting = '';
    if (lines !== '') this.stream.write(lines);
  }
}

/** The entry as one line of JSON, without credentials. */
export function jsonLine({ level, message, context, stack, fields }: LogEntry, time: Date): string {
  const line = { time: time.toISOString(), level, context, message, ...fields, stack };
  const text = JSON.stringify(line);
  // Replacing text within JSON could break it, and most lines have nothing to redact.
  return `${escapeControls(redact(text) === text ? text : JSON.stringify(line, redactValue))}\n`;
}

const plain = /^[\w./:@%~+-]+$/;

/** The entry for people, without credentials: UTC time, level, message and fields on one line, then the indented stack. */
export function textLine({ level, message, stack, fields = {} }: LogEntry, time: Date): string {
  const facts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${factOf(String(value))}`],
  );
  const head = `${time.toISOString().slice(11, 19)} ${level.toUpperCase().padEnd(5)}`;
  const line = redact(escapeControls([head, message, ...facts].join(' ')));
  const traced = stack === undefined ? [] : stack.split('\n').map((one) => redact(escapeControls(one)));
  return `${[line, ...traced].join('\n    ')}\n`;
}

function factOf(value: string): string {
  return plain.test(value) ? value : JSON.stringify(value);
}

/** Contexts of Nest's own messages about the start. */
const startup = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Contexts in which Nest logs a failed start with its stack; `exitWith` reports it in one line. */
const startupErrors = new Set(['ExceptionHandler', 'NestApplication']);

const colors: Partial<Record<LogLevel, Parameters<typeof styleText>[0]>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'dim',
};

/**
 * Logs one line per entry, JSON or text. No line contains a credential, and no text that is logged can forge a line.
 * Nest's messages about its own start appear only at `LOG_LEVEL=debug`.
 */
export class ServiceLogger extends ConsoleLogger {
  private readonly isQuiet: boolean;
  private readonly format: (entry: LogEntry, time: Date) => string;

  constructor({ logLevel, jsonLogs }: Pick<Configuration, 'logLevel' | 'jsonLogs'>) {
    super({ logLevels: [logLevel === 'debug' ? 'verbose' : logLevel], colors: false });
    this.isQuiet = logLevel !== 'debug';
    this.format = jsonLogs ? jsonLine : process.stdout.isTTY === true ? coloredLine : textLine;
  }

  write(entry: LogEntry): void {
    if (this.isLevelEnabled(entry.level)) this.outputFor(entry.level).write(this.format(entry, new Date()));
  }

  protected override printMessages(
    messages: unknown[],
    context?: string,
    nestLevel: NestLogLevel = 'log',
    _stream?: 'stdout' | 'stderr',
    stack?: unknown,
    parameters?: object,
  ): void {
    const level = nestLevel === 'verbose' ? 'debug' : nestLevel;
    if (this.isQuiet && context !== undefined) {
      if (level === 'log' && startup.has(context)) return;
      if (level === 'error' && startupErrors.has(context)) return;
    }
    const all = parameters === undefined ? messages : [...messages, parameters];
    this.write({
      level,
      message: all.map(textOf).join(' '),
      context: context || undefined,
      stack: typeof stack === 'string' ? stack : messages.find((one) => one instanceof Error)?.stack,
    });
  }

  /** The stack is part of the entry. */
  protected override printStackTrace(): void {}

  protected outputFor(level: LogLevel): LogOutput {
    return level === 'fatal' || level === 'error' ? LogOutput.stderr : LogOutput.stdout;
  }
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : inspect(message, { breakLength: Infinity });
}

function coloredLine(entry: LogEntry, time: Date): string {
  const color = colors[entry.level];
  return color === undefined ? textLine(entry, time) : styleText(color, textLine(entry, time));
}
