import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import { ownApiKeyStore } from '../key-store/own-api-key-store.js';
import type { AuthModuleExtras, AuthModuleOptions } from './auth.options.js';

/** Token of the options after they were looked at: what is not as it must be has failed the start. */
export const authModuleOptions = Symbol('AuthModuleOptions');

export const { ConfigurableModuleClass: ConfigurableAuthModule, MODULE_OPTIONS_TOKEN: givenAuthOptions } =
  new ConfigurableModuleBuilder<AuthModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<AuthModuleExtras>({}, (definition, { apiKeyStore }) => ({
      ...definition,
      global: true,
      providers: [...(definition.providers ?? []), ...ownStore(apiKeyStore)],
      exports: apiKeyStore === undefined ? [] : [ownApiKeyStore],
    }))
    .build();

function ownStore(apiKeyStore: AuthModuleExtras['apiKeyStore']): Provider[] {
  return apiKeyStore === undefined ? [] : [{ provide: ownApiKeyStore, useClass: apiKeyStore }];
}
