import type { FactoryProvider } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { AccountsService, allowCrossOwner } from '../identity/accounts.service.js';
import { requireDistinctPrefixes } from '../jwt/custom-verification.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { checkKeyFormat } from '../key-store/check-key-format.js';
import { customKeyFormat, type KeyFormat, PrefixedKeyFormat } from '../key-store/key-format.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import { FailedAuthentications } from '../limits/failed-authentications.js';
import { limitsRedisUrl } from '../limits/rate-limiter.js';
import { Clock } from '../support/clock.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { addKeyHeads, defaultKeyHeads } from '../support/find-keys.js';
import { redactAfter } from '../support/redact.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { CredentialReader } from './credentials/credential-reader.js';
import { defaultHeaders } from '../support/header-names.js';
import { type CustomCredential, customCredentials } from './custom/custom-credential.js';
import { CustomVerifier } from './custom/custom.verifier.js';
import { CredentialVerification } from './decision/credential-verification.js';
import { DecisionRecord } from './decision/decision-record.js';
import { hasProvider } from './options/check-module-options.js';
import { OwnerChoice } from './owners/owner-choice.js';
import { customOwnerResolver, type OwnerResolver } from './owners/owner-resolver.js';
import { ApplicationRoutes } from './routes/application-routes.js';
import { UndecidedRoutes } from './routes/undecided-routes.js';
import { ApiKeyVerifier } from './verifiers/api-key.verifier.js';
import { ToolKeyVerifier } from './verifiers/tool-key.verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';

const customVerifiers = Symbol('custom verifiers');

/** What `AuthModule` makes of its options. */
export const authProviders: readonly FactoryProvider[] = [
  {
    provide: CredentialReader,
    useFactory: (options: AuthModuleOptions, credentials?: readonly CustomCredential[]) =>
      new CredentialReader(
        {
          toolKey: lowerCase(options.toolKeyHeaders ?? defaultHeaders.toolKey),
          apiKey: lowerCase(options.apiKeyHeaders ?? defaultHeaders.apiKey),
        },
        credentials,
        options.basicAuth,
        options.issuers?.flatMap(({ opaquePrefix = [] }) => opaquePrefix),
      ),
    inject: [authModuleOptions, { token: customCredentials, optional: true }],
  },
  {
    provide: customVerifiers,
    useFactory: (
      accounts: AccountsService,
      jwts: JwtVerifier,
      extensions: ExtensionCalls,
      clock: Clock,
      credentials: readonly CustomCredential[] = [],
    ) => credentials.map((one) => new CustomVerifier(one, accounts, jwts, extensions, clock)),
    inject: [
      AccountsService,
      JwtVerifier,
      ExtensionCalls,
      Clock,
      { token: customCredentials, optional: true },
    ],
  },
  {
    provide: CredentialVerification,
    useFactory: (
      owners: OwnerChoice,
      failures: FailedAuthentications,
      record: DecisionRecord,
      toolKeys: ToolKeyVerifier,
      apiKeys: ApiKeyVerifier,
      users: UserVerifier,
      customs: readonly CustomVerifier[],
    ) =>
      new CredentialVerification(
        [
          { kind: 'tool_key', verifier: toolKeys },
          { kind: 'api_key', verifier: apiKeys },
          { kind: 'jwt', verifier: users },
          ...customs.map((verifier) => ({ kind: 'custom', name: verifier.name, verifier }) as const),
        ],
        owners,
        failures,
        record,
      ),
    inject: [
      OwnerChoice,
      FailedAuthentications,
      DecisionRecord,
      ToolKeyVerifier,
      ApiKeyVerifier,
      UserVerifier,
      customVerifiers,
    ],
  },
  {
    provide: OwnerChoice,
    useFactory: (
      { ownerHeader = defaultHeaders.owner }: AuthModuleOptions,
      accounts: AccountsService,
      extensions: ExtensionCalls,
      resolver?: OwnerResolver,
    ) => new OwnerChoice(ownerHeader.toLowerCase(), resolver, accounts, extensions),
    inject: [
      authModuleOptions,
      AccountsService,
      ExtensionCalls,
      { token: customOwnerResolver, optional: true },
    ],
  },
  {
    // Also the keys of users who act for the owner of a tenant.
    provide: allowCrossOwner,
    useFactory: ({ issuers = [] }: AuthModuleOptions, modules: ModulesContainer) =>
      hasProvider(modules, customOwnerResolver) || issuers.some(({ person }) => person !== undefined),
    inject: [authModuleOptions, ModulesContainer],
  },
  {
    provide: UndecidedRoutes,
    useFactory: (
      { undecidedRoutes = 'warn' }: AuthModuleOptions,
      routes: ApplicationRoutes,
      adapterHost: HttpAdapterHost,
    ) => new UndecidedRoutes(undecidedRoutes, routes, adapterHost),
    inject: [authModuleOptions, ApplicationRoutes, HttpAdapterHost],
  },
  {
    // With the application's own format if it has one; a weak one fails the start.
    provide: KeyMint,
    useFactory: ({ keyPrefix }: AuthModuleOptions, clock: Clock, custom?: KeyFormat) => {
      if (custom !== undefined) checkKeyFormat(custom);
      const format = custom ?? new PrefixedKeyFormat(keyPrefix);
      addKeyHeads(format.heads);
      return custom === undefined ? new KeyMint(format) : new KeyMint(format, new ExtensionCalls(clock));
    },
    inject: [authModuleOptions, Clock, { token: customKeyFormat, optional: true }],
  },
  {
    provide: KeyEnvironment,
    useFactory: ({ environment }: AuthModuleOptions) => new KeyEnvironment(environment),
    inject: [authModuleOptions],
  },
  {
    provide: FailedAuthentications,
    useFactory: ({ failuresPerMinute = 60 }: AuthModuleOptions, clock: Clock) =>
      new FailedAuthentications(failuresPerMinute, clock),
    inject: [authModuleOptions, Clock],
  },
  {
    provide: limitsRedisUrl,
    useFactory: ({ redisUrl = null }: AuthModuleOptions) => redisUrl,
    inject: [authModuleOptions],
  },
  {
    provide: JwtVerifier,
    useFactory: ({ issuers = [] }: AuthModuleOptions, clock: Clock, mint: KeyMint) => {
      const verifier = new JwtVerifier(issuers, clock);
      requireDistinctPrefixes(issuers, [...mint.heads, ...defaultKeyHeads]);
      for (const { opaquePrefix } of issuers) if (opaquePrefix !== undefined) redactAfter(opaquePrefix);
      return verifier;
    },
    inject: [authModuleOptions, Clock, KeyMint],
  },
];

function lowerCase(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}
