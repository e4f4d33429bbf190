import { redact } from '../../support/redact.js';
import { escapeControls } from './escape-controls.js';
import type { LogEntry } from './log-entry.js';

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
