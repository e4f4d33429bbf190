const { generateKeyPairSync, sign } = require('node:crypto');

const issuer = 'https://login.example.com/';

/**
 * The login server that the README names, in this process: requests for its keys are answered here. `tokenFor(subject)`
 * signs a token, with other claims if given.
 */
exports.createLogin = function createLogin() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: '1', use: 'sig' }];
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) =>
    String(input.url ?? input) === `${issuer}jwks.json`
      ? Promise.resolve(Response.json({ keys }))
      : real(input, init);

  function tokenFor(subject, claims = {}) {
    const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const payload = { iss: issuer, aud: 'notes', sub: subject, exp, ...claims };
    const signed = `${encode({ alg: 'ES256', kid: '1' })}.${encode(payload)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
  return { issuer, tokenFor };
};
