/** What a verified token says about its bearer. */
export interface VerifiedJwt {
  /** The `iss` of the token, one of the configured issuers. */
  readonly issuer: string;
  /** True for the first configured issuer: its UUID subjects are user ids as they are. */
  readonly primary: boolean;
  /** The `sub`, a non-empty string of at most 255 characters. */
  readonly subject: string;
  /** The `email` claim when it is a string of at most 320 characters. */
  readonly email: string | null;
  /** Wall-clock milliseconds at which the token stops being accepted, the clock skew included. */
  readonly validUntil: number;
}
