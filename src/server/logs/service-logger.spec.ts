import { describe, expect, it } from '@jest/globals';
import { jsonLine, type LogEntry, textLine } from './service-logger.js';
import { pathForLog } from './request-log.js';

const time = new Date('2030-01-31T12:34:56.789Z');
const key = 'mk_live_4fzQ81XaPw0rT6yUiOkLmN3bVcZxSdFgHjKqWeRt9A51tY0aB';
const entry = (more: Partial<LogEntry>): LogEntry => ({ level: 'warn', message: 'Something', ...more });

const hostile = [
  ['a line of its own', 'x\n12:00:00 LOG   All is well'],
  ['a line of its own, as in Windows', 'x\r\n{"level":"log"}'],
  ['a line of its own, as in Unicode', 'x\u2028y\u2029z\u0085'],
  ['orders to a terminal', '\u001b[2J\u001b]0;title\u0007\u009b31m'],
  ['text that runs the other way', 'user \u202etxt.exe\u2066'],
  ['a quote that ends a string', '","level":"fatal","x":"\\'],
  ['a null character', 'a\0b'],
] as const;

describe.each([
  ['JSON', jsonLine],
  ['text', textLine],
])('a line of %s', (_kind, format) => {
  it.each(hostile)('stays one line with %s in it', (_what, text) => {
    const line = format(entry({ message: text, fields: { path: text } }), time);
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it.each([
    ['message', { message: `unknown: ${key}` }],
    ['context', { context: key }],
    ['stack', { stack: `Error: ${key}\n    at somewhere` }],
    ['facts', { fields: { path: `/${key}` } }],
    ['facts behind a line end', { fields: { note: `a\n${key}` } }],
    ['fields with the name of a secret', { fields: { authorization: key } }],
  ])('holds no credential of its %s', (_what, more) => {
    expect(format(entry(more), time)).not.toContain(key.slice(8, 20));
  });
});

it('is JSON that a program can read, also when something was taken out', () => {
  const fields = { path: `/"\n${key}\n"/postgres://u:p@h`, status: 200, keyId: undefined };
  expect(JSON.parse(jsonLine(entry({ context: 'Gatehouse', fields }), time))).toEqual({
    time: '2030-01-31T12:34:56.789Z',
    level: 'warn',
    context: 'Gatehouse',
    message: 'Something',
    path: '/"\n\nmk_live_[redacted]\n"/postgres://u:[redacted]@h'.replace('\n\n', '\n'),
    status: 200,
  });
});

it('is text with the time, the level, the message and the facts, and a stack beneath', () => {
  const more = { fields: { status: 200, path: '/a b', userId: undefined }, stack: 'Error: x\n    at y' };
  expect(textLine(entry(more), time)).toBe(
    '12:34:56 WARN  Something status=200 path="/a b"\n    Error: x\n        at y\n',
  );
});

describe('a path in the log', () => {
  it.each([
    ['/api/v1/auth/me?api_key=secret#x', '/api/v1/auth/me'],
    [`/api/v1/tasks/${key}/tool-keys`, '/api/v1/tasks/mk_live_[redacted]/tool-keys'],
    ['/api/v1/tasks/ada@example.com/tool-keys', '/api/v1/tasks/[redacted]/tool-keys'],
    ['/api/v1/tasks/ada%40example.com', '/api/v1/tasks/[redacted]'],
    [`/${'x'.repeat(5_000)}`, `/${'x'.repeat(299)}…`],
  ])('of %s is %s', (url, path) => {
    expect(pathForLog(url)).toBe(path);
  });
});
