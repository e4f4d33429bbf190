import { keyPrefixRule, isKeyPrefix } from '../../key-store/key-prefix.js';
import { isRedisUrl, redisUrlRule } from '../../limits/redis-url.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../auth.options.js';
import { usualHeaders } from '../credentials/usual-headers.js';
import { undecidedRoutesPolicies } from '../routes/undecided-routes-policy.js';
import { faultsOfHeaders } from './header-names.js';

type Options = Record<keyof AuthModuleOptions, unknown>;

/** By type none can be missing here. */
const known: Record<keyof (AuthModuleOptions & AuthModuleExtras), true> = {
  apiKeyHeaders: true,
  apiKeyStore: true,
  confineAgents: true,
  environment: true,
  failuresPerMinute: true,
  issuers: true,
  keyPrefix: true,
  redisUrl: true,
  toolKeyHeaders: true,
  undecidedRoutes: true,
};

/**
 * The options as they are when they can be followed; throws an `Error` that names everything that is wrong with them
 * and what to write. Issuers are looked at in full where they are used. `hasStore`: a store was given as an extra.
 */
export function checkAuthOptions(options: unknown, hasStore: boolean): AuthModuleOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new Error('AuthModule has no options: give it an object, AuthModule.forRoot({}) at the least.');
  const faults = [...faultsOfNames(options, hasStore), ...faultsOfValues(options as Options)];
  if (faults.length === 0) return options;
  throw new Error(['The options of AuthModule cannot be followed:', ...faults].join('\n  '));
}

function faultsOfNames(options: object, hasStore: boolean): string[] {
  const strange = Object.keys(options).filter((name) => !(name in known));
  return [
    ...strange.map(
      (name) => `${name} is no option of AuthModule; there are ${Object.keys(known).join(', ')}.`,
    ),
    ...('apiKeyStore' in options && options.apiKeyStore !== undefined && !hasStore
      ? [
          'apiKeyStore stands beside useFactory in forRootAsync({ apiKeyStore, useFactory }), not in what it returns.',
        ]
      : []),
  ];
}

function faultsOfValues({
  issuers = [],
  apiKeyHeaders = usualHeaders.apiKey,
  toolKeyHeaders = usualHeaders.toolKey,
  keyPrefix,
  environment = null,
  confineAgents = false,
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
    [typeof confineAgents === 'boolean', 'confineAgents is true or false.'],
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
    ...faultsOfHeaders({ apiKeyHeaders, toolKeyHeaders }),
  ];
}
