import { sign } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { IssuerOptions } from '../../jwt/issuers.js';
import { SigningKeys, type SigningState } from './signing-keys.js';

const namespace = '7d0f9f0e-3b62-5d0c-8c0b-0a3f6a1f3d55';

/** Signs tokens with key pairs of its own in the data folder: of people, for trying things out, and of keys that are exchanged. */
export class BuiltinIssuer {
  static readonly issuer = 'gatehouse';
  /** Of the tokens of people. No other token is ever made for it, as whoever bears one of these is a person here. */
  static readonly audience = 'gatehouse';

  private constructor(private readonly keys: SigningKeys) {}

  /** Loads the key pairs, or makes the first one on the first call. */
  static open(dataDir: string): BuiltinIssuer {
    return new BuiltinIssuer(SigningKeys.open(dataDir));
  }

  /** What makes this issuer's tokens accepted. It is never the primary issuer, so user ids do not depend on its place. */
  get options(): IssuerOptions {
    const { issuer, audience } = BuiltinIssuer;
    const publicKeys = (now: number) => this.jwksAt(now);
    return { issuer, audience, publicKeys, primary: false, setBy: 'the built-in issuer' };
  }

  /** The public keys (RFC 7517 §5) at wall-clock `now`, milliseconds; one object until they change. */
  jwksAt(now: number): SigningState['jwks'] {
    return this.keys.at(now).jwks;
  }

  /** True where `open` made the first key pair. */
  get isNew(): boolean {
    return this.keys.isNew;
  }

  /** The id of the key that was made last, whether it signs yet or not. */
  get newestKid(): string {
    return this.keys.newestKid;
  }

  /** Reads the key pairs again when a rotation has changed them; true when it has. */
  refresh(): Promise<boolean> {
    return this.keys.refresh();
  }

  /** A token for the person with this email, good for `ttlSeconds`; the same email is the same person each time. */
  tokenFor(email: string, ttlSeconds: number, now = Date.now()): string {
    const issuedAt = Math.floor(now / 1000);
    const claims = {
      iss: BuiltinIssuer.issuer,
      aud: BuiltinIssuer.audience,
      sub: v5(email.toLowerCase(), namespace),
      email,
      jti: v7(),
      iat: issuedAt,
      exp: issuedAt + ttlSeconds,
    };
    return this.sign('JWT', claims, now);
  }

  /** These claims as a JWT of the type `typ` (RFC 8725 §3.11), signed with the key whose turn it is at `now`. */
  sign(typ: 'JWT' | 'at+jwt', claims: object, now: number): string {
    const { privateKey, jwk } = this.keys.at(now).signing;
    const signed = `${encode({ alg: 'ES256', typ, kid: jwk.kid })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
