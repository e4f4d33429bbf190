import { inspect, styleText } from 'node:util';
import { redact, redactValue } from '../../support/redact.js';
import { escapeControls } from './escape-controls.js';
import type { LoggerService } from '@nestjs/common';
import type { Configuration } from '../configuration/configuration.js';

const logLevels = ['fatal', 'error', 'warn', 'log', 'debug'] as const;

/** From the gravest to the least. */
export type LogLevel = (typeof logLevels)[number];

/** One line of the log, before it is written in one of the formats. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** Which part of the service says it. */
  readonly context?: string | undefined;
  readonly stack?: string | undefined;
  /** Facts for programs that read the log; what is `undefined` is left out. */
  readonly fields?: Readonly<Record<string, string | number | undefined>>;
}

/**
 * Writes lines to a stream, those of one turn of the event loop together: under load one system call serves many
 * requests. What is left when the process exits is written then.
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

/** As Nest calls loggers: the message, perhaps more messages and a stack, the context at the end. */
function entryOf(level: LogLevel, message: unknown, rest: readonly unknown[]): LogEntry {
  const more = rest.filter((one) => one !== undefined);
  const context = typeof more.at(-1) === 'string' && !isStack(more.at(-1)) ? String(more.pop()) : undefined;
  const stack = message instanceof Error ? message.stack : more.find(isStack);
  const messages = [message, ...more.filter((one) => !isStack(one))];
  return { level, message: messages.map(textOf).join(' '), context, stack };
}

function isStack(value: unknown): value is string {
  return typeof value === 'string' && /\n\s+at /.test(value);
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : inspect(message, { breakLength: Infinity });
}

/** The entry as one line of JSON, with nothing in it that could be used as a credential. */
export function jsonLine({ level, message, context, stack, fields }: LogEntry, time: Date): string {
  const line = { time: time.toISOString(), level, context, message, ...fields, stack };
  const text = JSON.stringify(line);
  // To replace within JSON could break it, and most lines hold nothing to be replaced.
  return `${escapeControls(redact(text) === text ? text : JSON.stringify(line, redactValue))}\n`;
}

const plain = /^[\w./:@%~+-]+$/;

/**
 * The entry for people: time of day in UTC, level, message, facts. The lines of a stack are indented, and everything else
 * is on one line, with nothing in it that could be used as a credential.
 */
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

const framework = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Why the start failed: Nest logs it with a stack before `exitWith` says it in one line. */
const failures = new Set(['ExceptionHandler', 'NestApplication']);

const colors: Partial<Record<LogLevel, Parameters<typeof styleText>[0]>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'dim',
};

/**
 * Logs what the operator should read, a line each, JSON or text; what Nest says of its own start only at
 * `LOG_LEVEL=debug`. No line holds a credential and none can be forged, whatever is put in.
 */
export class ServiceLogger implements LoggerService {
  private readonly lowest: number;
  private readonly isQuiet: boolean;
  private readonly format: (entry: LogEntry, time: Date) => string;

  constructor({ logLevel, jsonLogs }: Pick<Configuration, 'logLevel' | 'jsonLogs'>) {
    this.lowest = logLevels.indexOf(logLevel);
    this.isQuiet = logLevel !== 'debug';
    this.format = jsonLogs ? jsonLine : process.stdout.isTTY === true ? coloredLine : textLine;
  }

  isOn(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= this.lowest;
  }

  write(entry: LogEntry): void {
    if (this.isOn(entry.level)) this.outputFor(entry.level).write(this.format(entry, new Date()));
  }

  log(message: unknown, ...rest: unknown[]): void {
    if (this.isQuiet && framework.has(String(rest.at(-1)))) return;
    this.write(entryOf('log', message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (this.isQuiet && failures.has(String(rest.at(-1)))) return;
    this.write(entryOf('error', message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write(entryOf('fatal', message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write(entryOf('warn', message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write(entryOf('debug', message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.debug(message, ...rest);
  }

  protected outputFor(level: LogLevel): LogOutput {
    return level === 'fatal' || level === 'error' ? LogOutput.stderr : LogOutput.stdout;
  }
}

function coloredLine(entry: LogEntry, time: Date): string {
  const color = colors[entry.level];
  return color === undefined ? textLine(entry, time) : styleText(color, textLine(entry, time));
}
