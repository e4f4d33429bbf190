/** The kinds of credential, in the order in which they are tried. */
export const credentialKinds = ['tool_key', 'api_key', 'jwt', 'custom'] as const;

export type CredentialKind = (typeof credentialKinds)[number];

/** A credential that a request carries, not yet verified. */
export interface Credential {
  readonly kind: CredentialKind;
  /** Exactly as sent; `null` when it was sent more than once, which makes it a bad one. */
  readonly value: string | null;
  /** Of a custom one. */
  readonly name?: string;
  /** Browsers add it to requests by themselves, also to those that a page of another site makes. */
  readonly isAmbient?: boolean;
}
