import { ConfigurableModuleBuilder, type InjectionToken, type Provider, type Type } from '@nestjs/common';
import { customApiKeyStore } from '../key-store/api-key.store.js';
import { customKeyFormat } from '../key-store/key-format.js';
import type { AuthModuleExtras, AuthModuleOptions } from './auth.options.js';
import { checkCustomCredentials } from './custom/check-custom-credentials.js';
import { type CustomCredential, customCredentials } from './custom/custom-credential.js';
import { customOwnerResolver } from './owners/owner-resolver.js';

/** Token of the options after they were checked; wrong ones have stopped the start. */
export const authModuleOptions = Symbol('AuthModuleOptions');

/** What each extra is provided as. */
export const tokenOfExtra: Record<keyof AuthModuleExtras, InjectionToken> = {
  apiKeyStore: customApiKeyStore,
  credentials: customCredentials,
  keyFormat: customKeyFormat,
  ownerResolver: customOwnerResolver,
};

export const { ConfigurableModuleClass: ConfigurableAuthModule, MODULE_OPTIONS_TOKEN: givenAuthOptions } =
  new ConfigurableModuleBuilder<AuthModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<AuthModuleExtras>(
      {},
      (definition, { apiKeyStore, keyFormat, ownerResolver, credentials }) => ({
        ...definition,
        global: true,
        providers: [
          ...(definition.providers ?? []),
          ...own(customApiKeyStore, apiKeyStore),
          ...own(customKeyFormat, keyFormat),
          ...own(customOwnerResolver, ownerResolver),
          ...ownCredentials(credentials),
        ],
        exports: [...(apiKeyStore === undefined ? [] : [customApiKeyStore]), ...(credentials ?? [])],
      }),
    )
    .build();

function own(token: InjectionToken, type: Type | undefined): Provider[] {
  return type === undefined ? [] : [{ provide: token, useClass: type }];
}

function ownCredentials(types: readonly Type[] | undefined): Provider[] {
  if (types === undefined) return [];
  const all = {
    provide: customCredentials,
    useFactory: (options: AuthModuleOptions, ...made: CustomCredential[]) => {
      checkCustomCredentials(made, options);
      return made;
    },
    inject: [authModuleOptions, ...types],
  };
  return [...types, all];
}
