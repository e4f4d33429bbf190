import type { DocumentBuilder } from '@nestjs/swagger';
import type { CredentialPlace, CustomCredential } from '../custom/custom-credential.js';

/** The names of our security schemes in an OpenAPI document. */
export const securitySchemes = { jwt: 'jwt', apiKey: 'apiKey', toolKey: 'toolKey' } as const;

/**
 * Adds the three credentials to an OpenAPI document, so that Swagger UI asks for them, and those of the application's own
 * under their names.
 */
export function addSecuritySchemes(
  document: DocumentBuilder,
  credentials: readonly Pick<CustomCredential, 'name' | 'place'>[] = [],
): DocumentBuilder {
  for (const { name, place } of credentials) document.addSecurity(name, schemeOf(place));
  const { jwt, apiKey, toolKey } = securitySchemes;
  return document
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A person’s token' },
      jwt,
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A program’s API key' },
      apiKey,
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-Tool-Key', description: 'An agent’s tool key' },
      toolKey,
    );
}

function schemeOf({ header, cookie, scheme }: CredentialPlace) {
  if (scheme !== undefined) return { type: 'http', scheme: scheme.toLowerCase() } as const;
  return cookie === undefined
    ? ({ type: 'apiKey', in: 'header', name: header } as const)
    : ({ type: 'apiKey', in: 'cookie', name: cookie } as const);
}
