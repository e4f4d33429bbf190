/** Private claims (RFC 7519 §4.3) of the token that a key was exchanged for. A token with `owner` never stands for a person. */
export const keyTokenClaims = {
  owner: 'urn:gatehouse:owner',
  environment: 'urn:gatehouse:environment',
} as const;
