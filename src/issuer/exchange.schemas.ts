import { z } from 'zod';
import { plainText } from '../http/schemas.js';

export const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** RFC 6749 §4.4. */
export const clientCredentials = 'client_credentials';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

export const defaultTokenSeconds = 300;
const minTokenSeconds = 60;
const maxTokenSeconds = 900;

/** A number, or in a form its digits. */
const seconds = z
  .union(
    [
      z.int().min(minTokenSeconds).max(maxTokenSeconds),
      z
        .string()
        .regex(/^\d{2,3}$/)
        .transform(Number)
        .pipe(z.int().min(minTokenSeconds).max(maxTokenSeconds)),
    ],
    `must be a whole number from ${minTokenSeconds} to ${maxTokenSeconds}`,
  )
  .optional();

/** The same parameters as JSON and as a form. */
export const tokenRequest = z
  .strictObject({
    grant_type: z
      .string()
      .max(200)
      .optional()
      .meta({
        description: `\`${grantType}\`, or \`${clientCredentials}\` for a service key. Required in a form, optional in JSON.`,
      }),
    audience: plainText(255).optional().meta({
      description: 'The one service that accepts the token. Required, as `audience` or `resource`.',
    }),
    resource: plainText(255).optional().meta({ description: 'Another name for `audience` (RFC 8707).' }),
    scope: z.string().max(8_000).optional().meta({
      description: 'Scopes of the key, separated by spaces; by default all of them.',
    }),
    ttlSeconds: seconds.meta({
      description: `How many seconds the token is valid: ${minTokenSeconds} to ${maxTokenSeconds}, by default ${defaultTokenSeconds}; never longer than the key.`,
    }),
    expires_in: seconds.meta({ description: 'Another name for `ttlSeconds`.' }),
    requested_token_type: z.enum([jwtType, accessTokenType]).optional(),
    subject_token: z.string().max(16_384).optional().meta({
      description: 'For standard clients: the same key as in the header.',
    }),
    subject_token_type: z.literal(accessTokenType).optional(),
    client_id: z.string().max(1_000).optional().meta({ description: 'For standard clients; ignored.' }),
  })
  .refine((body) => body.ttlSeconds === undefined || body.expires_in === undefined, {
    path: ['expires_in'],
    error: 'is another name for ttlSeconds; send one of them',
  })
  .refine((body) => body.audience === undefined || body.resource === undefined, {
    path: ['resource'],
    error: 'is another name for audience; send one of them',
  })
  .refine((body) => (body.subject_token === undefined) === (body.subject_token_type === undefined), {
    path: ['subject_token_type'],
    error: 'belongs to subject_token, and is needed with it (RFC 8693 §2.1)',
  })
  .meta({
    id: 'TokenRequest',
    examples: [{ grant_type: grantType, audience: 'billing', scope: 'files:read', ttlSeconds: 300 }],
  });
export type TokenRequest = z.infer<typeof tokenRequest>;

export const exchangedToken = z
  .object({
    access_token: z.string().meta({ description: 'The JWT (RFC 9068), signed by the built-in issuer.' }),
    issued_token_type: z.literal(jwtType),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds.' }),
    scope: z.string().meta({ description: 'The scopes of the token.' }),
  })
  .meta({ id: 'ExchangedToken' });
export type ExchangedToken = z.infer<typeof exchangedToken>;
