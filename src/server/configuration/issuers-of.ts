import type { IssuerOptions } from '../../jwt/issuer-options.js';
import type { Environment } from './environment.schema.js';

/** The issuers that the environment names, the primary one first: Supabase, then `JWT_ISSUER`, then `JWT_ISSUERS`. */
export function issuersOf(env: Environment): IssuerOptions[] {
  return [...supabase(env), ...single(env), ...further(env)];
}

function supabase(env: Environment): IssuerOptions[] {
  if (env.SUPABASE_URL === undefined) return [];
  const issuer = `${env.SUPABASE_URL.replace(/\/+$/, '')}/auth/v1`;
  const base = { issuer, audience: 'authenticated' };
  if (env.SUPABASE_JWT_PUBLIC_KEY !== undefined) {
    const publicKey = env.SUPABASE_JWT_PUBLIC_KEY;
    return [{ ...base, publicKey, algorithm: 'ES256', setBy: 'SUPABASE_JWT_PUBLIC_KEY' }];
  }
  if (env.SUPABASE_JWT_RSA_PUBLIC_KEY !== undefined) {
    const publicKey = env.SUPABASE_JWT_RSA_PUBLIC_KEY;
    return [{ ...base, publicKey, algorithm: 'RS256', setBy: 'SUPABASE_JWT_RSA_PUBLIC_KEY' }];
  }
  return [{ ...base, jwksUrl: `${issuer}/.well-known/jwks.json`, setBy: 'SUPABASE_URL' }];
}

function single({ JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL, JWT_PUBLIC_KEY }: Environment): IssuerOptions[] {
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined) return [];
  const base = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE };
  if (JWT_PUBLIC_KEY !== undefined) return [{ ...base, publicKey: JWT_PUBLIC_KEY, setBy: 'JWT_PUBLIC_KEY' }];
  return JWT_JWKS_URL === undefined ? [] : [{ ...base, jwksUrl: JWT_JWKS_URL, setBy: 'JWT_JWKS_URL' }];
}

function further({ JWT_ISSUERS = [] }: Environment): IssuerOptions[] {
  return JWT_ISSUERS.map((entry, index) => ({ ...entry, setBy: `JWT_ISSUERS[${index}]` }) as IssuerOptions);
}
