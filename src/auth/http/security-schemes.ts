import type { DocumentBuilder } from '@nestjs/swagger';

/** The names of our security schemes in an OpenAPI document. */
export const securitySchemes = { jwt: 'jwt', apiKey: 'apiKey', toolKey: 'toolKey' } as const;

/** Adds the three credentials to an OpenAPI document, so that Swagger UI asks for them. */
export function addSecuritySchemes(document: DocumentBuilder): DocumentBuilder {
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
