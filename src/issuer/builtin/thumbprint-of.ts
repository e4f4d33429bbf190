import { hash } from 'node:crypto';

/** The JWK thumbprint (RFC 7638 §3.1) of an EC key: its required members in lexicographic order, hashed. */
export function thumbprintOf({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string {
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
}
