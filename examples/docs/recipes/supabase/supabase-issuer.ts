import type { IssuerOptions } from 'nestjs-gatehouse';

export function supabaseIssuer(url: string): IssuerOptions {
  const issuer = `${url}/auth/v1`;
  return { issuer, audience: 'authenticated', jwksUrl: `${issuer}/.well-known/jwks.json` };
}
