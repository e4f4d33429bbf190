import { createPublicKey, verify } from 'node:crypto';

const { keys } = await (await fetch(`${process.env.GATEHOUSE}/.well-known/jwks.json`)).json();

export function claimsOf(token, audience) {
  const [head, body, signature] = token.split('.');
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  const { kid, alg, typ } = read(head);
  const jwk = keys.find((key) => key.kid === kid);
  if (jwk === undefined || alg !== 'ES256' || typ !== 'at+jwt') throw new Error('not a token for keys');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')))
    throw new Error('not signed by Gatehouse');
  const claims = read(body);
  if (claims.iss !== 'gatehouse' || claims.aud !== audience) throw new Error('not for us');
  if (Date.now() >= claims.exp * 1000) throw new Error('expired');
  return claims;
}
