import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';
import { hasShell } from '../support/pages/page-shell.js';
import { startSeamHost } from '../support/seam-host.js';

let gatehouse: Gatehouse;
let key: string;
let toolKey: string;

beforeAll(async () => {
  gatehouse = await startGatehouse({ basicAuth: true });
  key = (await createPersonalKey(gatehouse)).key;
  toolKey = (await issueToolKey(gatehouse)).key;
});
afterAll(() => gatehouse.close());

type Headers = Record<string, string | string[]>;

const encode = (text: string) => Buffer.from(text).toString('base64');
const basic = (text: string) => ({ authorization: `Basic ${encode(text)}` });
const verdict = async (headers: Headers, path = '/api/v1/auth/me') => {
  const { status, body } = await gatehouse.send('GET', path, { headers });
  return status === 200 ? body.source.type : `${status} ${body.code}`;
};
const token = () => gatehouse.bearer().authorization.slice('Bearer '.length);

describe('a key in HTTP Basic', () => {
  it.each<[string, () => Headers, string]>([
    ['as the password of anybody', () => basic(`ada:${key}`), 'api_key'],
    ['as the password without a user', () => basic(`:${key}`), 'api_key'],
    ['as the user without a password', () => basic(`${key}:`), 'api_key'],
    ['that is a tool key', () => basic(`agent:${toolKey}`), 'tool_key'],
    ['whose scheme is in any case', () => ({ authorization: `bAsIc   ${encode(`ada:${key}`)}` }), 'api_key'],
    ['with a bad tool key before it', () => ({ 'x-tool-key': 'bad', ...basic(`ada:${key}`) }), 'api_key'],
    ['behind an API key', () => ({ 'x-api-key': key, ...basic(`agent:${toolKey}`) }), 'tool_key'],
  ])('%s is a credential like any other', async (_what, headers, kind) => {
    expect(await verdict(headers())).toBe(kind);
    expect(await verdict(headers())).toBe(kind);
  });

  it.each<[string, () => Headers, string]>([
    ['another password', () => basic('ada:secret'), '401 INVALID_API_KEY'],
    ['a JWT', () => basic(`ada:${token()}`), '401 INVALID_API_KEY'],
    ['a key as the user, and a password', () => basic(`${key}:x`), '401 INVALID_API_KEY'],
    ['a space after the key', () => basic(`ada:${key} `), '401 INVALID_API_KEY'],
    ['a bad tool key', () => basic('agent:tk_bad'), '401 INVALID_TOOL_KEY'],
    ['no colon', () => basic(key), '401 INVALID_API_KEY'],
    ['nothing', () => basic(''), '401 INVALID_API_KEY'],
    ['the scheme alone', () => ({ authorization: 'Basic' }), '401 INVALID_API_KEY'],
    ['what is no base64', () => ({ authorization: `Basic ada:${key}` }), '401 INVALID_API_KEY'],
    [
      'what is no UTF-8',
      () => ({ authorization: `Basic ${Buffer.from(`\u00e9:${key}`, 'latin1').toString('base64')}` }),
      '401 INVALID_API_KEY',
    ],
    [
      'a bad one before a good header',
      () => ({ 'x-api-key': 'bad', ...basic(`x:${key}`) }),
      '401 INVALID_API_KEY',
    ],
    [
      'twice',
      () => ({ authorization: [basic(`x:${key}`).authorization, basic(`x:${key}`).authorization] }),
      '401 INVALID_TOKEN',
    ],
    [
      'beside a bearer',
      () => ({ authorization: [basic(`x:${key}`).authorization, `Bearer ${token()}`] }),
      '401 INVALID_TOKEN',
    ],
  ])('is bad, and not absent, with %s', async (_what, headers, code) => {
    expect(await verdict(headers())).toBe(code);
    // Where a bad credential counts as none, it still is no user.
    expect((await gatehouse.send('GET', '/api/v1/auth/status', { headers: headers() })).body).toMatchObject({
      authenticated: false,
    });
  });

  it('is ignored beside another scheme', async () => {
    for (const scheme of ['Digest', 'Basics', 'Bas', 'Basic\u00a0'])
      expect(await verdict({ authorization: `${scheme} ${encode(`ada:${key}`)}` })).toBe('401 MISSING_TOKEN');
  });
});

describe('the challenge', () => {
  const challenge = async (path: string, headers: Headers = {}) =>
    (await gatehouse.send('POST', path, { headers })).headers['www-authenticate'];

  it('names Basic at the gate, and first, as some clients read no further', async () => {
    const gate = '/api/v1/auth/check/scopes/files:read/-/v2/';
    expect(await challenge(gate)).toBe('Basic realm="gatehouse", Bearer realm="gatehouse"');
    expect(await challenge(gate, basic('ada:bad'))).toBe(
      'Basic realm="gatehouse", Bearer realm="gatehouse", error="invalid_token"',
    );
    expect(await challenge(gate.replace('read', 'delete'), { 'x-tool-key': toolKey })).toBeUndefined();
  });

  it('does not on other routes, where a browser would ask for a password', async () => {
    expect(await challenge('/api/v1/auth/api-keys')).toBe('Bearer realm="gatehouse"');
  });

  const name = 'brings a client that waits for it to send its key';
  (hasShell ? it : it.skip)(hasShell ? name : `${name} (skipped: curl is not installed)`, async () => {
    const { port } = gatehouse.app.getHttpServer().address() as { port: number };
    const url = `http://127.0.0.1:${port}/api/v1/auth/check/-/maven/artifact.jar`;
    const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--anyauth', '-X', 'PUT', '-d', 'artifact'];
    const { stdout } = await promisify(execFile)('curl', [...args, '-u', `ada:${key}`, url]);
    expect(stdout).toBe('204');
  });
});

it('is accepted on all routes of a host that enables it', async () => {
  const host = await startSeamHost({ basicAuth: true });
  try {
    const { key: own } = (await host.send('POST', '/api/v1/auth/api-keys', host.bearer())).body;
    expect(await host.verdict('GET', '/rooms/users', basic(`ada:${own}`))).toBe('200');
    const { headers } = await host.send('GET', '/rooms/users');
    expect(headers['www-authenticate']).toBe('Basic realm="gatehouse", Bearer realm="gatehouse"');
  } finally {
    await host.close();
  }
});
