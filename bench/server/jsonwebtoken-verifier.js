import { createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

/** `jsonwebtoken.verify` for the tokens of this issuer, its key parsed once. */
export function jsonwebtokenVerifier({ publicKeys, issuer, audience }) {
  const key = createPublicKey({ key: publicKeys(Date.now()).keys[0], format: 'jwk' });
  const options = { algorithms: ['ES256'], issuer, audience };
  return (token) => jsonwebtoken.verify(token, key, options);
}
