import { generateKeyPairSync } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An issuer that all hosts of the process accept, and a token of one person. */
export const issuer = 'https://issuer.example';
export const audience = 'notes';
export const issuerKey = publicKey;
export const token = jsonwebtoken.sign({ email: 'ada@example.com' }, privateKey, {
  algorithm: 'ES256',
  issuer,
  audience,
  subject: '018f6f5e-0000-7000-8000-000000000001',
  expiresIn: 3600,
});
