import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Configuration } from './configuration/configuration.js';

const levels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];
const framework = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Why the start failed: Nest logs it with a stack before `exitWith` says it in one line. */
const failures = new Set(['ExceptionHandler', 'NestApplication']);

/** Logs what the operator should read; what Nest says of its own start only at `LOG_LEVEL=debug`. */
export class ServiceLogger extends ConsoleLogger {
  private readonly quiet: boolean;

  constructor({ logLevel, jsonLogs }: Pick<Configuration, 'logLevel' | 'jsonLogs'>) {
    const logLevels = levels.slice(0, levels.indexOf(logLevel) + 1);
    super('Gatehouse', { json: jsonLogs, colors: !jsonLogs && process.stdout.isTTY === true, logLevels });
    this.quiet = logLevel !== 'debug';
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (this.quiet && framework.has(String(rest.at(-1)))) return;
    super.log(message, ...(rest as [string]));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (this.quiet && failures.has(String(rest.at(-1)))) return;
    super.error(message, ...(rest as [string]));
  }

  /** Short enough to be read: the time, the level, the message. */
  protected override formatMessage(level: LogLevel, message: unknown): string {
    const time = new Date().toISOString().slice(11, 19);
    const text = `${time} ${level.toUpperCase().padEnd(5)} ${this.stringifyMessage(message, level)}\n`;
    return this.colorize(text, level);
  }
}
