import { generateKeyPairSync, sign } from 'node:crypto';
import type { IssuerOptions } from '../jwt/issuer-options.js';

const issuer = 'https://gatehouse-testing.invalid/';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Signs the tokens of `asUser()` with a key pair that is made when the kit is loaded and never leaves the process. */
export const testIssuer: IssuerOptions = {
  issuer,
  audience: issuer,
  publicKey: publicKey.export({ format: 'jwk' }),
  primary: false,
  setBy: 'AuthTestingModule',
};

/** `expiresAt` in epoch milliseconds. */
export function signTestToken(subject: string, email: string | null, expiresAt: number): string {
  const claims = { iss: issuer, aud: issuer, sub: subject, email, exp: expiresAt / 1000 };
  const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
