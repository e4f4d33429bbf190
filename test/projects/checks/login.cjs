const { createPrivateKey, generateKeyPairSync, sign } = require('node:crypto');
const { readFileSync } = require('node:fs');

const issuer = 'https://login.example.com/';

/**
 * A login server in this process: requests for its keys are answered here. `tokenFor(subject)` signs a token, with other
 * claims if given.
 */
exports.createLogin = function createLogin() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: '1', use: 'sig' }];
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) =>
    String(input.url ?? input) === `${issuer}jwks.json`
      ? Promise.resolve(Response.json({ keys }))
      : real(input, init);

  const tokenFor = (subject, claims) =>
    signed({ alg: 'ES256', kid: '1' }, { iss: issuer, aud: 'notes', sub: subject, ...claims }, privateKey);
  return { issuer, tokenFor };
};

/** The development issuer of the README's application, whose key is in the data folder. */
exports.devLogin = {
  issuer: 'gatehouse',
  tokenFor: (subject, claims) =>
    signed(
      { alg: 'ES256' },
      { iss: 'gatehouse', aud: 'gatehouse', sub: subject, ...claims },
      createPrivateKey(readFileSync('data/signing-key.pem')),
    ),
};

function signed(header, claims, key) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${encode(header)}.${encode({ exp, ...claims })}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
