import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { Attempt } from '../auth/decision/attempt.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { mostOfCaller, OpenStreams } from './open-streams.js';

class Response extends EventEmitter {
  destroyed = false;

  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

const userOf = (keyId: string): AuthenticatedUser => ({
  userId: null,
  ownerId: 'o',
  email: null,
  source: { type: 'api_key', keyId },
  role: null,
  scopes: [],
  environment: 'live',
  actorChain: [{ type: 'api_key', id: keyId }],
});
const attempt = new Attempt({ headers: {} });
const streams = () => new OpenStreams({} as never, new Clock());

it('watches no response whose client has gone away', () => {
  const subject = streams();
  const response = new Response();
  response.destroy();
  subject.watch(attempt, userOf('a'), response);
  expect(subject.size).toBe(0);
});

it('rejects a caller with too many open responses, until one is closed', () => {
  const subject = streams();
  const responses = Array.from({ length: mostOfCaller }, () => new Response());
  for (const response of responses) subject.watch(attempt, userOf('a'), response);
  expect(subject.rejectionOf(userOf('a'))).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
  expect(subject.rejectionOf(userOf('b'))).toBeUndefined();
  responses[0]?.destroy();
  responses[0]?.emit('close');
  expect([subject.rejectionOf(userOf('a')), subject.size]).toEqual([undefined, mostOfCaller - 1]);
});
