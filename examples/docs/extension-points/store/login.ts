import { generateKeyPairSync, sign } from 'node:crypto';
import type { IssuerOptions } from 'nestjs-gatehouse';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Stands for your identity provider. */
export const issuer: IssuerOptions = {
  issuer: 'https://login.example.com/',
  audience: 'notes',
  publicKey: publicKey.export({ format: 'jwk' }),
};

export function tokenFor(subject: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: issuer.issuer, aud: 'notes', sub: subject, exp: Math.floor(Date.now() / 1000) + 60 };
  const signed = `${encode({ alg: 'ES256' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
