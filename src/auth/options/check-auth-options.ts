import { z } from 'zod';
import { isKeyPrefix, keyPrefixRule } from '../../key-store/key-format.js';
import { isRedisUrl, redisUrlRule } from '../../limits/rate-limiter.js';
import { defaultHeaders, isHeaderName, reservedHeaders } from '../../support/header-names.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../auth.options.js';
import { isWebOrigin } from '../credentials/cross-site.js';
import { undecidedRoutesPolicies } from '../routes/undecided-routes.js';
import { faultsOfOptions, throwFaults } from './check-module-options.js';

type Extra = keyof AuthModuleExtras;
const extras: readonly Extra[] = ['apiKeyStore', 'credentials', 'keyFormat', 'ownerResolver'];

const rule = (isGood: (value: unknown) => boolean, error: string) => z.unknown().refine(isGood, error);
const flag = (name: string) => z.boolean(`${name} is true or false.`).optional();

/** Every option, by its type. Issuers are validated where they are loaded, headers below. */
export const authOptionsSchema = z.strictObject({
  issuers: z.array(z.unknown(), 'issuers is a list: issuers: [{ issuer, audience, jwksUrl }].').optional(),
  keyPrefix: rule(isKeyPrefix, `keyPrefix ${keyPrefixRule}.`).optional(),
  environment: z
    .enum(
      ['live', 'test'],
      "environment is 'live' or 'test'; leave it out where the keys of both are accepted.",
    )
    .nullish(),
  allowedOrigins: rule(
    (origins) => Array.isArray(origins) && origins.every(isWebOrigin),
    "allowedOrigins is a list of origins as browsers send them: ['https://app.example.com'], without a path.",
  ).optional(),
  confineAgents: flag('confineAgents'),
  basicAuth: flag('basicAuth'),
  failuresPerMinute: z
    .int('failuresPerMinute is a whole number; 0 disables the limit.')
    .min(0, 'failuresPerMinute is a whole number; 0 disables the limit.')
    .optional(),
  // The URL itself may contain a password.
  redisUrl: z.string(`redisUrl ${redisUrlRule}.`).refine(isRedisUrl, `redisUrl ${redisUrlRule}.`).nullish(),
  undecidedRoutes: z
    .enum(
      undecidedRoutesPolicies,
      `undecidedRoutes is one of ${undecidedRoutesPolicies.map((policy) => `'${policy}'`).join(', ')}.`,
    )
    .optional(),
  ownGuards: rule(
    (guards) => Array.isArray(guards) && guards.every((guard) => typeof guard === 'function'),
    "ownGuards is a list of guard classes: ownGuards: [AuthGuard('saml')], without new.",
  ).optional(),
  apiKeyHeaders: z.unknown().optional(),
  toolKeyHeaders: z.unknown().optional(),
  ownerHeader: z.unknown().optional(),
  apiKeyStore: z.unknown().optional(),
  credentials: z.unknown().optional(),
  keyFormat: z.unknown().optional(),
  ownerResolver: z.unknown().optional(),
} satisfies Record<keyof (AuthModuleOptions & AuthModuleExtras), z.ZodType>);

/** Apart, so that headers are compared whatever else is wrong. */
const headersSchema = z
  .object({
    apiKeyHeaders: headerList('apiKeyHeaders', 'X-API-Key').default([...defaultHeaders.apiKey]),
    toolKeyHeaders: headerList('toolKeyHeaders', 'X-Tool-Key').default([...defaultHeaders.toolKey]),
    ownerHeader: ownerHeader().default(defaultHeaders.owner),
  })
  .superRefine(({ apiKeyHeaders, toolKeyHeaders, ownerHeader: owner }, context) => {
    const [apiKey, toolKey] = [lowerCase(apiKeyHeaders), lowerCase(toolKeyHeaders)];
    for (const name of apiKey.filter((one) => toolKey.includes(one)))
      context.addIssue(
        `"${name}" is in apiKeyHeaders and in toolKeyHeaders: give each kind of key its own header.`,
      );
    const [forOwner = ''] = lowerCase([owner]);
    if ([...apiKey, ...toolKey].includes(forOwner))
      context.addIssue(`"${forOwner}" is ownerHeader and the header of a key: give each its own.`);
  });

/**
 * Returns the options unchanged if they are valid; throws an `Error` that names everything wrong with them and what to
 * write instead. `isGiven` returns which extras were passed beside `useFactory`.
 */
export function checkAuthOptions(options: unknown, isGiven: (extra: Extra) => boolean): AuthModuleOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new Error('AuthModule has no options: pass an object, at least AuthModule.forRoot({}).');
  const faults = [
    ...faultsOfOptions('AuthModule', authOptionsSchema, options),
    ...faultsOfOptions('AuthModule', headersSchema, options),
    ...faultsOfExtras(options, isGiven),
  ];
  throwFaults('AuthModule', faults);
  return options;
}

function faultsOfExtras(
  options: Partial<Record<Extra | 'keyPrefix', unknown>>,
  isGiven: (extra: Extra) => boolean,
): string[] {
  return [
    ...extras
      .filter((extra) => options[extra] !== undefined && !isGiven(extra))
      .map(
        (extra) =>
          `${extra} stands beside useFactory in forRootAsync({ ${extra}, useFactory }), not in what it returns.`,
      ),
    ...(options.keyPrefix !== undefined && isGiven('keyFormat')
      ? ['keyPrefix is for the default format of keys: leave it out, as keyFormat has its own prefixes.']
      : []),
  ];
}

function headerList(option: string, example: string) {
  return z
    .array(z.unknown(), `${option} is a list of at least one header name: leave it out for ${example}.`)
    .min(1, `${option} is a list of at least one header name: leave it out for ${example}.`)
    .superRefine((names, context) => {
      const wrong = names.find((name) => !isHeaderName(name));
      if (names.some((name) => !isHeaderName(name)))
        return context.addIssue(
          `${option} holds ${JSON.stringify(wrong)}, which is no header name: write it like '${example}'.`,
        );
      const known = lowerCase(names);
      const repeated = known.find((name, index) => known.indexOf(name) !== index);
      if (repeated !== undefined)
        context.addIssue(`${option} names "${repeated}" twice; letter case makes no difference.`);
      const reserved = known.find((name) => reservedHeaders.includes(name));
      if (reserved !== undefined)
        context.addIssue(
          `${option} holds "${reserved}", which has another meaning: use a header of your own, like '${example}'.`,
        );
    });
}

function ownerHeader() {
  return z.unknown().superRefine((name, context) => {
    if (!isHeaderName(name))
      return context.addIssue(
        `ownerHeader is ${JSON.stringify(name)}, which is no header name: leave it out for X-Owner-Id.`,
      );
    if (reservedHeaders.includes(name.toLowerCase()))
      context.addIssue(
        `ownerHeader is "${name.toLowerCase()}", which has another meaning: leave it out for X-Owner-Id.`,
      );
  });
}

function lowerCase(names: readonly unknown[]): string[] {
  return names.map((name) => String(name).toLowerCase());
}
