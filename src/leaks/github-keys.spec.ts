import { verify } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { readGithubKeys } from './github-keys.js';

/** The example in GitHub's documentation of the secret scanning partner program. */
const documented = {
  key_identifier: '90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a',
  key: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\nkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n-----END PUBLIC KEY-----\n',
  is_current: false,
};
const payload = '[{"token":"some_token","type":"some_type","url":"some_url"}]';
const signature =
  'MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=';

it('reads the key of GitHub’s own example, which has signed its payload', () => {
  const { keys, rejected } = readGithubKeys({ public_keys: [documented] });
  expect([keys.length, keys[0]?.kid, rejected]).toEqual([1, documented.key_identifier, []]);
  const isSigned = (text: string) =>
    verify('sha256', Buffer.from(text), keys[0]?.key ?? '', Buffer.from(signature, 'base64'));
  expect([isSigned(payload), isSigned(payload.replace('some_token', 'other_token'))]).toEqual([true, false]);
});

it('skips what is no EC key on P-256, and reads 100 at most', () => {
  const pem = (curve: string) =>
    generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ type: 'spki', format: 'pem' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  });
  const odd = [null, {}, { key_identifier: 'a' }, { key_identifier: 'b', key: 'x' }];
  const others = [pem('P-384'), rsa].map((key) => ({ key_identifier: 'c', key }));
  const { keys, rejected } = readGithubKeys({ public_keys: [...odd, ...others, documented] });
  expect([keys.length, rejected.length]).toEqual([1, 5]);
  const many = readGithubKeys({ public_keys: Array.from({ length: 150 }, () => documented) });
  expect([many.keys.length, many.ignoredCount]).toEqual([100, 50]);
});

it.each([null, [], {}, { public_keys: {} }, { keys: [] }])('rejects another document: %j', (document) => {
  expect(() => readGithubKeys(document)).toThrow('public_keys');
});
