import { styleText } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Configuration } from './configuration/configuration.js';
import { entryOf } from './logs/entry-of.js';
import { jsonLine } from './logs/json-line.js';
import { type LogEntry, type LogLevel, logLevels } from './logs/log-entry.js';
import { LogOutput } from './logs/log-output.js';
import { textLine } from './logs/text-line.js';

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
