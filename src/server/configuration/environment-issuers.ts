import { z } from 'zod';
import { audienceClaims } from '../../jwt/audience.js';
import { boundedModes, clientClaims } from '../../jwt/delegation.js';
import type { IssuerOptions } from '../../jwt/issuers.js';
import { tenantShape } from '../../jwt/tenants.js';
import { about, flag, text } from './environment-rules.js';

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** An issuer is compared as text (RFC 8414 §3.3), so it has one spelling. */
function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, protocol, hostname } = new URL(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return url === origin && (protocol === 'https:' || isLocal);
}

/** A URL to which paths are appended. */
const baseUrl = webUrl.refine((url) => !/[\s?#]/.test(url), 'must have no spaces, query or fragment');

/** Names separated by commas. */
const names = (what: string) =>
  z
    .string()
    .transform((list) => list.split(',').map((name) => name.trim()))
    .refine((list) => list.length <= 100 && list.every((name) => /^[\x21-\x7e]{1,255}$/.test(name)), {
      error: `must be at most 100 ${what} of 1 to 255 visible ASCII characters, separated by commas`,
    });

const clientClaim = z.enum(clientClaims, 'must be azp, cid or appid');
const bounded = z.enum(boundedModes, 'must be enforce or warn');

/** A further issuer, as an element of the list in `JWT_ISSUERS`. */
const furtherIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    aliases: z.array(z.string().min(1)).max(20).optional(),
    tenants: z.array(z.string().regex(tenantShape)).min(1).max(10_000).optional(),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    withoutAudience: z
      .strictObject({ claim: z.enum(audienceClaims), values: z.array(z.string().min(1)).min(1).max(100) })
      .optional(),
    jwksUrl: webUrl.optional(),
    publicKey: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
    firstParty: z.boolean().optional(),
    firstPartyClients: z.array(z.string().min(1)).max(100).optional(),
    clientClaim: clientClaim.optional(),
    acceptIdTokens: z.boolean().optional(),
    bounded: bounded.optional(),
  })
  .refine(({ jwksUrl, publicKey }) => (jwksUrl === undefined) !== (publicKey === undefined), {
    error: 'needs either jwksUrl or publicKey',
  })
  .refine(({ audience, withoutAudience }) => audience !== undefined || withoutAudience !== undefined, {
    error: 'needs audience, or withoutAudience',
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
    .meta(about('Its ES256 public key, instead of its JWKS, in the formats of `JWT_PUBLIC_KEY`.')),
  SUPABASE_JWT_RSA_PUBLIC_KEY: text
    .optional()
    .meta(about('Its RS256 public key, if the one above is not set.')),
  SUPABASE_FIRST_PARTY_CLIENTS: names('client ids')
    .optional()
    .meta(about('Clients of its OAuth server whose tokens have all rights of their user.')),
  JWT_ISSUER: text.optional().meta(about('Any other issuer, exactly as `iss` in its tokens.')),
  JWT_ISSUER_ALIASES: names('issuers')
    .optional()
    .meta(about('Further `iss` of the same issuer, such as a second host name.')),
  JWT_AUDIENCE: names('audiences')
    .optional()
    .meta(about('One of them must be in their `aud`. Required with `JWT_ISSUER`.')),
  JWT_JWKS_URL: webUrl.optional().meta(about('Its JWKS. Either this or `JWT_PUBLIC_KEY`.')),
  JWT_PUBLIC_KEY: text
    .optional()
    .meta(about('Its public keys: a JWK, JWKS, PEM (also on one line with `\\n`) or base64 DER.')),
  JWT_FIRST_PARTY: flag.optional().meta(about('All its tokens have all rights of their user.', '`false`')),
  JWT_FIRST_PARTY_CLIENTS: names('client ids')
    .optional()
    .meta(about('Clients whose tokens have all rights of their user.')),
  JWT_CLIENT_CLAIM: clientClaim
    .optional()
    .meta(about('The claim that names the client of tokens without `client_id`.')),
  JWT_ACCEPT_ID_TOKENS: flag.optional().meta(about('Its ID tokens are accepted too.', '`false`')),
  JWT_ISSUERS: furtherIssuers
    .optional()
    .meta(
      about(
        'Further issuers, also with `aliases`, `tenants`, `withoutAudience`, `firstParty`, `firstPartyClients`, `clientClaim`, `acceptIdTokens` and `bounded`. The first issuer of this section is primary.',
      ),
    ),
  BOUNDED_TOKENS: bounded
    .optional()
    .meta(
      about('`warn`: tokens are not bounded; the log names the clients whose tokens would be.', '`enforce`'),
    ),
  BUILTIN_ISSUER: flag
    .optional()
    .meta(about('The issuer for `npm run token` and token exchange.', '`true`; `false` in production')),
  ISSUER_URL: webUrl
    .refine(
      isOrigin,
      'must be the https URL of this service without a path, or http://localhost and the like',
    )
    .optional()
    .meta(
      about(
        'The public URL of this service, as `iss` of the tokens of the built-in issuer and in its metadata (RFC 8414).',
        '`gatehouse` as `iss`, no metadata',
      ),
    ),
  TOKEN_AUDIENCES: names('audiences')
    .optional()
    .meta(about('Audiences allowed in token exchange; never `gatehouse`.', 'any; none in production')),
};

type IssuerVariables = z.output<z.ZodObject<typeof issuerVariables>>;

/** The issuers of the environment, the primary one first: Supabase, then `JWT_ISSUER`, then `JWT_ISSUERS`. */
export function issuersOf(env: IssuerVariables): IssuerOptions[] {
  const issuers = [...supabase(env), ...single(env), ...further(env)];
  return issuers.map((options) => ({ bounded: env.BOUNDED_TOKENS, ...options }));
}

function supabase(env: IssuerVariables): IssuerOptions[] {
  if (env.SUPABASE_URL === undefined) return [];
  const issuer = `${env.SUPABASE_URL.replace(/\/+$/, '')}/auth/v1`;
  const base = {
    issuer,
    audience: 'authenticated',
    firstPartyClients: env.SUPABASE_FIRST_PARTY_CLIENTS,
  };
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

function single(env: IssuerVariables): IssuerOptions[] {
  const { JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL, JWT_PUBLIC_KEY } = env;
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined) return [];
  const base = {
    issuer: JWT_ISSUER,
    aliases: env.JWT_ISSUER_ALIASES,
    audience: JWT_AUDIENCE,
    firstParty: env.JWT_FIRST_PARTY,
    firstPartyClients: env.JWT_FIRST_PARTY_CLIENTS,
    clientClaim: env.JWT_CLIENT_CLAIM,
    acceptIdTokens: env.JWT_ACCEPT_ID_TOKENS,
  };
  if (JWT_PUBLIC_KEY !== undefined) return [{ ...base, publicKey: JWT_PUBLIC_KEY, setBy: 'JWT_PUBLIC_KEY' }];
  return JWT_JWKS_URL === undefined ? [] : [{ ...base, jwksUrl: JWT_JWKS_URL, setBy: 'JWT_JWKS_URL' }];
}

function further({ JWT_ISSUERS = [] }: IssuerVariables): IssuerOptions[] {
  return JWT_ISSUERS.map((entry, index) => ({ ...entry, setBy: `JWT_ISSUERS[${index}]` }) as IssuerOptions);
}
