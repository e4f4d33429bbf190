/** Where the public keys of an issuer come from. Exactly one of them. */
export type KeySource =
  /** A JWK, a JWKS (as an object or JSON text), a PEM (also one line with `\n`) or a base64 DER SubjectPublicKeyInfo. */
  | { readonly publicKey: string | object; readonly jwksUrl?: undefined; readonly publicKeys?: undefined }
  /** An https URL (http for loopback hosts only) that answers a JWKS. */
  | { readonly jwksUrl: string; readonly publicKey?: undefined; readonly publicKeys?: undefined }
  /** Gives the JWKS that holds at wall-clock `now`, milliseconds: asked for each token, one object until the keys change. */
  | {
      readonly publicKeys: (now: number) => object;
      readonly publicKey?: undefined;
      readonly jwksUrl?: undefined;
    };

/** Whose tokens are accepted. */
export type IssuerOptions = KeySource & {
  /** Compared with `iss` exactly. */
  readonly issuer: string;
  /** One of them must be in `aud`. */
  readonly audience: string | readonly string[];
  /** The only algorithm of a key that names none; needed for no key type, as the type decides: EC P-256 is ES256, RSA is RS256, Ed25519 is EdDSA. */
  readonly algorithm?: 'ES256' | 'RS256' | 'EdDSA';
  /** False keeps the `sub` of this issuer from being used as a user id as it is, whatever its place in the list. */
  readonly primary?: boolean;
  /** What the operator set, for messages at start, e.g. `JWT_PUBLIC_KEY`. */
  readonly setBy?: string;
};
