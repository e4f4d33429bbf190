import { inspect } from 'node:util';
import type { LogEntry, LogLevel } from './log-entry.js';

/** As Nest calls loggers: the message, perhaps more messages and a stack, the context at the end. */
export function entryOf(level: LogLevel, message: unknown, rest: readonly unknown[]): LogEntry {
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
