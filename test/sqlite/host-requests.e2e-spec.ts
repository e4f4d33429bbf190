import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { type CredentialPlace, CustomCredential } from '../../src/auth/custom/custom-credential.js';
import { KeyUsage } from '../../src/usage/key-usage.js';
import { type HostAnswer, type SeamHost, type SentHeaders, startSeamHost } from '../support/seam-host.js';

@Injectable()
class Session extends CustomCredential {
  override readonly name: string = 'session';
  override readonly place: CredentialPlace = { cookie: 'sid' };

  override async verify(subject: string) {
    return { person: { issuer: 'https://notes.example.com', subject } };
  }
}

@Injectable()
class Certificate extends Session {
  override readonly name = 'certificate';
  override readonly place = { header: 'X-Client-Cert' };
  override readonly isAmbient = true;
}

@Injectable()
class Password extends Session {
  override readonly name = 'password';
  override readonly place = { scheme: 'Basic' };
}

@Injectable()
class Device extends Session {
  override readonly name = 'device';
  override readonly place = { header: 'X-Device' };
}

const keys = '/api/v1/api-keys';
const personal = '/api/v1/auth/api-keys';
const json = { 'content-type': 'application/json' };
const allowed = 'https://app.example.com';
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));

describe.each([
  ['Express', true],
  ['Fastify', false],
])('in a host on %s', (_name, express) => {
  let host: SeamHost;
  beforeAll(async () => {
    const credentials = [Session, Certificate, Password, Device];
    host = await startSeamHost({ credentials, allowedOrigins: [allowed] }, { express });
  });
  afterAll(() => host.close());

  const cookie = (subject: string) => ({ cookie: `sid=${subject}` });
  const post = (body: object | string, headers: SentHeaders = {}) =>
    host.send(
      'POST',
      keys,
      { ...host.bearer(), ...(typeof body === 'string' ? json : {}), ...headers },
      body,
    );
  const told = ({ status, body }: HostAnswer) => [status, body?.code, body?.details?.[0]?.message];

  describe('our routes take JSON and nothing else', () => {
    it.each([
      ['a form', 'application/x-www-form-urlencoded', 'name=evil'],
      ['a form without a field', 'application/x-www-form-urlencoded', undefined],
      ['a form in capitals', 'APPLICATION/X-WWW-FORM-URLENCODED;charset=utf-8', 'name=evil'],
      ['a plain text', 'text/plain', '{"name":"evil"}'],
      ['a form in parts', 'multipart/form-data; boundary=x', '--x--\r\n'],
      ['what only begins like JSON', 'application/jsonp', '{}'],
    ])('and answer 415 to %s, before anything is done', async (_what, type, body) => {
      const headers = { ...cookie('mia'), 'content-type': type };
      for (const path of [personal, `${personal}/refresh`, keys, '/api/v1/tool-keys'])
        expect([path, await host.verdict('POST', path, headers, body)]).toEqual([
          path,
          express ? '415 UNSUPPORTED_MEDIA_TYPE' : expect.stringMatching(/^415/),
        ]);
      expect(await host.verdict('GET', personal, cookie('mia'))).toBe('404 NO_KEY');
    });

    it('with a charset, or with no body where none is needed', async () => {
      const type = { 'content-type': 'Application/JSON; charset=utf-8' };
      const made = await host.send('POST', keys, { ...host.bearer(), ...type }, '{"name":"good"}');
      expect(made.status).toBe(201);
      expect(await host.verdict('POST', personal, cookie('noah'))).toBe('201');
    });
  });

  describe('a body of a Gatehouse route', () => {
    it('of 979 kB with 90,000 unknown fields is 413', async () => {
      const body = JSON.stringify(fields(90_000));
      expect(told(await post(body))).toEqual([413, 'PAYLOAD_TOO_LARGE', undefined]);
    });

    it.each([
      [
        'a million values in chunks',
        `{"scopes":[${'1,'.repeat(499_999)}1]}`,
        'must hold at most 5000 values',
      ],
      ['a name of a million characters in chunks', `{"${'x'.repeat(1_000_000)}":1}`, undefined],
      ['90,000 fields in chunks', JSON.stringify(fields(90_000)), 'must hold at most 5000 values'],
    ])('is no cheaper to attack with %s', async (_what, body, message) => {
      const answer = await post(body, { 'transfer-encoding': 'chunked' });
      expect(told(answer)).toEqual(
        message === undefined ? [413, 'PAYLOAD_TOO_LARGE', undefined] : [400, 'VALIDATION_FAILED', message],
      );
    });

    it.each([
      ['metadata 6,000 levels deep', `{"name":"x","metadata":{"a":${nested(6_000)}}}`, 'at most 40 levels'],
      ['metadata of 33 levels', `{"name":"x","metadata":{"a":${nested(32)}}}`, 'at most 32 levels'],
      ['an unknown field 30,000 levels deep', `{"name":"x","a":${nested(30_000)}}`, 'at most 40 levels'],
      ['a name 30,000 levels deep', `{"name":${nested(30_000)}}`, 'at most 40 levels'],
      ['nothing but depth', nested(30_000), 'at most 40 levels'],
      ['9 kB of metadata', `{"name":"x","metadata":{"a":"${'é'.repeat(4_500)}"}}`, 'at most 8 KiB'],
      ['a list for the whole', '[1]', 'expected object'],
    ])('with %s is a 400 that says why', async (_what, body, message) => {
      expect(told(await post(body))).toEqual([400, 'VALIDATION_FAILED', expect.stringContaining(message)]);
    });

    it.each([
      ['__proto__', '{"name":"x","__proto__":{"role":"admin"}}'],
      ['__proto__ in metadata', '{"name":"x","metadata":{"a":[{"__proto__":{}}]}}'],
      ['the prototype of a constructor', '{"name":"x","metadata":{"constructor":{"prototype":{}}}}'],
    ])('that names %s is a 400', async (_what, body) => {
      expect((await post(body)).status).toBe(400);
    });

    it.each([
      ['toString', '{"name":{"toString":1},"metadata":{"toString":1}}'],
      ['valueOf in lists', '{"name":"x","scopes":[{"valueOf":1}],"expiresAt":{"toJSON":1}}'],
    ])('that names %s is not a server error', async (_what, body) => {
      expect((await post(body)).body.code).toBe('VALIDATION_FAILED');
    });

    it('lists the first 20 unknown fields, and the number of others', async () => {
      const { status, body } = await post({ name: 'x', ...fields(3_000) });
      expect([status, body.details.length]).toEqual([400, 21]);
      expect(body.details[0]).toEqual({ path: 'f0', message: 'This field does not exist.' });
      expect(body.details[20]).toEqual({ path: 'body', message: 'There are 2980 more faults like these.' });
    });

    it('may hold metadata of 8 KiB, 32 levels deep', async () => {
      const deep = JSON.parse(`{"a":${nested(31)}}`) as object;
      expect((await post({ name: 'x', metadata: { ...deep, b: 'x'.repeat(8_000) } })).status).toBe(201);
    });
  });

  it.each([
    ['the same one 3,000 times', `limit=1${'&limit=1'.repeat(1_700)}`],
    ['3,000 others', Array.from({ length: 1_800 }, (_, index) => `f${index}`).join('&')],
    ['nested ones', `limit${'[a]'.repeat(1_000)}=1`],
    ['names of the prototype', '__proto__=1&constructor[prototype]=1&limit[toString]=1'],
  ])('a query with %s is a 400 of a bounded size', async (_what, query) => {
    const { status, body } = await host.send('GET', `${keys}?${query}`, host.bearer());
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(JSON.stringify(body).length).toBeLessThan(5_000);
  });

  describe('a credential that browsers send by themselves', () => {
    const foreign: [string, SentHeaders][] = [
      ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
      ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
      ['a foreign Origin', { origin: 'https://evil.example' }],
      ['an Origin that is null', { origin: 'null' }],
      ['two Origins', { origin: ['http://127.0.0.1', 'https://evil.example'] }],
    ];

    it.each(foreign)('is 403 with %s, on our routes and those of the host', async (_what, headers) => {
      await host.send('POST', personal, cookie('ida'));
      const { id } = (await host.send('GET', personal, cookie('ida'))).body;
      const ambient: SentHeaders[] = [
        cookie('ida'),
        { 'x-client-cert': 'ida' },
        { authorization: 'Basic ida' },
      ];
      const asked: [string, string][] = [
        ['POST', `${personal}/refresh`],
        ['DELETE', personal],
        ['POST', keys],
        ['POST', '/api/v1/tool-keys'],
        ['POST', '/rooms/people'],
      ];
      for (const by of ambient)
        for (const [method, path] of asked)
          expect([path, await host.verdict(method, path, { ...by, ...headers })]).toEqual([
            path,
            '403 FORBIDDEN',
          ]);
      expect((await host.send('GET', personal, { ...cookie('ida'), ...headers })).body.id).toBe(id);
      const greeted = await host.send('POST', '/rooms/anybody', { ...cookie('ida'), ...headers });
      expect(greeted.body).toEqual({ known: false });
    });

    it('is good for pages of the host, for allowed ones, and for programs', async () => {
      const { port } = host.app.getHttpServer().address() as { port: number };
      const own = `http://127.0.0.1:${port}`;
      const good: SentHeaders[] = [
        {},
        { origin: own, host: `127.0.0.1:${port}` },
        { 'sec-fetch-site': 'same-origin', origin: own },
        { 'sec-fetch-site': 'cross-site', origin: allowed },
      ];
      for (const headers of good)
        expect(await host.verdict('POST', '/rooms/people', { ...cookie('ida'), ...headers })).toBe('201');
    });

    it('is distinguished from one that only programs send', async () => {
      const { key } = (await host.send('POST', `${personal}/refresh`, cookie('ida'))).body;
      const bys: SentHeaders[] = [
        { 'x-device': 'ida' },
        { 'x-api-key': key },
        { ...cookie('x'), ...host.bearer() },
      ];
      for (const by of bys)
        for (const [, headers] of foreign)
          expect(await host.verdict('POST', '/rooms/people', { ...by, ...headers })).toBe('201');
    });

    it('leaves an event of the rejection with the person', async () => {
      const { userId } = (await host.send('GET', '/api/v1/auth/me', cookie('lea'))).body;
      await host.send('POST', personal, { ...cookie('lea'), origin: 'https://evil.example' });
      await host.app.get(KeyUsage).flush();
      const { events } = await host.app.get(AuditTrail).find({ userId, type: 'refused' }, { limit: 5 });
      expect(events).toMatchObject([{ details: { reason: 'CROSS_SITE' } }]);
    });
  });

  it('an id of the host that holds a key is stored and sent back without it', async () => {
    const { key } = (await host.send('POST', `${personal}/refresh`, cookie('eva'))).body;
    const { userId } = (await host.send('GET', '/api/v1/auth/me', cookie('eva'))).body;
    const headers = { ...cookie('eva'), 'x-request-id': `trace ${key}` };
    expect((await host.send('POST', `${personal}/refresh`, headers)).status).toBe(200);
    const { events } = await host.app.get(AuditTrail).find({ userId }, { limit: 1 });
    expect(events).toMatchObject([{ requestId: `trace_${key.slice(0, 8)}[redacted]` }]);
    const rejected = await host.send('GET', '/rooms/people', { 'x-request-id': key });
    expect(rejected.headers['x-request-id']).toBe(`${key.slice(0, 8)}[redacted]`);
    expect(rejected.body.requestId).toBe(rejected.headers['x-request-id']);
  });

  it.each([
    ['CJK text', Buffer.from('请求-7').toString('latin1')],
    ['10 kB', 'x'.repeat(10_000)],
    ['tabs', 'a\tb'],
  ])('an id of the host that holds %s leaves a 401 a 401', async (_what, id) => {
    const { status, headers, body } = await host.send('GET', '/rooms/people', { 'x-request-id': id });
    expect([status, body.code]).toEqual([401, 'MISSING_TOKEN']);
    expect(headers['x-request-id']).toMatch(/^[\x21-\x7e]{1,64}$/);
    expect(body.requestId).toBe(headers['x-request-id']);
  });
});
