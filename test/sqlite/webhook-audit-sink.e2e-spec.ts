import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEventView } from '../../src/audit/audit-event.js';
import { WebhookAuditSink } from '../../src/audit/webhook-audit-sink.js';
import { AuditReceiver } from '../support/audit-receiver.js';

// What is sent has nothing to do with the database, so one kind of database is enough.

const eventOf = (id: string): AuditEventView => ({
  id,
  time: new Date('2026-01-02T03:04:05.678Z'),
  type: 'created',
  subject: { type: 'api_key', id: 'k' },
  ownerId: 'o',
  actor: { type: 'system', chain: [] },
  ip: null,
  userAgent: null,
  requestId: null,
  traceparent: null,
  details: { name: 'Zoë' },
});
const two = [eventOf('1'), eventOf('2')];
const { signal } = new AbortController();

let receiver: AuditReceiver;
let sink: WebhookAuditSink;

beforeEach(async () => {
  receiver = new AuditReceiver();
  await receiver.open();
  sink = new WebhookAuditSink(receiver);
});
afterEach(() => receiver.close());

describe('WebhookAuditSink', () => {
  it('posts signed events, with the same id when they are resent', async () => {
    await sink.send(two, signal);
    await sink.send(two, signal);
    await sink.send([eventOf('1')], signal);
    expect(receiver.faults).toEqual([]);
    const [first, again, other] = receiver.messages;
    expect(first?.events).toEqual(JSON.parse(JSON.stringify(two)));
    expect(again?.id).toBe(first?.id);
    expect(other?.id).not.toBe(first?.id);
  });

  it('signs with both secrets while one replaces the other', async () => {
    const other = new AuditReceiver();
    const both = new WebhookAuditSink({ url: receiver.url, secret: `${other.secret} ${receiver.secret}` });
    await both.send(two, signal);
    expect(receiver.faults).toEqual([]);
    await new WebhookAuditSink({ url: receiver.url, secret: other.secret }).send(two, signal);
    expect(receiver.faults).toEqual([expect.stringMatching(/^signature v1,/)]);
  });

  it.each([300, 302, 400, 410, 500, 503])('rejects at %d', async (status) => {
    receiver.answer = (response) =>
      void response.writeHead(status, { location: `${receiver.url}?again` }).end('because');
    await expect(sink.send(two, signal)).rejects.toThrow(
      `the webhook at ${new URL(receiver.url).host} answered ${status}`,
    );
    expect(receiver.messages).toHaveLength(1);
  });

  it.each<[number, string | undefined, object]>([
    [403, undefined, { kind: 'refused' }],
    [413, '5', { kind: 'refused', retryAfterMs: undefined }],
    [429, '7', { kind: 'busy', retryAfterMs: 7_000 }],
    [429, undefined, { kind: 'busy', retryAfterMs: undefined }],
    [429, 'soon', { kind: 'busy', retryAfterMs: undefined }],
    [429, '-7', { kind: 'busy', retryAfterMs: undefined }],
    [408, undefined, { kind: 'failed' }],
    [425, undefined, { kind: 'failed' }],
    [503, '30', { kind: 'failed', retryAfterMs: 30_000 }],
    [503, 'Fri, 31 Dec 1999 23:59:59 GMT', { kind: 'failed', retryAfterMs: undefined }],
    [302, undefined, { kind: 'failed' }],
  ])('tells at %d with Retry-After %s whether it is about the events', async (status, after, error) => {
    receiver.answer = (response) => {
      response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end();
    };
    await expect(sink.send(two, signal)).rejects.toMatchObject(error);
  });

  it('does not read the body of a response', async () => {
    let written = 0;
    receiver.answer = async (response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      while (!response.destroyed && written < 1_000) {
        response.write(chunk);
        written += 1;
        await sleep(1);
      }
    };
    await sink.send(two, signal);
    await sleep(200);
    const soon = written;
    await sleep(200);
    expect(written).toBe(soon);
    expect(written).toBeLessThan(1_000);
  });

  it('stops when it is aborted', async () => {
    const abort = new AbortController();
    receiver.answer = () => abort.abort(new Error('no answer within 10 ms'));
    await expect(sink.send(two, abort.signal)).rejects.toThrow('no answer within 10 ms');
  });

  it('names the unreachable host, and nothing else of the URL', async () => {
    const url = `${receiver.url}?token=s3cr3t`;
    await receiver.close();
    const error: Error = (await new WebhookAuditSink({ url, secret: receiver.secret })
      .send(two, signal)
      .catch((fault: Error) => fault)) as Error;
    expect(error.message).toBe(`the webhook at ${new URL(url).host} is unreachable: ECONNREFUSED`);
    await receiver.open();
  });

  it.each([
    'http://example.com/hook',
    'https://ada:pw@example.com/hook',
    'ftp://127.0.0.1/hook',
    'http://127.0.0.1.example.com/',
    '/hook',
    '',
  ])('rejects the URL %s', (url) => {
    expect(() => new WebhookAuditSink({ url, secret: receiver.secret })).toThrow(
      'WebhookAuditSink: url must be an https URL (http for a loopback host only) without a user name and a password.',
    );
  });

  const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64');
  it.each([
    '',
    'whsec_',
    bytes(32),
    `whsec_${bytes(23)}`,
    `whsec_${bytes(65)}`,
    `whsec_${bytes(32)}!`,
    `whsec_${bytes(32)} `,
    `whsec_${bytes(32)} whsec_x`,
    `WHSEC_${bytes(32)}`,
  ])('rejects the secret %j without repeating it', (secret) => {
    const make = () => new WebhookAuditSink({ url: receiver.url, secret });
    expect(make).toThrow(
      'WebhookAuditSink: secret must be whsec_ and 24 to 64 random bytes in base64; during a change both, separated by a space.',
    );
  });

  it.each([24, 25, 26, 64])('takes a secret of %d bytes', (count) => {
    expect(() => new WebhookAuditSink({ url: receiver.url, secret: `whsec_${bytes(count)}` })).not.toThrow();
  });
});
