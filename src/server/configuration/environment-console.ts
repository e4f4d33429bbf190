import { z } from 'zod';
import { type ConsoleLoginOptions, loginRules, problemOfIssuer } from '../../console/console-login.js';
import type { IssuerOptions } from '../../jwt/issuers.js';
import { about, flag, text, wholeNumber } from './environment-rules.js';

/** The variables of the console. */
export const consoleVariables = {
  CONSOLE: flag.default(true).meta(about('The [console](console.md) at `/console`.')),
  CONSOLE_PORT: wholeNumber(0, 65_535)
    .optional()
    .meta(about('A port for the console, with the API beside it; it is then not at `PORT`.', '`PORT`')),
  CONSOLE_HOST: text.optional().meta(about('Its address. Rejected without `CONSOLE_PORT`.', '`HOST`')),
  CONSOLE_CLIENT_ID: loginRules.clientId
    .optional()
    .meta(
      about(
        'The public client with which people [sign in](console.md#sign-in-at-an-issuer) to it at an issuer.',
        'with a key or a token only',
      ),
    ),
  CONSOLE_ISSUER: text
    .optional()
    .meta(about('That issuer. Required if several are configured.', 'the only one')),
  CONSOLE_SCOPES: loginRules.scope
    .default('openid')
    .meta(about('The scopes that it requests. A refresh token is never requested.')),
  CONSOLE_RESOURCE: loginRules.resource
    .optional()
    .meta(
      about(
        'The audience that it requests (`resource` of RFC 8707, and `audience`): one of those of the issuer.',
        'none',
      ),
    ),
};

type ConsoleVariables = z.output<z.ZodObject<typeof consoleVariables>>;

/** How people sign in to the console at an issuer; `null`: they do not. */
export function consoleLoginOf(
  env: ConsoleVariables,
  issuers: readonly IssuerOptions[],
): ConsoleLoginOptions | null {
  const { CONSOLE_CLIENT_ID: clientId, CONSOLE_SCOPES: scope, CONSOLE_RESOURCE: resource } = env;
  const issuer = issuerOf(env, issuers)?.issuer;
  if (clientId === undefined || issuer === undefined) return null;
  return { issuer, clientId, scope, resource };
}

export function problemsOfConsoleLogin(env: ConsoleVariables, issuers: readonly IssuerOptions[]): string[] {
  if (env.CONSOLE_CLIENT_ID === undefined) return [];
  if (issuers.length === 0)
    return [
      'CONSOLE_CLIENT_ID is set, but no issuer is configured: set JWT_ISSUER, JWT_ISSUERS or SUPABASE_URL',
    ];
  if (env.CONSOLE_ISSUER === undefined && issuers.length > 1)
    return ['CONSOLE_ISSUER is missing, but CONSOLE_CLIENT_ID is set and several issuers are configured'];
  const found = issuerOf(env, issuers);
  if (found === undefined) return ['CONSOLE_ISSUER is not the issuer of any that are configured'];
  return [...problemsOfIssuer(found), ...problemsOfResource(env, found)];
}

function issuerOf(
  { CONSOLE_ISSUER }: ConsoleVariables,
  issuers: readonly IssuerOptions[],
): IssuerOptions | undefined {
  if (CONSOLE_ISSUER === undefined) return issuers.length === 1 ? issuers[0] : undefined;
  return issuers.find(({ issuer }) => issuer === CONSOLE_ISSUER);
}

function problemsOfIssuer({ issuer, tenants }: IssuerOptions): string[] {
  const name = 'CONSOLE_CLIENT_ID: the issuer to sign in at';
  if (tenants !== undefined)
    return [`${name} has tenants; configure the one of the operators as an issuer too`];
  const problem = problemOfIssuer(issuer, name);
  return problem === undefined ? [] : [problem];
}

function problemsOfResource(
  { CONSOLE_RESOURCE }: ConsoleVariables,
  { audience = [] }: IssuerOptions,
): string[] {
  if (CONSOLE_RESOURCE === undefined || [audience].flat().includes(CONSOLE_RESOURCE)) return [];
  return ['CONSOLE_RESOURCE must be an audience of the issuer, as its tokens are rejected otherwise'];
}
