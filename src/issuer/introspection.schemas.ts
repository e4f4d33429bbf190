import { z } from 'zod';

/** RFC 7662 §2.1. */
export const introspectionRequest = z
  .strictObject({
    token: z.string().min(1).max(16_384),
    token_type_hint: z.string().max(200).optional().meta({ description: 'Ignored.' }),
    client_id: z.string().max(1_000).optional().meta({ description: 'For standard clients; ignored.' }),
  })
  .meta({ id: 'IntrospectionRequest' });
export type IntrospectionRequest = z.infer<typeof introspectionRequest>;

/** RFC 7662 §2.2; of an inactive token only `active`. */
export const introspectedToken = z
  .object({
    active: z.boolean(),
    token_type: z.literal('Bearer').optional(),
    iss: z.string().optional(),
    aud: z.string().optional(),
    sub: z.string().optional(),
    client_id: z.string().optional().meta({ description: 'The id of the key.' }),
    scope: z.string().optional(),
    act: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The actors, the current one outermost.' }),
    jti: z.string().optional(),
    iat: z.int().optional(),
    exp: z.int().optional(),
  })
  .meta({ id: 'IntrospectedToken' });
export type IntrospectedToken = Omit<z.infer<typeof introspectedToken>, 'act'> & { readonly act?: object };

const url = z.string();
const urls = z.array(z.string());

/** RFC 8414 §2. */
export const authorizationServerMetadata = z
  .object({
    issuer: url,
    token_endpoint: url,
    introspection_endpoint: url,
    jwks_uri: url,
    grant_types_supported: urls,
    response_types_supported: urls,
    token_endpoint_auth_methods_supported: urls,
    introspection_endpoint_auth_methods_supported: urls,
  })
  .meta({ id: 'AuthorizationServerMetadata' });
