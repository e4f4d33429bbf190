import { describe, expect, it } from '@jest/globals';
import { jsonLine, type LogEntry, ServiceLogger, textLine } from './service-logger.js';
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

it('is valid JSON, even after redaction', () => {
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

describe('a message of Nest and its loggers', () => {
  class Recording extends ServiceLogger {
    readonly entries: LogEntry[] = [];
    override write(entry: LogEntry): void {
      if (this.isLevelEnabled(entry.level)) this.entries.push(entry);
    }
  }
  const logged = (log: (logger: ServiceLogger) => void, logLevel: 'log' | 'debug' = 'log') => {
    const logger = new Recording({ logLevel, jsonLogs: true });
    log(logger);
    return logger.entries;
  };
  const stack = 'Error: x\n    at y';

  it.each<[string, (logger: ServiceLogger) => void, Partial<LogEntry>]>([
    [
      'a message, a stack and a context',
      (to) => to.error('Failed', stack, 'Jobs'),
      { message: 'Failed', stack, context: 'Jobs' },
    ],
    [
      'no stack',
      (to) => to.error('Failed', undefined, 'Jobs'),
      { message: 'Failed', stack: undefined, context: 'Jobs' },
    ],
    [
      'an error',
      (to) => to.error(Object.assign(new Error('gone'), { stack }), 'Jobs'),
      { message: 'gone', stack, context: 'Jobs' },
    ],
    ['an object', (to) => to.warn('State', { a: 1 }, 'Jobs'), { message: 'State { a: 1 }', context: 'Jobs' }],
    ['a message alone', (to) => to.log('Listening'), { message: 'Listening', context: undefined }],
  ])('is one entry: %s', (_what, log, entry) => {
    expect(logged(log)).toEqual([expect.objectContaining(entry)]);
  });

  it('has its start, and `verbose`, only at debug', () => {
    const log = (logger: ServiceLogger) => {
      logger.log('Starting', 'NestFactory');
      logger.error(new Error('gone'), 'ExceptionHandler');
      logger.verbose('Details', 'Jobs');
    };
    expect(logged(log)).toEqual([]);
    expect(logged(log, 'debug').map(({ level }) => level)).toEqual(['log', 'error', 'debug']);
  });
});
