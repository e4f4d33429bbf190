import { expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../support/clock.js';
import { type LogEntry, ServiceLogger } from './service-logger.js';
import { RequestLog } from './request-log.js';

class Listening extends ServiceLogger {
  readonly entries: LogEntry[] = [];

  override write(entry: LogEntry): void {
    this.entries.push(entry);
  }
}

function entryFor(response: object, url = '/api/v1/auth/me'): LogEntry | undefined {
  const logger = new Listening({ logLevel: 'debug', jsonLogs: true });
  const request = { id: 'id', method: 'GET', routeOptions: { url }, raw: { url }, ip: '::1', headers: {} };
  const log = new RequestLog(logger, new Clock(), 'log');
  log.note(request as unknown as FastifyRequest, { raw: response } as unknown as FastifyReply, 0);
  return logger.entries[0];
}

it('logs a client that disconnected before the response', () => {
  const entry = entryFor({ headersSent: false, writableFinished: false, statusCode: 200 });
  expect(entry).toMatchObject({ level: 'log', fields: { status: 0, outcome: 'ABORTED' } });
});

it.each([
  [200, '/api/v1/auth/me', 'log', 'ok'],
  [418, '/api/v1/auth/me', 'log', 'HTTP_418'],
  [503, '/api/v1/auth/me', 'warn', 'HTTP_503'],
  [503, '/health/ready', 'debug', 'HTTP_503'],
  [200, '/metrics', 'debug', 'ok'],
])('logs %i at %s with level %s and outcome %s', (statusCode, url, level, outcome) => {
  const entry = entryFor({ headersSent: true, writableFinished: true, statusCode }, url);
  expect(entry).toMatchObject({ level, fields: { outcome } });
});
