/** One attempt to get the keys of an issuer from its JWKS URL. */
export interface JwksFetch {
  readonly issuer: string;
  readonly seconds: number;
  readonly isSuccess: boolean;
}
