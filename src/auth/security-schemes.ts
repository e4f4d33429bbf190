import { defaultHeaders } from '../support/header-names.js';
import type { AuthModuleOptions } from './auth.options.js';
import type { CustomCredential } from './custom/custom-credential.js';

/** A security scheme of OpenAPI. */
type SecurityScheme = Readonly<Record<string, string | undefined>>;

/** The names of the security schemes of tokens and keys in an OpenAPI document. */
export const securitySchemes = { jwt: 'jwt', apiKey: 'apiKey', toolKey: 'toolKey' } as const;

/** How each credential is sent, for an OpenAPI document. */
export function schemesOf(
  { apiKeyHeaders = defaultHeaders.apiKey, toolKeyHeaders = defaultHeaders.toolKey }: AuthModuleOptions,
  credentials: readonly CustomCredential[],
): Record<string, SecurityScheme> {
  const inHeader = (name: string | undefined) => ({ type: 'apiKey', in: 'header', name }) as const;
  return {
    ...Object.fromEntries(credentials.map(({ name, place }) => [name, schemeOfPlace(place)])),
    [securitySchemes.jwt]: {
      scheme: 'bearer',
      bearerFormat: 'JWT',
      type: 'http',
      description: 'A person’s token',
    },
    [securitySchemes.apiKey]: { ...inHeader(apiKeyHeaders[0]), description: 'A program’s API key' },
    [securitySchemes.toolKey]: { ...inHeader(toolKeyHeaders[0]), description: 'An agent’s tool key' },
  };
}

function schemeOfPlace({ header, cookie, scheme }: CustomCredential['place']): SecurityScheme {
  if (scheme !== undefined) return { type: 'http', scheme: scheme.toLowerCase() };
  return cookie === undefined
    ? { type: 'apiKey', in: 'header', name: header }
    : { type: 'apiKey', in: 'cookie', name: cookie };
}
