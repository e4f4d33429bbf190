import { describe, expect, it } from '@jest/globals';
import { holdsCredential } from './holds-credential.js';
import { redact, redactValue } from './redact.js';

const body = '4fzQ81XaPw0rT6yUiOkLmN3bVcZxSdFgHjKqWeRt9A5';
const checksum = '1tY0aB';
const apiKey = `mk_live_${body}${checksum}`;
const toolKey = `tk_${body}${checksum}`;
const jwt = [
  'eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJzdWIiOiIxMjM0NTY3ODkwIiwiZW1haWwiOiJhQGIuYyJ9',
  'XTK-DMfy_1cLfPSSVVdBu1QEs3XVZoGzyS7ORg8Dqr0KTC6WYWfg7jZjZ7IS0l5k',
].join('.');
const percent = (text: string) =>
  text.replace(/./g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
const unicode = (text: string) =>
  text.replace(/./g, (one) => `\\u00${one.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The longest piece of `secret` that is in `text`. */
function longestPieceIn(text: string, secret: string): number {
  let longest = 0;
  for (let start = 0; start < secret.length; start += 1)
    while (text.includes(secret.slice(start, start + longest + 1)) && start + longest < secret.length)
      longest += 1;
  return longest;
}

describe('redact', () => {
  it.each([
    ['an API key', apiKey, body],
    ['a key of the test environment', `mk_test_${body}${checksum}`, body],
    ['a key with another prefix', `acme_live_${body}`, body],
    ['a tool key', toolKey, body],
    ['the secret of a webhook', `whsec_${body}=`, body],
    ['two secrets of a webhook', `secret whsec_${body} whsec_abcd`, body],
    ['a key that is cut off', apiKey.slice(0, 18), body],
    ['a tool key that is cut off', toolKey.slice(0, 14), body],
    ['a key without its head', body, body],
    ['a key in a URL', `/api/v1/tasks/${apiKey}/tool-keys`, body],
    ['a key behind an encoded slash', `/tasks/a%2F${toolKey}`, body],
    ['a key with an encoded underline', apiKey.replaceAll('_', '%5F'), body],
    ['a key that is encoded twice', apiKey.replaceAll('_', '%255f'), body],
    ['a key whose encoding is encoded', apiKey.replaceAll('_', '%25%35%46'), body],
    ['a key that is encoded as a whole', percent(apiKey), percent(body)],
    ['a key of which every other character is encoded', apiKey.replace(/[a-m]/g, percent), body],
    ['a key escaped as in JSON', apiKey.replaceAll('_', '\\u005f'), body],
    ['a key escaped as in JSON as a whole', unicode(toolKey), unicode(body)],
    ['a key within JSON', JSON.stringify(JSON.stringify({ name: toolKey })), body],
    ['a key in capitals', apiKey.toUpperCase(), body.toUpperCase()],
    ['two keys in a row', `${apiKey},${toolKey}`, body],
    ['a JWT', `Authorization failed for ${jwt}!`, jwt],
    ['a JWT that is cut off', jwt.slice(0, 60), jwt],
    ['a JWT whose dots are encoded', jwt.replaceAll('.', '%2E'), jwt],
    ['a JWT without its first letters', jwt.slice(8), jwt.slice(8)],
    ['a bearer token of another kind', 'Bearer 7f.opaque-token~99', '7f.opaque-token~99'],
    ['a header', 'x-api-key: something-imported', 'something-imported'],
    ['a header as JSON', '{"authorization":"Basic dXNlcjpwYXNz"}', 'dXNlcjpwYXNz'],
    ['cookies as JSON', '{"set-cookie":["session=8d7f6s5","theme=dark"]}', '8d7f6s5'],
    ['the password of a database', 'postgres://gatehouse:S3cr3t@db:5432/x', 'S3cr3t'],
    ['the password of a URL with signs in it', 'redis://:p/a@s:s@127.0.0.1:6379', 'p/a@s:s'],
    ['a parameter', 'GET /x?access_token=swordfish2&a=b', 'swordfish2'],
    [
      'a private key',
      '-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByq\\n-----END PRIVATE KEY-----',
      'MIGHAgEAM',
    ],
  ])('removes the secret part of %s', (_what, text, secret) => {
    expect(longestPieceIn(redact(text), secret)).toBeLessThanOrEqual(8);
  });

  it.each([
    'Listening on http://127.0.0.1:3000',
    'GET /api/v1/auth/me 200 in 0.8 ms',
    'mk_live_4fzQ81Xa',
    'Rejected: INVALID_API_KEY, NOT_FOUND, key 0199e7a2-5d1c-7b3e-9c55-2f6d8a4b1c0e; address ::1',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'Try first: curl -H "X-API-Key: $(cat data/admin-key)" http://127.0.0.1:3000/api/v1/auth/me',
    'no bearer credential was sent',
    '    at Server.<anonymous> (file:///srv/app/node_modules/@nestjs/core/router/router-execution-context.js:38:20)',
    'The keys of https://issuer.example cannot be fetched from https://issuer.example/.well-known/jwks.json: 500',
    'Migrated gatehouse.db: Initial1795245671053, ServiceKeys1795248641364',
    'a path with a space%20in it, and an umlaut: /caf%C3%A9',
  ])('leaves a text without secrets unchanged: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each([
    ['letters', 'a'],
    ['heads of tokens', 'eyJ'],
    ['dots', 'a.'],
    ['URLs', '://a:'],
    ['backslashes', '\\'],
    ['headers', 'authorization'],
    ['percent signs', '%25'],
    ['beginnings of keys', '-----BEGIN PRIVATE KEY-----'],
  ])('is fast for 64 KiB of %s', (_what, piece) => {
    const text = piece.repeat(65_536 / piece.length);
    const before = performance.now();
    redact(text);
    // A second look at each character for each would take half a minute.
    expect(performance.now() - before).toBeLessThan(3_000);
  });
});

it('removes the value of a field that is named like a secret', () => {
  const headers = { authorization: 'opaque', 'X-API-Key': ['a', 'b'], host: 'x', password: 7 };
  const text = JSON.stringify({ headers, keys: 3 }, redactValue);
  expect(JSON.parse(text)).toEqual({
    headers: { authorization: '[redacted]', 'X-API-Key': '[redacted]', host: 'x', password: '[redacted]' },
    keys: 3,
  });
});

describe('holdsCredential', () => {
  it.each([
    apiKey,
    toolKey,
    jwt,
    `the old key was ${apiKey}.`,
    apiKey.slice(0, 30),
    apiKey.toUpperCase(),
    apiKey.replaceAll('_', '%5F'),
    percent(toolKey),
    JSON.stringify({ note: unicode(apiKey) }),
  ])('is true for %s', (text) => {
    expect(holdsCredential(text)).toBe(true);
  });

  it.each([
    'CI',
    'mk_live_4fzQ81Xa',
    'load_test_benchmark2026',
    'task-42',
    'tk_1',
    '100 % sure, 50%25 of it',
    '0199e7a2-5d1c-7b3e-9c55-2f6d8a4b1c0e',
    'fingerprint 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ])('is false for %s', (text) => {
    expect(holdsCredential(text)).toBe(false);
  });
});
