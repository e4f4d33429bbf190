import { keyPrefixRule, isKeyPrefix } from '../../key-store/key-format.js';
import { isRedisUrl, redisUrlRule } from '../../limits/rate-limiter.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../auth.options.js';
import { defaultHeaders } from '../credentials/credential-reader.js';
import { isWebOrigin } from '../credentials/cross-site.js';
import { undecidedRoutesPolicies } from '../routes/undecided-routes.js';
import { faultsOfHeaders } from '../../support/header-names.js';

type Options = Record<keyof AuthModuleOptions, unknown>;
type Extra = keyof AuthModuleExtras;

const extras: readonly Extra[] = ['apiKeyStore', 'credentials', 'keyFormat', 'ownerResolver'];

/** By type none can be missing here. */
const known: Record<keyof (AuthModuleOptions & AuthModuleExtras), true> = {
  allowedOrigins: true,
  apiKeyHeaders: true,
  apiKeyStore: true,
  basicAuth: true,
  confineAgents: true,
  credentials: true,
  environment: true,
  failuresPerMinute: true,
  issuers: true,
  keyFormat: true,
  keyPrefix: true,
  ownerHeader: true,
  ownerResolver: true,
  redisUrl: true,
  toolKeyHeaders: true,
  undecidedRoutes: true,
};

/**
 * The options as they are when they can be followed; throws an `Error` that names everything that is wrong with them
 * and what to write. Issuers are looked at in full where they are used. `isGiven` tells which extras were given.
 */
export function checkAuthOptions(options: unknown, isGiven: (extra: Extra) => boolean): AuthModuleOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new Error('AuthModule has no options: give it an object, AuthModule.forRoot({}) at the least.');
  const faults = [...faultsOfNames(options, isGiven), ...faultsOfValues(options as Options)];
  if (faults.length === 0) return options;
  throw new Error(['The options of AuthModule cannot be followed:', ...faults].join('\n  '));
}

function faultsOfNames(options: object, isGiven: (extra: Extra) => boolean): string[] {
  const strange = Object.keys(options).filter((name) => !(name in known));
  return [
    ...strange.map(
      (name) => `${name} is no option of AuthModule; there are ${Object.keys(known).join(', ')}.`,
    ),
    ...extras
      .filter((extra) => (options as Partial<Record<Extra, unknown>>)[extra] !== undefined && !isGiven(extra))
      .map(
        (extra) =>
          `${extra} stands beside useFactory in forRootAsync({ ${extra}, useFactory }), not in what it returns.`,
      ),
    ...('keyPrefix' in options && options.keyPrefix !== undefined && isGiven('keyFormat')
      ? ['keyPrefix is for the usual format of keys: leave it out, as keyFormat brings its own heads.']
      : []),
  ];
}

function faultsOfValues({
  issuers = [],
  apiKeyHeaders = defaultHeaders.apiKey,
  toolKeyHeaders = defaultHeaders.toolKey,
  ownerHeader = defaultHeaders.owner,
  keyPrefix,
  environment = null,
  confineAgents = false,
  basicAuth = false,
  allowedOrigins = [],
  failuresPerMinute = 0,
  redisUrl = null,
  undecidedRoutes = 'warn',
}: Options): string[] {
  const rules: readonly (readonly [isGood: boolean, fault: string])[] = [
    [Array.isArray(issuers), 'issuers is a list: issuers: [{ issuer, audience, jwksUrl }].'],
    [keyPrefix === undefined || isKeyPrefix(keyPrefix), `keyPrefix ${keyPrefixRule}.`],
    [
      [null, 'live', 'test'].includes(environment as string | null),
      "environment is 'live' or 'test'; leave it out where the keys of both are good.",
    ],
    [
      Array.isArray(allowedOrigins) && allowedOrigins.every(isWebOrigin),
      "allowedOrigins is a list of origins as browsers send them: ['https://app.example.com'], without a path.",
    ],
    [typeof confineAgents === 'boolean', 'confineAgents is true or false.'],
    [typeof basicAuth === 'boolean', 'basicAuth is true or false.'],
    [
      Number.isSafeInteger(failuresPerMinute) && Number(failuresPerMinute) >= 0,
      'failuresPerMinute is a whole number; 0 stands for any number of failures.',
    ],
    [
      redisUrl === null || (typeof redisUrl === 'string' && isRedisUrl(redisUrl)),
      // The URL itself may hold a password.
      `redisUrl ${redisUrlRule}.`,
    ],
    [
      (undecidedRoutesPolicies as readonly unknown[]).includes(undecidedRoutes),
      `undecidedRoutes is one of ${undecidedRoutesPolicies.map((policy) => `'${policy}'`).join(', ')}.`,
    ],
  ];
  return [
    ...rules.filter(([isGood]) => !isGood).map(([, fault]) => fault),
    ...faultsOfHeaders({ apiKeyHeaders, toolKeyHeaders, ownerHeader }),
  ];
}
