import { redact, redactValue } from '../../support/redact.js';
import { escapeControls } from './escape-controls.js';
import type { LogEntry } from './log-entry.js';

/** The entry as one line of JSON, with nothing in it that could be used as a credential. */
export function jsonLine({ level, message, context, stack, fields }: LogEntry, time: Date): string {
  const line = { time: time.toISOString(), level, context, message, ...fields, stack };
  const text = JSON.stringify(line);
  // To replace within JSON could break it, and most lines hold nothing to be replaced.
  return `${escapeControls(redact(text) === text ? text : JSON.stringify(line, redactValue))}\n`;
}
