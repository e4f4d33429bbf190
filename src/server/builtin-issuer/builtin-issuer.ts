import { sign } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { IssuerOptions } from '../../auth/verifiers/issuer-options.js';
import { loadSigningKey, type SigningKey } from './signing-key.js';

const namespace = '7d0f9f0e-3b62-5d0c-8c0b-0a3f6a1f3d55';

/** Signs tokens for trying things out, with a key pair of its own in the data folder. */
export class BuiltinIssuer {
  static readonly issuer = 'gatehouse';

  private constructor(private readonly key: SigningKey) {}

  /** Loads the key pair, or makes it on the first call. */
  static open(dataDir: string): BuiltinIssuer {
    return new BuiltinIssuer(loadSigningKey(dataDir));
  }

  /** What makes this issuer's tokens accepted. It is never the primary issuer, so user ids do not depend on its place. */
  get options(): IssuerOptions {
    const { issuer } = BuiltinIssuer;
    return { issuer, audience: issuer, publicKey: this.jwks, primary: false, setBy: 'the built-in issuer' };
  }

  /** The public keys (RFC 7517 §5). */
  get jwks(): { readonly keys: readonly object[] } {
    return { keys: [this.key.jwk] };
  }

  /** A token for the person with this email, good for `ttlSeconds`; the same email is the same person each time. */
  tokenFor(email: string, ttlSeconds: number, now = Date.now()): string {
    const issuedAt = Math.floor(now / 1000);
    const claims = {
      iss: BuiltinIssuer.issuer,
      aud: BuiltinIssuer.issuer,
      sub: v5(email.toLowerCase(), namespace),
      email,
      jti: v7(),
      iat: issuedAt,
      exp: issuedAt + ttlSeconds,
    };
    const signed = `${encode({ alg: 'ES256', typ: 'JWT', kid: this.key.jwk.kid })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), {
      key: this.key.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${signed}.${signature.toString('base64url')}`;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
