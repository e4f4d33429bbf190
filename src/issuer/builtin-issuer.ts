import { sign } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { IssuerOptions } from '../jwt/issuers.js';
import { SigningKeys, type SigningState } from './signing-keys.js';

const namespace = '7d0f9f0e-3b62-5d0c-8c0b-0a3f6a1f3d55';

/** Token of the {@link BuiltinIssuer}, `null` if it is off. */
export const builtinIssuer = Symbol('BuiltinIssuer');

/** The client that a token is for, and the scopes it was consented to (RFC 9068 §2.2). Without both it is first-party. */
export interface GrantedTo {
  readonly client_id?: string;
  readonly scope?: string;
}

/** Signs tokens with its own key pairs in the data folder: tokens of people, to try things out, and of exchanged keys. */
export class BuiltinIssuer {
  /** Its name where no URL is configured, and always in the ids of users, which follow from issuer and subject. */
  static readonly issuer = 'gatehouse';
  /** Of the tokens of people. No other token is issued for it, as its bearer is accepted as a person here. */
  static readonly audience = 'gatehouse';

  private constructor(
    private readonly keys: SigningKeys,
    /** The `iss` of new tokens. */
    readonly name: string,
  ) {}

  /**
   * Loads the key pairs; creates the first one if there is none. `warn` is told of a file that stays open to a group. `url` is
   * the `iss` of new tokens (RFC 8414 §2); those with the constant name stay valid.
   */
  static open(dataDir: string, warn?: (text: string) => void, url: string | null = null): BuiltinIssuer {
    return new BuiltinIssuer(SigningKeys.open(dataDir, warn), url ?? BuiltinIssuer.issuer);
  }

  /** Options that make a verifier accept its tokens. It is never primary, so user ids do not depend on its position. */
  get options(): IssuerOptions {
    const { issuer, audience } = BuiltinIssuer;
    const publicKeys = (now: number) => this.jwksAt(now);
    const aliases = this.name === issuer ? [] : [this.name];
    return { issuer, aliases, audience, publicKeys, primary: false, setBy: 'the built-in issuer' };
  }

  /** The public keys (RFC 7517 §5) at wall-clock `now`, in milliseconds; the same object until they change. */
  jwksAt(now: number): SigningState['jwks'] {
    return this.keys.at(now).jwks;
  }

  /** True if `open` created the first key pair. */
  get isNew(): boolean {
    return this.keys.isNew;
  }

  /** The id of the newest key, whether it signs yet or not. */
  get newestKid(): string {
    return this.keys.newestKid;
  }

  /** Reads the key pairs again if a rotation has changed them; true if it has. */
  refresh(): Promise<boolean> {
    return this.keys.refresh();
  }

  /** Issues a token for the person with this email, valid for `ttlSeconds`. The same email always is the same person. */
  tokenFor(email: string, ttlSeconds: number, now = Date.now(), granted: GrantedTo = {}): string {
    const issuedAt = Math.floor(now / 1000);
    const claims = {
      iss: this.name,
      aud: BuiltinIssuer.audience,
      sub: v5(email.toLowerCase(), namespace),
      email,
      jti: v7(),
      iat: issuedAt,
      exp: issuedAt + ttlSeconds,
      ...granted,
    };
    return this.sign('JWT', claims, now);
  }

  /** Returns a JWT of the type `typ` (RFC 8725 §3.11) with these claims, signed with the key that signs at `now`. */
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
