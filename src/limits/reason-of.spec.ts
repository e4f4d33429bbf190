import { expect, it } from '@jest/globals';
import { LateAnswer } from '../support/late-answer.js';
import { reasonOf } from './reason-of.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

it.each<[unknown, string]>([
  [new LateAnswer(50), 'no answer within 50 ms'],
  [Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [reply("READONLY You can't write against a read only replica."), 'it answers READONLY'],
  [reply('ERR unknown command `AUTH`, with args beginning with: `s3cret`'), 'it answers ERR'],
  [reply('s3cret'), 'the connection was lost'],
  [new Error('s3cret'), 'the connection was lost'],
  [undefined, 'the connection was lost'],
])('%s', (error, reason) => expect(reasonOf(error)).toBe(reason));
