import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyMint } from '../src/key-store/key-mint.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const me = '/api/v1/auth/me';
let gatehouse: Gatehouse;
let token: string;
let apiKey: string;
let toolKey: string;

type Headers = Record<string, string | string[]>;
const ask = (headers: Headers, path = me) => gatehouse.send('GET', path, { headers });
const outcome = async (headers: Headers, path?: string) => {
  const { status, body } = await ask(headers, path);
  return status === 200 ? body.source.type : `${status} ${body.code}`;
};

beforeAll(async () => {
  gatehouse = await startGatehouse();
  token = gatehouse.bearer().authorization.slice(7);
  apiKey = (await createPersonalKey(gatehouse)).key;
  toolKey = (await issueToolKey(gatehouse)).key;
});
afterAll(() => gatehouse.close());

describe('where a credential is found', () => {
  it.each<[string, () => Headers, string]>([
    ['X-Tool-Key', () => ({ 'X-Tool-Key': toolKey }), 'tool_key'],
    ['X-Makima-Tool-Key', () => ({ 'X-Makima-Tool-Key': toolKey }), 'tool_key'],
    ['a bearer that begins with tk_', () => ({ authorization: `Bearer ${toolKey}` }), 'tool_key'],
    ['X-API-Key', () => ({ 'X-API-Key': apiKey }), 'api_key'],
    ['X-Makima-API-Key', () => ({ 'x-makima-api-key': apiKey }), 'api_key'],
    ['a bearer that is no JWT', () => ({ authorization: `Bearer ${apiKey}` }), 'api_key'],
    ['a bearer of three segments', () => ({ authorization: `Bearer ${token}` }), 'jwt'],
    ['bearer in any case', () => ({ authorization: `bEaReR ${token}` }), 'jwt'],
    ['a bearer behind several spaces', () => ({ authorization: `Bearer   ${token}` }), 'jwt'],
  ])('is %s', async (_where, headers, kind) => {
    expect(await outcome(headers())).toBe(kind);
  });

  it.each<[string, () => Headers, string]>([
    ['a query string', () => ({}), `${me}?api_key=KEY&access_token=TOKEN`],
    ['a cookie', () => ({ cookie: `token=${token}; x-api-key=${apiKey}` }), me],
    [
      'another scheme',
      () => ({ authorization: `Basic ${Buffer.from(`x:${apiKey}`).toString('base64')}` }),
      me,
    ],
    ['a bare Authorization', () => ({ authorization: token }), me],
    ['Proxy-Authorization', () => ({ 'proxy-authorization': `Bearer ${token}` }), me],
  ])('is never %s', async (_where, headers, path) => {
    const filled = path.replace('KEY', apiKey).replace('TOKEN', token);
    expect(await outcome(headers(), filled)).toBe('401 MISSING_TOKEN');
  });
});

describe('the order', () => {
  it.each<[string, () => Headers, string]>([
    [
      'a tool key before all',
      () => ({ 'x-tool-key': toolKey, 'x-api-key': apiKey, authorization: `Bearer ${token}` }),
      'tool_key',
    ],
    ['an API key before a JWT', () => ({ 'x-api-key': apiKey, authorization: `Bearer ${token}` }), 'api_key'],
    [
      'a bad tool key gives way to an API key',
      () => ({ 'x-tool-key': 'tk_bad', 'x-api-key': apiKey }),
      'api_key',
    ],
    [
      'a bad tool key gives way to a JWT',
      () => ({ 'x-tool-key': 'bad', authorization: `Bearer ${token}` }),
      'jwt',
    ],
    [
      'a bad tool key gives way to a good one as bearer',
      () => ({ 'x-tool-key': 'bad', authorization: `Bearer ${toolKey}` }),
      'tool_key',
    ],
    [
      'two bad tool keys are rejected',
      () => ({ 'x-tool-key': 'bad', authorization: 'Bearer tk_bad' }),
      '401 INVALID_TOOL_KEY',
    ],
    [
      'a bad API key ends the request',
      () => ({ 'x-api-key': 'bad', authorization: `Bearer ${token}` }),
      '401 INVALID_API_KEY',
    ],
    [
      'a bad tool key and a bad API key',
      () => ({ 'x-tool-key': 'bad', 'x-api-key': 'bad' }),
      '401 INVALID_API_KEY',
    ],
    ['a bad tool key alone', () => ({ 'x-tool-key': 'bad' }), '401 INVALID_TOOL_KEY'],
  ])('%s', async (_what, headers, expected) => {
    expect(await outcome(headers())).toBe(expected);
    expect(await outcome(headers())).toBe(expected);
  });
});

describe('a credential that was sent twice is a bad one', () => {
  it.each<[string, () => Headers, string]>([
    ['Authorization', () => ({ authorization: [`Bearer ${token}`, `Bearer ${token}`] }), '401 INVALID_TOKEN'],
    [
      'Authorization, an API key',
      () => ({ authorization: [`Bearer ${apiKey}`, `Bearer ${apiKey}`] }),
      '401 INVALID_TOKEN',
    ],
    ['X-API-Key', () => ({ 'x-api-key': [apiKey, apiKey] }), '401 INVALID_API_KEY'],
    [
      'X-API-Key under both names',
      () => ({ 'x-api-key': apiKey, 'x-makima-api-key': apiKey }),
      '401 INVALID_API_KEY',
    ],
    ['X-Tool-Key', () => ({ 'x-tool-key': [toolKey, toolKey] }), '401 INVALID_TOOL_KEY'],
    ['X-API-Key, once empty', () => ({ 'x-api-key': [apiKey, ''] }), '401 INVALID_API_KEY'],
  ])('%s', async (_what, headers, expected) => {
    await ask({ 'x-api-key': apiKey });
    await ask({ authorization: `Bearer ${token}` });
    expect(await outcome(headers())).toBe(expected);
  });
});

describe('a bad credential gets its code and never a 5xx', () => {
  const noise = Array.from({ length: 256 }, (_unused, code) => String.fromCharCode(code)).filter((text) =>
    /[\t\x20-\x7e\x80-\xff]/.test(text),
  );
  const bad: [string, string][] = [
    ['empty', ''],
    ['unicode', 'ключ-\u00e9'.replace(/[^\x20-\xff]/g, '\u00e9')],
    ['every byte a header may hold', noise.join('')],
    ['12,000 characters', 'a'.repeat(12_000)],
    ['our prefix alone', 'mk_live_'],
    ['our prefix and noise', 'mk_live_!!!'],
    ['path characters', '../../etc/passwd'],
    ['SQL', "' OR 1=1 --"],
    ['a template', '${jndi:ldap://x}'],
  ];

  it.each(bad)('as X-API-Key: %s', async (_what, value) => {
    expect(await outcome({ 'x-api-key': value })).toBe('401 INVALID_API_KEY');
  });

  it.each(bad)('as X-Tool-Key: %s', async (_what, value) => {
    expect(await outcome({ 'x-tool-key': value })).toBe('401 INVALID_TOOL_KEY');
  });

  it.each<[string, string, string]>([
    ['nothing behind it', 'Bearer', 'INVALID_TOKEN'],
    ['spaces behind it', 'Bearer ', 'INVALID_TOKEN'],
    ['two segments', 'Bearer a.b', 'INVALID_API_KEY'],
    ['four segments', 'Bearer a.b.c.d', 'INVALID_API_KEY'],
    ['three of noise', 'Bearer a.b.c', 'INVALID_TOKEN'],
    ['a list', 'Bearer a, Bearer b', 'INVALID_API_KEY'],
    ['__proto__', 'Bearer __proto__.__proto__.__proto__', 'INVALID_TOKEN'],
  ])('as a bearer: %s', async (_what, authorization, code) => {
    expect(await outcome({ authorization })).toBe(`401 ${code}`);
  });

  it.each(['upper', 'lower', 'space before', 'space inside', 'cut', 'longer'])(
    'a key that is nearly right: %s',
    async (how) => {
      const spoilt: Record<string, string> = {
        upper: apiKey.toUpperCase(),
        lower: apiKey.toLowerCase(),
        'space before': `"${apiKey}"`,
        'space inside': `${apiKey.slice(0, 20)} ${apiKey.slice(20)}`,
        cut: apiKey.slice(0, -1),
        longer: `${apiKey}0`,
      };
      expect(await outcome({ 'x-api-key': spoilt[how] as string })).toBe('401 INVALID_API_KEY');
    },
  );
});

it('answers two different failures of an API key alike', async () => {
  const { app } = gatehouse;
  const failures = [
    app.get(KeyMint).mintApiKey('live').key,
    `${apiKey.slice(0, -1)}${apiKey.endsWith('0') ? '1' : '0'}`,
    'nothing like a key',
    await mintApiKey(gatehouse, { revokedAt: new Date() }),
    await mintApiKey(gatehouse, { enabled: false }),
    await mintApiKey(gatehouse, { expiresAt: new Date(0) }),
    await mintApiKey(gatehouse, { ownerId: '00000000-0000-7000-8000-00000000dead' }),
  ];
  const answers = await Promise.all(failures.map((key) => ask({ 'x-api-key': key })));
  const seen = answers.map(({ status, headers, body }) => {
    const { 'x-request-id': _id, date: _date, ...visible } = headers;
    return JSON.stringify({ status, visible, body: { ...body, requestId: '' } });
  });
  expect(new Set(seen).size).toBe(1);
  expect(answers[0]?.status).toBe(401);
});

describe('an error', () => {
  it('is { code, message, requestId } with X-Request-Id and WWW-Authenticate', async () => {
    const missing = await ask({});
    const bad = await ask({ 'x-api-key': 'bad' });
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
    expect(bad.headers['www-authenticate']).toBe('Bearer realm="gatehouse", error="invalid_token"');
    expect(bad.body).toEqual({
      code: 'INVALID_API_KEY',
      message: expect.any(String),
      requestId: bad.headers['x-request-id'],
    });
  });

  it.each<[string, string, object, string]>([
    ['an unknown path', '/nothing', {}, '404 NOT_FOUND'],
    ['a path that is no UTF-8', '/%ff', {}, '400 VALIDATION_FAILED'],
    [
      'a body of another type',
      '/api/v1/auth/api-keys',
      { 'content-type': 'text/plain' },
      '415 UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('has the same shape for %s', async (_what, path, headers, expected) => {
    const sent = {
      headers: { ...gatehouse.bearer(), ...headers },
      body: path === '/nothing' ? undefined : 'x',
    };
    const { status, body } = await gatehouse.send('POST', path, sent);
    expect(`${status} ${body.code}`).toBe(expected);
    expect(body.requestId).toEqual(expect.any(String));
  });

  it('is 413 for a body of 65 KiB', async () => {
    const body = { name: 'x'.repeat(65 * 1024) };
    const answer = await gatehouse.send('POST', '/api/v1/auth/api-keys', {
      headers: gatehouse.bearer(),
      body,
    });
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
});

it('serves 200 mixed requests at once without a 5xx', async () => {
  const mixed: Headers[] = [
    { 'x-api-key': apiKey },
    { authorization: `Bearer ${token}` },
    { 'x-tool-key': toolKey },
    { 'x-api-key': 'bad' },
    { authorization: 'Bearer a.b.c' },
    {},
  ];
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_unused, turn) => ask(mixed[turn % mixed.length] ?? {})),
  );
  expect(answers.filter(({ status }) => status === 200).length).toBe(101);
  expect(answers.every(({ status }) => status < 500)).toBe(true);
});
