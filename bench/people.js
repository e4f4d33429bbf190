import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const issuer = 'https://issuer.example';
export const audience = 'notes';
const fileIn = (folder) => join(folder, 'issuer.pem');

/** Makes the issuer that all hosts accept whose folder this is. */
export function createIssuer(folder) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(fileIn(folder), privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** The issuer of this folder: its public key, and a new token of the same person at each call. */
export function openIssuer(folder) {
  const key = createPrivateKey(readFileSync(fileIn(folder)));
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encode({ alg: 'ES256', typ: 'JWT' });
  const newToken = (more = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const subject = { sub: '018f6f5e-0000-7000-8000-000000000001', email: 'ada@example.com' };
    const claims = { iss: issuer, aud: audience, ...subject, jti: randomUUID(), iat: now, exp: now + 3600 };
    const signed = `${head}.${encode({ ...claims, ...more })}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  return { publicKey: createPublicKey(key), newToken };
}
