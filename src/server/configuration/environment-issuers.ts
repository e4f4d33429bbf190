import { z } from 'zod';
import type { IssuerOptions } from '../../jwt/issuers.js';
import { about, flag, text } from './environment-rules.js';

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** A URL to which paths are appended. */
const baseUrl = webUrl.refine((url) => !/[\s?#]/.test(url), 'must have no spaces, query or fragment');

/** Names separated by commas. */
const audiences = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine((names) => names.length <= 100 && names.every((name) => /^[\x21-\x7e]{1,255}$/.test(name)), {
    error: 'must be at most 100 audiences of 1 to 255 visible ASCII characters, separated by commas',
  });

/** A further issuer, as an element of the list in `JWT_ISSUERS`. */
const furtherIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    jwksUrl: webUrl.optional(),
    publicKey: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  })
  .refine(({ jwksUrl, publicKey }) => (jwksUrl === undefined) !== (publicKey === undefined), {
    error: 'needs either jwksUrl or publicKey',
  });

const furtherIssuers = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be a JSON list of { issuer, audience, jwksUrl or publicKey }',
      });
      return z.NEVER;
    }
  })
  .pipe(z.array(furtherIssuer));

/** The variables that name the issuers whose JWTs are accepted. */
export const issuerVariables = {
  SUPABASE_URL: baseUrl
    .optional()
    .meta(about('A Supabase project: issuer `<url>/auth/v1`, audience `authenticated`, its remote JWKS.')),
  SUPABASE_JWT_PUBLIC_KEY: text
    .optional()
    .meta(about('Its ES256 public key, instead of its JWKS: a JWK, JWKS, PEM or base64 DER.')),
  SUPABASE_JWT_RSA_PUBLIC_KEY: text
    .optional()
    .meta(about('Its RS256 public key, if the one above is not set.')),
  JWT_ISSUER: text.optional().meta(about('Any other issuer, exactly as `iss` in its tokens.')),
  JWT_AUDIENCE: text.optional().meta(about('Must be in their `aud`. Required with `JWT_ISSUER`.')),
  JWT_JWKS_URL: webUrl.optional().meta(about('Its JWKS. Either this or `JWT_PUBLIC_KEY`.')),
  JWT_PUBLIC_KEY: text
    .optional()
    .meta(about('Its public keys: a JWK, JWKS, PEM (also on one line with `\\n`) or base64 DER.')),
  JWT_ISSUERS: furtherIssuers
    .optional()
    .meta(about('Further issuers. The first of all, in this order, is primary.')),
  BUILTIN_ISSUER: flag
    .optional()
    .meta(about('The issuer for `npm run token` and token exchange.', '`true`; `false` in production')),
  TOKEN_AUDIENCES: audiences
    .optional()
    .meta(about('Audiences allowed in token exchange; never `gatehouse`.', 'any; none in production')),
};

type IssuerVariables = z.output<z.ZodObject<typeof issuerVariables>>;

/** The issuers of the environment, the primary one first: Supabase, then `JWT_ISSUER`, then `JWT_ISSUERS`. */
export function issuersOf(env: IssuerVariables): IssuerOptions[] {
  return [...supabase(env), ...single(env), ...further(env)];
}

function supabase(env: IssuerVariables): IssuerOptions[] {
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

function single({
  JWT_ISSUER,
  JWT_AUDIENCE,
  JWT_JWKS_URL,
  JWT_PUBLIC_KEY,
}: IssuerVariables): IssuerOptions[] {
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined) return [];
  const base = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE };
  if (JWT_PUBLIC_KEY !== undefined) return [{ ...base, publicKey: JWT_PUBLIC_KEY, setBy: 'JWT_PUBLIC_KEY' }];
  return JWT_JWKS_URL === undefined ? [] : [{ ...base, jwksUrl: JWT_JWKS_URL, setBy: 'JWT_JWKS_URL' }];
}

function further({ JWT_ISSUERS = [] }: IssuerVariables): IssuerOptions[] {
  return JWT_ISSUERS.map((entry, index) => ({ ...entry, setBy: `JWT_ISSUERS[${index}]` }) as IssuerOptions);
}
